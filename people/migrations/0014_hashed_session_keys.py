"""The key of a session becomes its hash, which is longer. Who hashes the rows that are there: people/login/sessions.py."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0013_organisation_zone")]

    operations = [
        migrations.AlterField(
            "session",
            "session_key",
            models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="session key"),
        )
    ]
