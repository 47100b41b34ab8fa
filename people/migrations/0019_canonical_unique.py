from django.db import migrations, models
from django.db.models import Q

CONTRACT = "0.2.0: code of before leaves the column empty, and its index is built over empty rows"


class Migration(migrations.Migration):
    dependencies = [("people", "0018_clean_lines")]

    operations = [
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                fields=["email_canonical"],
                name="user_email_canonical_unique",
                condition=Q(email_canonical__isnull=False),
            ),
        ),
    ]
