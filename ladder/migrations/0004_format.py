from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ladder", "0003_ladder_version")]

    operations = [
        migrations.AddField("ladderversion", "format", models.PositiveSmallIntegerField(db_default=1)),
    ]
