"""A ladder is a row for all of its versions. `fill_in` makes it for those that there are, and names it there."""

import django.db.models.deletion
from django.db import migrations, models

import people.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("ladder", "0004_format"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ladder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=people.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("slug", models.SlugField(max_length=60)),
                ("title", models.CharField(max_length=200)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ladders",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"), models.F("slug"), name="ladder_slug_unique_in_organisation"
                    ),
                    models.UniqueConstraint(
                        models.F("slug"),
                        condition=models.Q(("organisation__isnull", True)),
                        name="ladder_slug_unique_built_in",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "ladderversion",
            "ladder",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="versions",
                to="ladder.ladder",
            ),
        ),
        migrations.AddField("ladderversion", "meets_at", models.CharField(blank=True, db_default="", max_length=20)),
        migrations.AddConstraint(
            "ladderversion",
            models.UniqueConstraint(models.F("ladder"), models.F("version"), name="framework_version_unique_in_ladder"),
        ),
    ]
