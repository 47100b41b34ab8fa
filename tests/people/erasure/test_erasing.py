"""Deleting one's account from the page and from the command line, and doing it again after a restore."""

import errno
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import now

from assessments.models import SupportAccess
from assessments.support.access import open_for_support
from people.erasure import erase
from people.erasure.erase import ErasureError, erase_person, hash_of_id, read_journal, replay
from people.models import ErasureRecord, Membership, Organisation, User
from tests.commands import ran, refusal
from tests.factories import PASSWORD, exact_profile, join, make_assessment, make_organisation, make_user, say_who
from tests.people.database.tables import tables_with

pytestmark = pytest.mark.django_db
SURE = {"sure": "on"}


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


def test_an_owner_alone_may_remove_the_organisation_instead(member: User, member_client: Client) -> None:
    say_who(member_client, member)
    page = member_client.get("/account/delete/").content.decode()
    for words in ("What goes", "What stays with others", "former member", "former manager", "be undone"):
        assert words in page
    answer = member_client.post("/account/delete/")
    assert (answer.status_code, "Tick the box" in answer.content.decode()) == (422, True)
    lantern = make_organisation()
    join(member, lantern, Membership.Role.OWNER)
    assert member_client.post("/account/delete/", SURE).status_code == 422
    assert "/organisations/lantern/remove/" in member_client.get("/account/delete/").content.decode()
    assert member_client.post("/organisations/lantern/remove/").status_code == 422
    assert member_client.post("/organisations/lantern/remove/", SURE)["Location"] == "/organisations/"
    assert not Organisation.objects.filter(pk=lantern.pk).exists()
    assert ErasureRecord.objects.get().what == "organisation"
    assert member_client.post("/account/delete/", SURE)["Location"] == "/account/deleted/"


def test_an_operator_erases_with_yes_only(member: User) -> None:
    membership = join(member, make_organisation(), Membership.Role.OWNER)
    refused = [("last owner of Lantern", [member.email, "--yes"]), ("add --yes", ["Member@Example.com"])]
    refused += [("nobody logs in", [email, "--yes"]) for email in ("nobody@example.com", "", "\0", "x" * 500)]
    for said, words in refused:
        assert said in refusal("erase_person", *words)
    membership.delete()
    assert ran("erase_person", "Member@Example.com", "--yes").startswith("Erased.")
    assert tables_with("member@example.com") == set()


def test_a_journal_is_replayed_on_a_backup(member: User, team_mate: User, tmp_path: Path, settings: Any) -> None:
    lantern, quarry = make_organisation(), make_organisation("Quarry", "quarry")
    join(member, lantern, Membership.Role.OWNER)
    join(team_mate, lantern)
    erased = [("person", hash_of_id(member.pk)), ("organisation", hash_of_id(quarry.pk)), ("person", "0" * 64)]
    lines = [ErasureRecord(what=what, id_hash=known, erased_at=member.date_joined) for what, known in erased]
    file = tmp_path / "erasures.jsonl"
    # The machine stopped in the middle of the last line.
    file.write_text("".join(f"{line.as_line()}\n" for line in lines) + '{"what": "per')
    settings.ERASURE_JOURNAL = file
    assert ran("replay_erasures").splitlines() == [
        "Erased again: 1 person, 1 organisation.",
        "lantern has no owner now: name one with name_owner lantern EMAIL --yes",
    ]
    assert tables_with("member@example.com") == set()
    assert not Organisation.objects.filter(pk=quarry.pk).exists()
    assert replay(read_journal(file)).people == 0
    ran("name_owner", "lantern", team_mate.email, "--yes")
    assert Membership.objects.get(user=team_mate).role == "owner"
    # What this database knows now is what another one can be told.
    ran("export_erasures", str(tmp_path / "again.jsonl"))
    assert set(read_journal(tmp_path / "again.jsonl")) == set(lines)


def test_each_erasure_is_a_line_of_the_journal(
    member: User, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.ERASURE_JOURNAL = tmp_path / "erasures.jsonl"
    with django_capture_on_commit_callbacks(execute=True):
        ran("erase_person", member.email, "--yes")
    (line,) = settings.ERASURE_JOURNAL.read_text().splitlines()
    assert json.loads(line)["id_hash"] == hash_of_id(member.pk)
    assert "member" not in line
    assert settings.ERASURE_JOURNAL.stat().st_mode & 0o077 == 0


def test_half_a_line_on_a_full_disk_spoils_no_other(
    member: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ERASURE_JOURNAL = tmp_path / "erasures.jsonl"
    lines = [ErasureRecord(hash_of_id(uuid.uuid4()), "person", now()) for _ in range(3)]
    erase._append(lines[0])
    write, room = os.write, [20]

    def until_it_is_full(handle: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[: room.pop()])

    with monkeypatch.context() as patch:
        patch.setattr(erase.os, "write", until_it_is_full)
        erase._append(lines[1])
    erase._append(lines[2])
    assert list(read_journal(settings.ERASURE_JOURNAL)) == [lines[0], lines[2]]


@pytest.mark.parametrize(
    "text", ["no json\n", "{}\n", '{"what": "cat", "id_hash": "00", "erased_at": "2026-01-01"}\n', "[]\n", "\xff\n"]
)
def test_what_is_no_journal_is_one_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ErasureError):
        read_journal(file)
    for path in (file, tmp_path / "none"):
        assert refusal("replay_erasures", str(path))


def test_the_reason_of_support_goes_with_its_person_and_no_other_way(
    member: User, team_mate: User, rubric: Any
) -> None:
    """It may quote them. That it was opened, when and by whom, stays as it is."""
    staff, both = make_user("staff@example.com"), (member, team_mate)
    reports = [make_assessment(user, submitted=True) for user in both]
    gone, stays = (open_for_support(report, staff, f"Ticket 7 of {report.rater}") for report in reports)
    said = SupportAccess.objects.filter(pk=gone.pk)
    kept = said.values("staff_id", "person_id", "assessment_id", "opened_at", "ends_at").get()
    Organisation.objects.filter(pk=team_mate.home_id).update(is_erasing=True)
    changes: list[tuple[Any, dict[str, Any]]] = [(gone, {"reason": text}) for text in ("", "another")]
    changes += [(stays, said) for said in ({"reason": "another"}, {"staff": member}, {"reason": "", "ends_at": now()})]
    for row, change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            SupportAccess.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        SupportAccess.objects.filter(pk=stays.pk).delete()
    erase_person(member)
    assert said.values(*kept).get() == kept
    assert list(SupportAccess.objects.order_by("opened_at").values_list("reason", flat=True)) == ["", stays.reason]
