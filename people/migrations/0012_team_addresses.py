from typing import Any

from django.db import migrations, models
from django.db.models import F


def lead_on(apps: Any, schema_editor: Any) -> None:
    """Keep the addresses that teams had. /…/teams/new/ is the page that makes a team, so no team keeps that one."""
    teams = apps.get_model("people", "Team").objects.using(schema_editor.connection.alias)
    teams.filter(old_slug=None).update(old_slug=F("slug"))
    # Of all the slugs that there were, none comes twice.
    taken = set(teams.filter(slug__startswith="new-").values_list("slug", flat=True))
    teams.filter(slug="new").update(slug=next(slug for n in range(2, 10**9) if (slug := f"new-{n}") not in taken))


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_once_keys"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="team",
            constraint=models.UniqueConstraint(
                models.F("organisation"), models.F("slug"), name="team_slug_unique_in_organisation"
            ),
        ),
        migrations.AlterField(
            model_name="team",
            name="slug",
            field=models.SlugField(db_index=False, max_length=80),
        ),
        migrations.AddField(
            model_name="team",
            name="old_slug",
            field=models.SlugField(db_index=False, editable=False, max_length=80, null=True),
        ),
        migrations.RunPython(lead_on, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.UniqueConstraint(fields=["old_slug"], name="team_old_slug_unique"),
        ),
    ]
