from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_reminders"),
    ]

    operations = [
        migrations.AddField(
            model_name="teammembership",
            name="offers_coaching",
            field=models.BooleanField(default=False, verbose_name="Offers coaching"),
        ),
    ]
