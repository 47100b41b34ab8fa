from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_invitations"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="wants_reminders",
            field=models.BooleanField(default=True, verbose_name="Reminders by mail"),
        ),
    ]
