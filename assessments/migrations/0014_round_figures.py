"""Figures that a round keeps, who began by its own button, and the level that a review is against."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import people.ids


def closed_before(apps, schema_editor):
    """Rounds that are closed have no figures, and get none when they are opened and closed again."""
    rounds = apps.get_model("assessments", "Round").objects.using(schema_editor.connection.alias)
    rounds.filter(closed_at__isnull=False, figures_at__isnull=True).update(figures_at=models.F("closed_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0013_clean_lines"),
        ("ladder", "0003_ladder_version"),
        ("people", "0010_rate_counts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="level",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="review",
            name="level_from",
            field=models.CharField(
                blank=True,
                choices=[("record", "on record"), ("said", "said by the manager")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="figures_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="GroupFigure",
            fields=[
                ("id", models.UUIDField(default=people.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("people", models.PositiveIntegerField()),
                ("figures", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="figures", to="assessments.round"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ladder.ladderversion"
                    ),
                ),
            ],
            options={
                "ordering": ["round", "version"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"), models.F("round"), models.F("version"), name="group_figure_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundStart",
            fields=[
                ("id", models.UUIDField(default=people.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("submitted_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="starts", to="assessments.round"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="round_starts",
                        to="assessments.assessment",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["round", "begun_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"), models.F("round"), models.F("source"), name="round_start_unique"
                    )
                ],
            },
        ),
        migrations.RunPython(closed_before, migrations.RunPython.noop),
    ]
