"""Every model and every field that could say something of a person has a rule for the day they delete their account."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.db import connection
from django.db.models import BinaryField, CharField, FileField, ForeignKey, JSONField, Model, TextField, UUIDField
from django.db.models.constants import LOOKUP_SEP
from django.test import Client
from django.urls import reverse

from assessments.sharing.links import make_link
from config.admin import site
from people.erasure.names import Names
from people.erasure.rules import REGISTRY, Fate, Rule, Sensitivity
from people.models import User
from tests.factories import make_assessment, say_who

PRIVACY = (Path(__file__).parents[3] / "docs/privacy.md").read_text(encoding="utf-8")
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


def test_every_model_and_every_field_has_a_rule() -> None:
    assert len(MODELS) > 40
    assert [line for label, model in MODELS.items() for line in missing(label, model, REGISTRY.rules.get(label))] == []


def test_a_model_or_a_field_without_a_rule_is_found() -> None:
    """Or the test above would be about nothing."""
    share = MODELS["assessments.Share"]
    assert missing("assessments.Share", share, None)
    said = Rule(model="assessments.Share", level=Sensitivity.PRIVATE, fate=Fate.DELETED, why="", owners=("author",))
    assert missing("assessments.Share", share, said) == ["assessments.Share.recipient names a person"]
    agenda = Rule(model="assessments.Agenda", level=Sensitivity.PRIVATE, fate=Fate.KEPT, why="", cleared=("saved_by",))
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


def test_every_owner_can_be_looked_up(member: User) -> None:
    owned = [rule for rule in REGISTRY.rules.values() if rule.owners]
    assert len(owned) > 20
    assert [rule.model for rule in owned if rule.rows_of(member).count() < 0] == []


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
    assert Names.of("", []).out_of(text, "X") == text


# How closely it is kept: the levels of docs/privacy.md


def levels() -> dict[tuple[str, str], Sensitivity]:
    """The level of each field of each model."""
    return {
        (label, field.name): REGISTRY.rules[label].level_of(field.name)
        for label, model in MODELS.items()
        for field in model._meta.concrete_fields
    }


def test_every_field_has_a_level_that_the_papers_explain() -> None:
    explained = re.findall(r"^\| \*\*(\w+)\*\* \|", PRIVACY, re.MULTILINE)
    assert explained == [str(level) for level in Sensitivity]
    assert set(levels().values()) == set(Sensitivity)
    for label, rule in REGISTRY.rules.items():
        fields = {field.name for field in MODELS[label]._meta.concrete_fields} if rule.has_model else set()
        assert set(rule.apart) <= fields, label


def test_what_lets_somebody_in_is_secret() -> None:
    # Hashes of what is no key to anything: of events and of ids.
    plain = {("people.RateCount", "key"), ("people.OnceKey", "key")}
    for (label, name), level in levels().items():
        if re.search(r"token|password|secret|session_|^key$", name) and (label, name) not in plain:
            assert level == Sensitivity.SECRET, f"{label}.{name}"
    # And what people write about their work is private at least.
    for label, rule in REGISTRY.rules.items():
        for name in rule.scrubbed:
            assert rule.level_of(name) in {Sensitivity.PRIVATE, Sensitivity.SECRET}, f"{label}.{name}"


def test_staff_see_nothing_private_in_the_admin() -> None:
    """But for the reasons that they wrote down themselves for opening something."""
    for model, admin in site._registry.items():
        shown = {str(name) for name in (*admin.list_display, *(admin.fields or ()))}
        if model._meta.label == "assessments.SupportAccess":
            continue
        for name in shown & {field.name for field in model._meta.concrete_fields}:
            level = REGISTRY.rules[model._meta.label].level_of(name)
            assert level in {Sensitivity.INTERNAL, Sensitivity.PERSONAL}, f"{model._meta.label}.{name}"


def test_nothing_secret_is_in_the_data_that_people_take_along(member: User, member_client: Client) -> None:
    TOTP.activate(member, generate_totp_secret())
    report = make_assessment(member, answers={"data": 3}, submitted=True)
    make_link(report, member, days=7, password="a-password-of-a-link")
    say_who(member_client, member)
    response = member_client.post(reverse("show_my_data"))
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        whole = "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    found = 0
    for (label, name), level in levels().items():
        if level != Sensitivity.SECRET or name in {"id", "type", "user"}:
            continue
        for value in MODELS[label]._default_manager.values_list(name, flat=True):
            if isinstance(value, str) and len(value) >= 20:
                found += 1
                assert value not in whole, f"{label}.{name}"
    assert found >= 4
