from django.db import migrations, models

from people.database.quiet_index import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("people", "0016_one_form")]

    operations = [
        AddIndexQuietly(
            "invitation",
            models.Index(
                condition=models.Q(revoked_at=None),
                fields=["organisation", "email_canonical"],
                name="invitation_by_address",
            ),
        ),
        AddIndexQuietly(
            "membership",
            models.Index(
                condition=models.Q(left_at=None), fields=["organisation", "sort_name", "id"], name="membership_by_name"
            ),
        ),
        AddIndexQuietly(
            "session",
            models.Index(condition=models.Q(waits_for__isnull=False), fields=["waits_for"], name="session_waits_for"),
        ),
    ]
