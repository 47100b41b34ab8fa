"""Corrections of submitted assessments, and what a person writes beside a report of theirs."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from people.database.quiet_index import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("assessments", "0017_small_company_and_programme"),
        ("people", "0025_announcements"),
    ]

    operations = [
        migrations.AddField("assessment", "chain", models.UUIDField(null=True)),
        migrations.AddField(
            "assessment",
            "corrects",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="corrections",
                to="assessments.assessment",
            ),
        ),
        migrations.AddField("share", "corrected_at", models.DateTimeField(null=True)),
        AddIndexQuietly(
            "assessment",
            models.Index(
                condition=Q(("chain__isnull", False)),
                fields=["organisation", "chain", "-started_at"],
                name="assessment_by_chain",
            ),
        ),
        AddIndexQuietly(
            "assessment",
            models.Index(condition=Q(("corrects__isnull", False)), fields=["corrects"], name="assessment_by_corrected"),
        ),
        migrations.AddConstraint(
            "assessment",
            models.UniqueConstraint(
                models.F("organisation"),
                models.F("corrects"),
                condition=Q(("corrects__isnull", False)),
                name="assessment_corrected_once",
            ),
        ),
        migrations.CreateModel(
            name="ReportNote",
            fields=[
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="note",
                        serialize=False,
                        to="assessments.assessment",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "note",
                    models.TextField(
                        blank=True,
                        validators=[
                            django.core.validators.MaxLengthValidator(2000),
                            django.core.validators.ProhibitNullCharactersValidator(),
                        ],
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("look_again_on", models.DateField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["assessment"],
                "indexes": [
                    models.Index(
                        condition=Q(("look_again_on__isnull", False)), fields=["look_again_on"], name="reportnote_due"
                    )
                ],
            },
        ),
    ]
