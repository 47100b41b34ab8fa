from django.db import migrations

from people.database.cleaning import clean_stored
from people.texts import clean_text


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("growth", "0003_rendered_sections"), ("people", "0018_clean_lines")]

    operations = [
        clean_stored("growth", "EvidenceEntry", "problem", "approach", "outcome", by=clean_text),
        clean_stored("growth", "EvidenceEntry", "measure", "before", "after"),
        clean_stored("growth", "Case", "title", unnamed="Without a name"),
        clean_stored("growth", "CaseSection", "text", by=clean_text),
        clean_stored("growth", "CaseLink", "label"),
        clean_stored("growth", "PlanItem", "text", "first_step", "done_when"),
    ]
