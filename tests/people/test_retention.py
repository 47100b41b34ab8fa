"""Every model and every field that could say something of a person has a rule for the day they delete their account."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import BinaryField, CharField, FileField, ForeignKey, JSONField, Model, TextField, UUIDField
from django.db.models.constants import LOOKUP_SEP

from people.models import User
from people.retention import REGISTRY, Fate, Names, Rule

TEXTS = (CharField, TextField, JSONField, BinaryField, FileField)
MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def is_loose(field: Any) -> bool:
    """A key that may outlive what it names."""
    return isinstance(field, ForeignKey) and not field.db_constraint


def texts(model: type[Model]) -> set[str]:
    """Fields that could hold something about a person: texts, and ids that no foreign key watches over."""
    found = set()
    for field in model._meta.concrete_fields:
        loose = (isinstance(field, UUIDField) and not field.primary_key) or is_loose(field)
        if isinstance(field, TEXTS) or loose:
            found.add(field.name)
    return found


def people(model: type[Model]) -> set[str]:
    return {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User and not is_loose(field)
    }


def missing(label: str, model: type[Model], rule: Rule | None) -> list[str]:
    """What is not said of a model."""
    if rule is None:
        return [f"{label} has no rule: say in its app's erasing.py what becomes of it"]
    named = {lookup.split(LOOKUP_SEP)[0] for lookup in rule.owners} | set(rule.cleared)
    wrong = [f"{label}.{name} names a person" for name in people(model) - named]
    if rule.fate != Fate.DELETED:
        wrong += [f"{label}.{name} may hold a name" for name in texts(model) - {*rule.scrubbed, *rule.plain}]
    elif not rule.owners:
        wrong.append(f"{label}: whose rows are they?")
    wrong += [
        f"{label}.{name} is no such field"
        for name in (*rule.cleared, *rule.scrubbed, *rule.plain)
        if name not in {field.name for field in model._meta.concrete_fields}
    ]
    return wrong


@pytest.mark.parametrize("label", sorted(MODELS))
def test_every_model_and_every_field_has_a_rule(label: str) -> None:
    assert missing(label, MODELS[label], REGISTRY.rules.get(label)) == []


def test_a_model_or_a_field_without_a_rule_is_found() -> None:
    """Or the test above would be about nothing."""
    share = MODELS["assessments.Share"]
    assert missing("assessments.Share", share, None)
    said = Rule(model="assessments.Share", fate=Fate.DELETED, why="", owners=("author",))
    assert missing("assessments.Share", share, said) == ["assessments.Share.recipient names a person"]
    agenda = Rule(model="assessments.Agenda", fate=Fate.KEPT, why="", cleared=("saved_by",))
    assert missing("", MODELS["assessments.Agenda"], agenda) == [".text may hold a name"]


def test_every_rule_is_about_something(db: None) -> None:
    """No rule outlives its model; every table of the database has one."""
    assert {label for label in REGISTRY.rules if not label.startswith("table:")} == set(MODELS)
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    known = {model._meta.db_table for model in MODELS.values()}
    bare = {label.removeprefix("table:") for label in REGISTRY.rules if label.startswith("table:")}
    # zeal and the test run make none; the sequence table is SQLite's own.
    assert tables - known - bare - {"sqlite_sequence"} == set()
    assert bare <= tables
    assert all(rule.why for rule in REGISTRY.rules.values())


@pytest.mark.parametrize("label", sorted(label for label, rule in REGISTRY.rules.items() if rule.owners))
def test_every_owner_can_be_looked_up(label: str, db: None, member: User) -> None:
    rows: Any = REGISTRY.rules[label].rows_of(member)
    assert rows.count() >= 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ada Quill said so, and ada quill again.", "X said so, and X again."),
        ("Ask Ada, or Quill's team.", "Ask X, or X's team."),
        ("Mail ada.quill@example.com.", "Mail X."),
        ("Adamant and quills; ada in small letters.", "Adamant and quills; ada in small letters."),
        ("Al is too short to look for.", "Al is too short to look for."),
    ],
)
def test_names_are_found_in_texts(text: str, left: str) -> None:
    names = Names.of("Ada Al Quill", ["ada.quill@example.com"])
    whole = Names.of("Ada Quill", ["ada.quill@example.com"])
    assert (whole if "said so" in text else names).out_of(text, "X") == left
    assert names.out_of({"to": [text]}, "X")["to"][0] == names.out_of(text, "X")


def test_nobody_without_a_name_matches_everything() -> None:
    assert Names.of("", []).out_of("a text", "X") == "a text"
