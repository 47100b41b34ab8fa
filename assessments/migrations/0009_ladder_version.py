"""Assessments and copies name a LadderVersion. Only Python's names change: the columns keep theirs."""

import django.db.models.deletion
from django.db import migrations, models

KEPT = {"assessment": "assessments", "share": "+"}


class Migration(migrations.Migration):
    dependencies = [
        ("ladder", "0003_ladder_version"),
        ("assessments", "0008_no_peer_view"),
    ]

    operations = [
        *[
            migrations.AlterField(
                model,
                "framework",
                models.ForeignKey(
                    db_column="framework_id",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name=related_name,
                    to="ladder.ladderversion",
                ),
            )
            for model, related_name in KEPT.items()
        ],
        *[migrations.RenameField(model, "framework", "ladder_version") for model in KEPT],
    ]
