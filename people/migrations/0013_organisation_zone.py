from typing import Any

import django.core.validators
from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

import people.models


def take_over(apps: Any, schema_editor: Any) -> None:
    """Give each organisation the time zone of its first owner."""
    alias = schema_editor.connection.alias
    owners = (
        apps.get_model("people", "Membership")
        .objects.using(alias)
        .filter(organisation=OuterRef("pk"), role="owner", left_at__isnull=True)
        .order_by("joined_at", "pk")
    )
    zone = Coalesce(Subquery(owners.values("user__time_zone")[:1]), Value("UTC"))
    companies = apps.get_model("people", "Organisation").objects.using(alias).filter(kind="company", zone="UTC")
    companies.update(zone=zone)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_team_addresses"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organisation",
            name="name",
            field=models.CharField(
                max_length=254,
                validators=[django.core.validators.ProhibitNullCharactersValidator()],
                verbose_name="Name",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="zone",
            field=models.CharField(
                db_default="UTC",
                default="UTC",
                max_length=60,
                validators=[people.models.validate_time_zone],
                verbose_name="Time zone",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="uses_keys",
            field=models.BooleanField(db_default=True, default=True, verbose_name="Keyboard shortcuts"),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
