from django.db import migrations, models

from people.database.quiet_index import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("people", "0022_mails_that_wait")]

    operations = [
        AddIndexQuietly(
            "outboxmail",
            models.Index(
                condition=models.Q(invitation__isnull=False, given_up_at__isnull=False),
                fields=["invitation"],
                name="outbox_given_up",
            ),
        ),
    ]
