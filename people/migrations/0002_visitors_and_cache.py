"""The visitors' space, and the table of the shared cache that rate limits count in."""

from django.core.management import call_command
from django.db import migrations

from people.models import VISITORS_ID


def make(apps, schema_editor):
    organisation = apps.get_model("people", "Organisation")
    organisation.objects.using(schema_editor.connection.alias).get_or_create(
        pk=VISITORS_ID, defaults={"kind": "visitors", "name": "Visitors"}
    )
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
