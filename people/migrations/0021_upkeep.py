from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0020_guest_names")]

    operations = [
        migrations.CreateModel(
            name="MailHold",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(id=1), name="mail_hold_once")],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("step", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("ok", models.BooleanField(default=False)),
                ("said", models.CharField(blank=True, max_length=300)),
                ("lease_until", models.DateTimeField(null=True)),
            ],
        ),
    ]
