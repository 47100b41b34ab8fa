from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0018_corrections")]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="asked",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(model_name="outcome", name="seconds", field=models.PositiveIntegerField(null=True)),
        migrations.AlterField(
            model_name="assessment",
            name="length",
            field=models.CharField(
                choices=[("quick", "Quick"), ("full", "Full")],
                default="quick",
                max_length=10,
            ),
        ),
    ]
