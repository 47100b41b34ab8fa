"""Deleting one's account from the page and from the command line, and doing it again after a restore."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from people.erasure.erase import ErasureError, hash_of_id, read_journal, replay
from people.models import AuditEvent, ErasureRecord, Membership, Organisation, User
from tests.factories import PASSWORD, exact_profile, join, make_assessment, make_organisation
from tests.people.database.tables import tables_with

pytestmark = pytest.mark.django_db
SURE = {"sure": "on"}


def confirm_password(client: Client) -> None:
    client.post("/account/reauthenticate/", {"password": PASSWORD})


# The page


def test_the_password_is_asked_for_and_then_it_is_done(member: User, member_client: Client) -> None:
    make_assessment(member, answers=exact_profile("pm"), evidence={"data": "kept for me"}, submitted=True)
    other = Client()
    other.force_login(member)
    answer = member_client.post("/account/delete/", SURE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert User.objects.filter(pk=member.pk).exists()
    # The form is not asked for a second time: what was sent before goes on.
    answer = member_client.post(answer["Location"], {"password": PASSWORD})
    assert not User.objects.filter(pk=member.pk).exists()
    assert answer["Location"] == "/account/deleted/"
    assert member_client.get("/account/deleted/").status_code == 200
    assert tables_with("member@example.com") == tables_with("kept for me") == set()
    for client in (member_client, other):
        assert client.get("/reports/").content.count(b"Mira") == 0
        assert client.get("/account/profile/").status_code == 302


def test_without_the_tick_nothing_happens(member: User, member_client: Client) -> None:
    confirm_password(member_client)
    answer = member_client.post("/account/delete/")
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    assert User.objects.filter(pk=member.pk).exists()


def test_the_page_says_what_goes_and_what_stays(member_client: Client) -> None:
    page = member_client.get("/account/delete/").content.decode()
    for words in ("What goes", "What stays with others", "former member", "former manager", "be undone"):
        assert words in page


def test_an_owner_alone_may_remove_the_organisation_instead(member: User, member_client: Client) -> None:
    lantern = make_organisation()
    join(member, lantern, Membership.Role.OWNER)
    confirm_password(member_client)
    assert member_client.post("/account/delete/", SURE).status_code == 422
    assert "/organisations/lantern/remove/" in member_client.get("/account/delete/").content.decode()
    assert member_client.post("/organisations/lantern/remove/").status_code == 422
    assert member_client.post("/organisations/lantern/remove/", SURE)["Location"] == "/organisations/"
    assert not Organisation.objects.filter(pk=lantern.pk).exists()
    assert ErasureRecord.objects.get().what == "organisation"
    assert member_client.post("/account/delete/", SURE)["Location"] == "/account/deleted/"


# The command line


def test_an_operator_erases_with_yes_only(member: User) -> None:
    with pytest.raises(CommandError, match="add --yes") as ended:
        call_command("erase_person", "Member@Example.com")
    assert ended.value.returncode == 2
    out = io.StringIO()
    call_command("erase_person", "Member@Example.com", "--yes", stdout=out)
    assert out.getvalue().startswith("Erased.")
    assert tables_with("member@example.com") == set()


@pytest.mark.parametrize("email", ["nobody@example.com", "", "\0", "x" * 500])
def test_an_unknown_address_is_one_line(email: str) -> None:
    with pytest.raises(CommandError, match="nobody logs in") as ended:
        call_command("erase_person", email, "--yes")
    assert ended.value.returncode == 2


def test_the_last_owner_is_one_line_too(member: User) -> None:
    join(member, make_organisation(), Membership.Role.OWNER)
    with pytest.raises(CommandError, match="last owner of Lantern") as ended:
        call_command("erase_person", member.email, "--yes")
    assert ended.value.returncode == 2


# After a restore


def test_a_journal_is_replayed_on_a_backup(member: User, team_mate: User, tmp_path: Path, settings: Any) -> None:
    lantern, quarry = make_organisation(), make_organisation("Quarry", "quarry")
    join(member, lantern, Membership.Role.OWNER)
    join(team_mate, lantern)
    lines = [
        ErasureRecord(what="person", id_hash=hash_of_id(member.pk), erased_at=AuditEvent().at or member.date_joined)
    ]
    lines.append(ErasureRecord(what="organisation", id_hash=hash_of_id(quarry.pk), erased_at=member.date_joined))
    lines.append(ErasureRecord(what="person", id_hash="0" * 64, erased_at=member.date_joined))
    file = tmp_path / "erasures.jsonl"
    # The machine stopped in the middle of the last line.
    file.write_text("".join(f"{line.as_line()}\n" for line in lines) + '{"what": "per')
    settings.ERASURE_JOURNAL = file
    out = io.StringIO()
    call_command("replay_erasures", stdout=out)
    assert out.getvalue().splitlines() == [
        "Erased again: 1 person, 1 organisation.",
        "lantern has no owner now: name one with name_owner lantern EMAIL",
    ]
    assert tables_with("member@example.com") == set()
    assert not Organisation.objects.filter(pk=quarry.pk).exists()
    assert replay(read_journal(file)).people == 0
    call_command("name_owner", "lantern", team_mate.email, stdout=out)
    assert Membership.objects.get(user=team_mate).role == "owner"
    # What this database knows now is what another one can be told.
    call_command("export_erasures", str(tmp_path / "again.jsonl"))
    assert set(read_journal(tmp_path / "again.jsonl")) == set(lines)


def test_each_erasure_is_a_line_of_the_journal(
    member: User, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.ERASURE_JOURNAL = tmp_path / "erasures.jsonl"
    with django_capture_on_commit_callbacks(execute=True):
        call_command("erase_person", member.email, "--yes", stdout=io.StringIO())
    (line,) = settings.ERASURE_JOURNAL.read_text().splitlines()
    assert json.loads(line)["id_hash"] == hash_of_id(member.pk)
    assert "member" not in line
    assert settings.ERASURE_JOURNAL.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["no json\n", "{}\n", '{"what": "cat", "id_hash": "00", "erased_at": "2026-01-01"}\n', "[]\n", "\xff\n"]
)
def test_what_is_no_journal_is_one_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ErasureError):
        read_journal(file)
    for path in (file, tmp_path / "none"):
        with pytest.raises(CommandError) as ended:
            call_command("replay_erasures", str(path))
        assert ended.value.returncode == 2
