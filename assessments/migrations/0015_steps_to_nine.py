from django.db import migrations, models

from people.database.quiet_check import WidenCheck


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("assessments", "0014_round_figures")]

    operations = [
        WidenCheck(
            "rating",
            models.CheckConstraint(
                condition=models.Q(
                    ("step__isnull", True), models.Q(("step__gte", 0), ("step__lte", 9)), _connector="OR"
                ),
                name="rating_step_in_range",
                violation_error_message="A step is a whole number from 0 to 9.",
            ),
        ),
    ]
