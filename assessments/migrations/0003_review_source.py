import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_sharing_and_reviews")]

    operations = [
        migrations.AddField(
            model_name="review",
            name="source",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="assessments.assessment",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
    ]
