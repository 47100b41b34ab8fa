"""A published row is a LadderVersion. Only Python's names change: the table and its columns keep theirs."""

import django.db.models.deletion
from django.db import migrations, models

PARTS = {"track": "tracks", "level": "levels", "competency": "competencies"}


def key(on_delete, related_name):
    return models.ForeignKey(
        db_column="framework_id", on_delete=on_delete, related_name=related_name, to="ladder.framework"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_rate_counts"),
        ("ladder", "0002_organisation_ladder"),
        # Their keys lead here under the name that goes.
        ("assessments", "0008_no_peer_view"),
    ]

    operations = [
        migrations.AlterModelTable("framework", "ladder_framework"),
        *[
            migrations.AlterField(part, "framework", key(django.db.models.deletion.CASCADE, parts))
            for part, parts in PARTS.items()
        ],
        migrations.AlterField("organisationladder", "framework", key(django.db.models.deletion.PROTECT, "+")),
        migrations.RenameModel("Framework", "LadderVersion"),
        migrations.AlterField(
            "ladderversion",
            "organisation",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ladder_versions",
                to="people.organisation",
            ),
        ),
        # The constraints stay as they are; they only name the field in another way.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveConstraint(part, f"{part}_slug_unique") for part in PARTS]
        ),
        *[migrations.RenameField(part, "framework", "ladder_version") for part in (*PARTS, "organisationladder")],
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    part,
                    models.UniqueConstraint(models.F("ladder_version"), models.F("slug"), name=f"{part}_slug_unique"),
                )
                for part in PARTS
            ]
        ),
        *[migrations.AlterModelOptions(part, {"ordering": ["ladder_version", "position"]}) for part in PARTS],
    ]
