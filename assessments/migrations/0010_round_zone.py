from django.db import migrations, models

import people.models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0009_ladder_version"),
    ]

    operations = [
        # The days of rounds that exist were counted in UTC, and still are.
        migrations.AddField(
            model_name="round",
            name="zone",
            field=models.CharField(
                db_default="UTC",
                default="UTC",
                editable=False,
                max_length=60,
                validators=[people.models.validate_time_zone],
                verbose_name="Time zone",
            ),
        ),
    ]
