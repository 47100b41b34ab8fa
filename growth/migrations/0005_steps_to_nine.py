from django.db import migrations, models
from django.db.models import Q

from people.database.quiet_check import WidenCheck


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("growth", "0004_clean_lines")]

    operations = [
        WidenCheck(
            "planitem",
            models.CheckConstraint(
                condition=(Q(from_step__isnull=True) | Q(from_step__lte=9))
                & (Q(to_step__isnull=True) | Q(to_step__gte=1, to_step__lte=9)),
                name="plan_item_steps_in_range",
                violation_error_message="A step is a whole number from 0 to 9.",
            ),
        ),
    ]
