from django.db import migrations

from people.database.cleaning import clean_stored
from people.texts import clean_text

SIGNED = ("review__signed_by_subject_at", "review__signed_by_manager_at")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("assessments", "0012_readers_of_copies"), ("people", "0018_clean_lines")]

    operations = [
        clean_stored("assessments", "Round", "name", unnamed="Without a name"),
        clean_stored("assessments", "ReportLink", "label"),
        # Not what was submitted or signed.
        clean_stored("assessments", "Assessment", "job_title", status="draft"),
        clean_stored("assessments", "Rating", "evidence", by=clean_text, assessment__status="draft"),
        *[clean_stored("assessments", "Agenda", "text", by=clean_text, **{signed: None}) for signed in SIGNED],
        *[clean_stored("assessments", "Commitment", "text", **{signed: None}) for signed in SIGNED],
    ]
