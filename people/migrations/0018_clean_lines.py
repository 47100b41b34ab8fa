from django.db import migrations

from people.database.cleaning import clean_stored


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("people", "0017_one_form_indexes")]

    operations = [
        clean_stored("people", "User", "name", "job_title"),
        clean_stored("people", "Organisation", "name", unnamed="Without a name"),
        clean_stored("people", "Team", "name", unnamed="Without a name"),
    ]
