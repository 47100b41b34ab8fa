from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0024_organisation_removed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=300)),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="announcement_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at__isnull", True), ("starts_at__lt", models.F("ends_at")), _connector="OR"
                        ),
                        name="announcement_begins_before_it_ends",
                    ),
                ],
            },
        ),
    ]
