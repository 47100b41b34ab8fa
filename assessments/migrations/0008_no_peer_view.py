# No assessment was ever a peer's view. The database is not touched: choices are Django's own.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0007_one_sided_reviews")]

    operations = [
        migrations.AlterField(
            model_name="assessment",
            name="kind",
            field=models.CharField(
                choices=[("self", "Self-assessment"), ("manager", "Manager’s review")], default="self", max_length=10
            ),
        )
    ]
