"""Sections of cases keep their HTML. It was rendered for each reader, which some texts made take seconds."""

from typing import Any

from django.db import migrations, models

from people.markdown import html_of


def render(apps: Any, schema_editor: Any) -> None:
    sections = apps.get_model("growth", "CaseSection").objects.using(schema_editor.connection.alias)
    for row in sections.only("text", "revision").iterator(chunk_size=500):
        sections.filter(pk=row.pk).update(html=html_of(row.text), html_revision=row.revision)


class Migration(migrations.Migration):
    dependencies = [("growth", "0002_plan_digest")]

    operations = [
        migrations.AddField(
            "casesection", "html", models.TextField(blank=True, db_default="", default="", editable=False)
        ),
        migrations.AddField(
            "casesection", "html_revision", models.IntegerField(db_default=-1, default=-1, editable=False)
        ),
        migrations.RunPython(render, migrations.RunPython.noop),
    ]
