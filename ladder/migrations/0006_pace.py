from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ladder", "0005_ladder")]

    operations = [
        migrations.AddField(model_name="ladderversion", name="pace", field=models.PositiveSmallIntegerField(null=True)),
    ]
