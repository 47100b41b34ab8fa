# Who may read a copy, by name; and that a manager's review in an earlier time as one keeps nobody from a new one.

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import people.ids


def _key(to, related_name="+", *, null=False):
    deleted = django.db.models.deletion.SET_NULL if null else django.db.models.deletion.CASCADE
    return models.ForeignKey(null=null, on_delete=deleted, related_name=related_name, to=to)


_ID = models.UUIDField(default=people.ids.uuid7, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0010_round_zone"),
        ("people", "0010_rate_counts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CopyReader",
            fields=[
                ("id", _ID),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("named", "The copy is for them"),
                            ("manager", "They managed the team when it was given"),
                            ("asked", "They asked, and the author said yes"),
                        ],
                        max_length=7,
                    ),
                ),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("open_since", models.DateTimeField(null=True)),
                ("copy", _key("assessments.share", "readers")),
                ("organisation", _key("people.organisation")),
                ("reader", _key(settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["given_at", "id"],
                "indexes": [models.Index(fields=["organisation", "reader"], name="copyreader_by_reader")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        models.F("copy"),
                        models.F("reader"),
                        name="copyreader_once_for_copy",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CopyQuestion",
            fields=[
                ("id", _ID.clone()),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer", models.CharField(blank=True, choices=[("yes", "Yes"), ("no", "No")], max_length=3)),
                ("answered_at", models.DateTimeField(null=True)),
                ("copy", _key("assessments.share", "questions")),
                ("organisation", _key("people.organisation")),
                ("author", _key(settings.AUTH_USER_MODEL)),
                ("asker", _key(settings.AUTH_USER_MODEL)),
                ("asked_by", _key(settings.AUTH_USER_MODEL, null=True)),
            ],
            options={
                "ordering": ["asked_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer", "")),
                        fields=["organisation", "author"],
                        name="copyquestion_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        models.F("copy"),
                        models.F("asker"),
                        name="copyquestion_once_for_asker",
                    )
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="review", name="review_one_open_for_pair"),
    ]
