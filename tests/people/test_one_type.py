"""Nothing that people write goes around the types of a line, a text and an address, on the way in or on the way out."""

import importlib
import inspect
import io
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import CharField, SlugField, TextField
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from people.database.cleaning import clean_stored
from people.database.columns import FoldedColumn, NameColumn, _Cleaned
from people.fields import AddressField, LineField, LinesField, NameField
from people.files import safe_cell
from people.login.forms import Plain
from people.mail.post import post
from people.models import Membership, Organisation, Team, User
from people.texts import clean_text
from tests.factories import client_of, join, make_assessment, make_organisation, make_team, make_user
from trials.house import TOPS, modules

OURS = ("people", "ladder", "assessments", "growth")
# Columns for what we make ourselves, each with the reason.
MADE_BY_US = {
    **dict.fromkeys(
        (
            *("AuditEvent.role", "AuditEvent.detail", "AuditEvent.previous", "AuditEvent.hash", "AuditHead.hash"),
            *("ErasureRecord.id_hash", "RateCount.key", "Session.session_key", "Session.session_data", "Rating.page"),
            *("Session.waits_for", "Invitation.token_hash", "ReportLink.token_hash", "CaseLink.token_hash"),
            *(
                "OnceKey.location",
                "OnceKey.key",
                "MailRefusal.to_hash",
                "OutboxMail.refused_by",
                "SiteKey.name",
                "SiteKey.sealed",
                "CalendarFeed.token_hash",
                "LadderVersion.checksum",
                "LadderVersion.meets_at",
                "OutboxMail.error",
                "Proof.step",
                "Proof.said",
                "Session.browser",
            ),
        ),
        "our words and hashes",
    ),
    **dict.fromkeys(("User.password", "ReportLink.password", "CaseLink.password"), "hashes"),
    **dict.fromkeys(("User.time_zone", "Organisation.zone", "Round.zone", "Review.level"), "a choice"),
    "CaseSection.html": "rendered from its text",
    "User.email": "User.save gives it its one form; an account that clashes keeps its old one",
    "Invitation.email": "as it was invited; email_canonical says whom",
    "EvidenceEntry.link": "an address of the web",
    **dict.fromkeys(
        ("LadderVersion.title", "Track.title", "Level.title", "Competency.name"),
        "of a published ladder, which is frozen",
    ),
    "Ladder.title": "of its newest version",
}
# Fields that ask for no text that is shown.
OTHERS = {
    "password",
    "oldpassword",
    "password1",
    "password2",
    "code",
    "credential",
    "page",
    "time_zone",
    "zone",
    "link",
}
LISTS = {
    **dict.fromkeys(("GuestsForm.text", "ImportForm.text"), "read line by line"),
    "SignUpForm.username": "gone",
    "CorrectionForm.seen": "a key",
}


def test_every_column_for_what_people_write_cleans_it() -> None:
    columns = {
        f"{model.__name__}.{field.name}": field
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and not isinstance(field, SlugField) and not field.choices
    }
    plain = {name for name, field in columns.items() if not isinstance(field, _Cleaned | FoldedColumn)}
    assert plain == set(MADE_BY_US)
    # What has an own page or stands in a link.
    unnamed = {name for name, field in columns.items() if name.endswith((".name", ".title"))} - set(MADE_BY_US)
    assert {name for name in unnamed if not isinstance(columns[name], NameColumn)} == set()


def test_every_field_for_what_people_write_cleans_it() -> None:
    found, seen = [], 0
    for name in modules(Path(__file__).parents[2], *TOPS):
        if ".migrations." in name or ".commands." in name or name.startswith(("config.settings", "config.wsgi")):
            continue
        for form in vars(importlib.import_module(name)).values():
            if not (inspect.isclass(form) and issubclass(form, forms.BaseForm) and form.__module__ == name):
                continue
            for title, field in form.base_fields.items():
                is_ours = isinstance(field, LineField | LinesField | AddressField)
                # Plain puts an AddressField in the place of each.
                is_ours |= isinstance(field, forms.EmailField) and issubclass(form, Plain)
                seen += is_ours
                if isinstance(field, forms.CharField) and not is_ours and title not in OTHERS:
                    found.append(f"{form.__name__}.{title}")
    assert seen > 25
    assert set(found) == set(LISTS)


@pytest.mark.parametrize("name", ["\u200b", "\u3164", " \u2800 ", "–", "\u202e", "…"])
def test_a_name_without_a_letter_is_refused(name: str) -> None:
    with pytest.raises(forms.ValidationError):
        NameField().clean(name)


def test_a_line_has_its_length_after_it_was_cleaned() -> None:
    field = NameField(max_length=4)
    assert field.clean("Zo\u0308e\u0308\u200b\u200b\x0b") == "Zöë"
    for long in ("five5", "a" * 1000, "\u0958\u0959\u095a"):
        with pytest.raises(forms.ValidationError):
            field.clean(long)


TYPED, STORED = "Ann\u200ba\x0b\u202eBe\u0301rg", "Anna Bérg"


@pytest.mark.django_db
def test_whoever_writes_a_column_it_is_clean() -> None:
    """A form, code, many rows at once, an update."""
    organisation = make_organisation(name=TYPED)
    assert organisation.name == STORED
    Team.objects.bulk_create([Team(organisation=organisation, name=TYPED, slug="a")])
    user = make_user(name=TYPED)
    User.objects.filter(pk=user.pk).update(job_title=TYPED)
    user.refresh_from_db()
    assert {Team.objects.get().name, user.name, user.job_title, user.home.name} == {STORED}


@pytest.mark.django_db
def test_pages_clean_what_they_are_sent(rubric: Any) -> None:
    user = make_user()
    client: Client = client_of(user)
    client.post("/account/profile/", {"name": TYPED, "job_title": TYPED, "level": "pm", "time_zone": "UTC"})
    client.post("/organisations/", {"name": TYPED})
    client.post("/plan/add/", {"text": TYPED, "competency": "", "due_on": ""})
    client.post("/evidence/", {"approach": f"{TYPED}\r\nb", "happened_on": "2026-01-01", "measure": TYPED})
    user.refresh_from_db()
    assert (user.name, user.home.name, user.job_title) == (STORED,) * 3
    assert Organisation.objects.get(kind="company").name == STORED
    assert user.plan_items.get().text == STORED
    entry = user.evidence.get()
    assert (entry.measure, entry.approach) == (STORED, f"{clean_text(TYPED)}\nb")
    assert "\x0b" not in entry.approach


# On the way out


def stored(table: str, column: str, text: str) -> None:
    """Past the columns, as an earlier release could."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [text])  # noqa: S608


@pytest.mark.django_db
def test_a_frozen_note_breaks_no_file(rubric: Any) -> None:
    user = make_user()
    draft = make_assessment(user, answers={"data": 3}, evidence={"data": "x"})
    stored("assessments_rating", "evidence", "=a\x0bb\ufffec\x01")
    draft.submit(at=timezone.now())
    files = {kind: client_of(user).get(f"/reports/{draft.pk}.{kind}") for kind in ("xlsx", "csv", "json")}
    assert {file.status_code for file in files.values()} == {200}
    sheet = load_workbook(io.BytesIO(files["xlsx"].content)).active
    assert sheet
    assert [cell for row in sheet.iter_rows(values_only=True) for cell in row if str(cell).startswith("=a")] == [
        "=a b c "
    ]
    assert "\x0b" not in files["csv"].content.decode()
    assert "\x0b" not in str(safe_cell("a\x00\x0bb"))


def test_a_mail_has_no_line_of_somebody_elses_making() -> None:
    post(EmailMessage("Hello\r\nBcc: x@y.example\u202e", "a\x0bb\x00", to=["a@b.example"]))
    assert (mail.outbox[0].subject, mail.outbox[0].body) == ("Hello Bcc: x@y.example", "a\nb")


# What is stored already


@pytest.mark.django_db
def test_stored_names_are_cleaned_once() -> None:
    organisation = make_organisation()
    team = make_team(organisation)
    user = make_user(name="x")
    for text, name in ((TYPED, STORED), ("\u200b", "")):
        stored("people_user", "name", text)
        stored("people_team", "name", text)
        clean_stored("people", "User", "name").code(apps, None)
        clean_stored("people", "Team", "name", unnamed="Without a name").code(apps, None)
        user.refresh_from_db()
        team.refresh_from_db()
        assert (user.name, team.name) == (name, name or "Without a name")


# Search and order


@pytest.mark.django_db
def test_people_are_found_and_sorted_whatever_their_letters(rubric: Any) -> None:
    organisation = make_organisation()
    names = ["Zoë", "de Vries", "Özgür", "Ängström", "Łukasz", "Isık"]
    for number, name in enumerate(names):
        join(make_user(f"p{number}@x.example", name=name), organisation)
    join(owner := make_user("owner@x.example", name="Olga"), organisation, Membership.Role.OWNER)
    client = client_of(owner)

    def listed(words: str = "") -> list[str]:
        page = client.get(f"/organisations/{organisation.slug}/people/", {"q": words})
        return [item.user.name for item in page.context["page"]]

    assert listed() == ["Ängström", "de Vries", "Isık", "Łukasz", "Olga", "Özgür", "Zoë"]
    for words in ("özgür", "ozgur", "ÖZGÜR", "o\u0308zgu\u0308r", "zgu"):
        assert listed(words) == ["Özgür"], words
    assert [listed(words) for words in ("Angstrom", "lukasz", "ISIK", "zoe", "%", "_")] == [
        *(["Ängström"], ["Łukasz"], ["Isık"], ["Zoë"], [], []),
    ]
    assert (listed("P2@X.example"), listed("2@x.example")) == (["Özgür"], [])
    client_of(User.objects.get(name="Zoë")).post(
        "/account/profile/", {"name": "Ada", "level": "pm", "time_zone": "UTC"}
    )
    assert listed()[0] == "Ada"
    assert listed("zoe") == []
