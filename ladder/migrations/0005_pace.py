from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ladder", "0004_format")]

    operations = [
        migrations.AddField(model_name="ladderversion", name="pace", field=models.PositiveSmallIntegerField(null=True)),
    ]
