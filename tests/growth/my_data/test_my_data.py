"""A person's data as a ZIP: all that is theirs, nothing that is not, and back again to an equal state."""

import copy
import csv
import datetime
import io
import itertools
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.models import Assessment, Outcome, ReportLink, ReportNote
from assessments.quiz.correct import correct
from assessments.sharing.links import make_link
from growth.cases.cases import make_case, make_case_link, save_section
from growth.evidence.log import log_of
from growth.models import Case, CaseLink, MilestoneProof, PlanItem
from growth.my_data.document import OTHER, TABLES, document_of
from growth.my_data.files import zip_of
from growth.my_data.read_back import ImportPersonError, import_document
from growth.plan.plan import NewItem, add_items, plan_of, set_state
from people.erasure.erase import erase_person
from people.models import User
from tests.assessments.reviews.pair import MANAGER_NOTE, OWN_NOTE, Pair, make_pair
from tests.factories import client_of, exact_profile, make_assessment, make_user, say_who
from tests.growth.cast import make_entry
from tests.pages import page_of

pytestmark = pytest.mark.django_db
PAGES = ("/reports/", "/plan/", "/evidence/", "/cases/", "/milestones/", "/trend/")
HOSTILE = '=HYPERLINK("x")\n</script> \\u0000 🦉 “ü”'


def fill(user: User) -> None:
    """Something in every table."""
    report = make_assessment(
        user,
        answers=exact_profile("pm") | {"strategy": "no_chance"},
        evidence={"data": HOSTILE},
        targets=["senior-pm"],
        specialisation="growth",
        job_title="Growth PM",
        small_company=True,
        programme=True,
        started_at=timezone.now() - datetime.timedelta(days=3),
        submitted=True,
    )
    correct(correct(report, "strategy", 1, ""), "data", 0, HOSTILE)
    today = timezone.localdate()
    ReportNote.objects.create(
        organisation=user.home, assessment=report, name="My first", note=HOSTILE, look_again_on=today
    )
    milestone = report.rubric.ladder.milestones[0].slug
    report.milestone_marks.create(organisation_id=report.organisation_id, milestone=milestone)
    make_assessment(user, held=None, answers={"data": 2})
    entry = make_entry(user, approach=HOSTILE)
    proof = {"organisation_id": user.home_id, "owner": user, "milestone": milestone, "entry": entry}
    MilestoneProof.objects.create(**proof)
    add_items(user, [NewItem("Watch three calls", "data", from_step=1, to_step=2), NewItem("Second")])
    item = plan_of(user).filter(text="Second", state="planned").get()
    set_state(user, item.pk, "done", datetime.date(2026, 5, 4))
    plan_of(user).filter(pk=item.pk).update(evidence=entry)
    case = make_case(user, report, "senior-pm", "My case")
    save_section(case, "summary", HOSTILE, seen=0)
    make_link(report, user, days=7, label="For Acme", password="a good password")
    make_case_link(case, user, days=7)


def saved(user: User, folder: Path) -> Path:
    path = folder / f"{user.pk}.zip"
    path.write_bytes(zip_of(user))
    return path


def bring_in(path: Path, **options: str) -> str:
    out = io.StringIO()
    call_command("import_person", str(path), stdout=out, **options)
    return out.getvalue()


def own(user: User) -> dict[str, Any]:
    document = document_of(user)
    return {"profile": document["profile"], "tables": document["tables"]}


def test_out_and_in_again_is_the_same(member: User, stranger: User, tmp_path: Path) -> None:
    fill(member)
    before = own(member)
    assert all(before["tables"][table.name] for table in TABLES), "a table is empty"
    path = saved(member, tmp_path)
    erase_person(member)
    said = bring_in(path)
    assert said.startswith("member@example.com: 4 assessments, ")
    again = User.objects.get(email="member@example.com")
    assert own(again) == before
    assert not again.has_usable_password()
    assert not Outcome.objects.exclude(assessment__rater=again).exists()
    # And whoever has nothing comes back too.
    before, path = own(stranger), saved(stranger, tmp_path)
    erase_person(stranger)
    bring_in(path)
    assert own(User.objects.get(email=stranger.email)) == before


def test_beside_the_first_all_but_the_ids_is_the_same_and_every_page_opens(member: User, tmp_path: Path) -> None:
    fill(member)
    bring_in(saved(member, tmp_path), email="Second@Example.com")
    second = User.objects.get(email="second@example.com")
    assert not second.emailaddress_set.get().verified  # type: ignore[attr-defined]
    one, other = (_without_ids(own(user)["tables"]) for user in (member, second))
    assert one == other
    assert log_of(member).get().pk != log_of(second).get().pk
    assert PlanItem.objects.get(owner=second, text="Second").evidence == log_of(second).get()
    report = Assessment.objects.get(rater=second, status="submitted", corrects=None)
    newest = Assessment.objects.reports_of(second).get()
    assert (newest.chain, newest.corrects.corrects) == (report.pk, report)  # type: ignore[union-attr]
    assert Case.objects.get(owner=second).report == report
    assert report.job_title == "Growth PM"
    client = client_of(second)
    for path in (f"/reports/{report.pk}/", *PAGES):
        assert client.get(path).status_code == 200, path


def _without_ids(tables: dict[str, Any]) -> dict[str, Any]:
    links = {"id", "assessment", "entry", "evidence", "case", "report", "corrects", "chain"}
    return {
        name: sorted(
            json.dumps({key: value for key, value in row.items() if key not in links or isinstance(value, list)})
            for row in rows
        )
        for name, rows in tables.items()
    }


def test_every_model_is_thought_of() -> None:
    named = {table.model._meta.label for table in TABLES}
    models = {model._meta.label for model in apps.get_models()}
    assert not named & set(OTHER)
    assert named | set(OTHER) == models


def test_the_page_gives_the_file(member_client: Client, member: User) -> None:
    fill(member)
    say_who(member_client, member)
    page = page_of(member_client.get(reverse("show_my_data")))
    assert page.one("main").one("form").attrs["method"] == "post"
    response = member_client.post(reverse("show_my_data"))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="rungwise-my-data-')
    with zipfile.ZipFile(io.BytesIO(response.content)) as box:
        assert set(box.namelist()) == {
            *("README.txt", "data.json", "ratings.csv", "evidence.csv", "plan.csv"),
            "cases/1-my-case.md",
        }
        rows = list(csv.reader(io.StringIO(box.read("evidence.csv").decode("utf-8-sig"), newline="")))
        assert rows[1][2] == f"'{HOSTILE}"
        assert box.read("cases/1-my-case.md").decode().startswith("# My case\n")
        assert json.loads(box.read("data.json"))["tables"]["evidence"][0]["approach"] == HOSTILE


def test_no_secret_is_in_it_and_nothing_of_others(member: User, stranger: User) -> None:
    fill(member)
    text = json.dumps(document_of(member))
    for link in (*ReportLink.objects.all(), *CaseLink.objects.all()):
        assert link.token_hash not in text
    assert not [word for word in (member.password, "token", "argon2") if word in text]
    assert "For Acme" in text
    theirs = json.dumps(document_of(stranger), ensure_ascii=False)
    assert "My case" not in theirs
    assert HOSTILE not in theirs


def reviews(user: User) -> str:
    return json.dumps(document_of(user)["elsewhere"]["reviews"])


def test_a_blind_review_stays_blind(rubric: Any) -> None:
    pair: Pair = make_pair()
    pair.rate()
    assert MANAGER_NOTE not in json.dumps(document_of(pair.member))
    assert MANAGER_NOTE in reviews(pair.manager)
    pair.share()
    assert MANAGER_NOTE in reviews(pair.member)
    assert OWN_NOTE in reviews(pair.manager)


def test_statements_don_t_grow_with_the_rows(member: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as made:
            document_of(member)
        return len(made)

    fill(member)
    document_of(member)
    few = statements()
    fill(member)
    assert statements() == few


@pytest.fixture
def document(member: User) -> dict[str, Any]:
    fill(member)
    made = document_of(member)
    erase_person(member)
    return made


def packed(folder: Path, document: Any) -> Path:
    path = folder / "person.zip"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("data.json", document if isinstance(document, str) else json.dumps(document))
    return path


def refused(path: Path, **options: str) -> str:
    users = User.objects.count()
    with pytest.raises(CommandError) as caught:
        bring_in(path, **options)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    assert User.objects.count() == users
    assert not Assessment.objects.exclude(rater__isnull=False).exists()
    return str(caught.value)


NO_ROW = "01900000-0000-7000-8000-00000000ffff"
# Where something else is written, what, and what is said; of a table the first row.
MISFITS: list[tuple[str, Any, str]] = [
    *[("format", "other", "holds no person's data"), ("version", 99, "has version 99"), ("tables", [], "missing")],
    *[("profile", [], "profile or tables are missing"), ("profile email", "no address", "profile: email")],
    *[("profile email", None, "profile: email is empty"), ("profile name", "x" * 121, "profile: name")],
    *[("profile name", "a\0b", "can't be stored"), ("profile name", "half \ud83e", "can't be stored")],
    *[("profile time_zone", "Nowhere/Land", "profile: time_zone"), ("tables plan", {}, "plan is no list")],
    *[("profile date_joined", "2026-05-04", "no time with its zone"), ("plan", 7, "plan 1 is no row")],
    *[("plan id", "x", "id is no id"), ("plan state", "never", "plan: state"), ("plan from_step", 10, "contradict")],
    *[("plan due_on", "soon", "due_on can't be read"), ("plan position", "9" * 400, "plan: position")],
    *[("plan position", -1, "plan: position"), ("plan evidence", NO_ROW, "not in the file")],
    *[("evidence competencies", value, "is a list of names") for value in ("data", [1])],
    *[("evidence link", "javascript:alert(1)", "evidence: link"), ("evidence approach", {}, "approach can't be read")],
    *[("evidence approach", "x" * 2001, "evidence: approach"), ("case_sections text", None, "text is empty")],
    *[("assessments ladder_version", value, "publish it with load_ladder") for value in ("pm 99", None)],
    *[("assessments held_level", value, "has no level") for value in ("king", [])],
    *[("assessments targets", ["king"], "all targets"), ("assessments targets", [7], "names of levels")],
    *[("assessments submitted_at", None, "no time with its zone"), ("ratings competency", "juggling", "no competency")],
    *[("ratings step", 6, "a step from 0 to 5"), ("ratings no_chance", "perhaps", "ratings: no_chance")],
    *[("profile name", name, "profile: name") for name in ("ceo@corp.example", "x" * 121)],
    *[("assessments submitted_at", f"{year}-01-01T00:00:00+00:00", "in the future") for year in (9999, 1900)],
    *[("evidence happened_on", "2999-01-01", "no date of"), ("evidence happened_on", "2098-01-01", "in the future")],
    *[("assessments targets", ["pm"] * 3, "each once"), ("plan due_on", "9999-01-01", "no date of this century")],
    *[("assessments asked", value, "does not have all competencies") for value in (["juggling"], "data", [7])],
    *[(place, NO_ROW, "not in the file") for place in ("ratings assessment", "report_notes assessment")],
    *[(f"assessments {name}", NO_ROW, "not in the file") for name in ("corrects", "chain")],
]


def changed_at(document: dict[str, Any], place: Sequence[Any], value: Any) -> dict[str, Any]:
    changed = at = copy.deepcopy(document)
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    return changed


def test_what_does_not_fit_ends_it_in_one_line(document: dict[str, Any], tmp_path: Path) -> None:
    for name, value, sentence in MISFITS:
        first, *field = name.split()
        place = ["tables", first, 0, *field] if first in document["tables"] else name.split()
        assert sentence in refused(packed(tmp_path, changed_at(document, place, value))), name


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all values in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in leaves(item, (*path, key)))]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("a\0b"),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=5), inside, max_size=2),
    max_leaves=3,
)


def test_any_value_in_any_place_is_read_or_refused(document: dict[str, Any]) -> None:
    """A hundred and twenty times; what is let through makes pages that open."""
    places = [place for place in leaves(document) if place and place[0] != "elsewhere"]
    tried = itertools.count()

    @settings(max_examples=120, deadline=None, database=None)
    @given(st.sampled_from(places), anything)
    def change(place: tuple[Any, ...], value: Any) -> None:
        changed = changed_at(document, place, value)
        try:
            with transaction.atomic():
                user, _ = import_document(json.loads(json.dumps(changed)), f"person{next(tried)}@example.com")
                client = client_of(user)
                for path in PAGES:
                    assert client.get(path).status_code == 200, (place, value)
                transaction.set_rollback(True)
        except ImportPersonError:
            pass

    change()


def test_files_from_before_corrections_are_read_and_broken_chains_are_not(
    document: dict[str, Any], tmp_path: Path
) -> None:
    tables = document["tables"]
    first = next(row for row in tables["assessments"] if row["status"] == "submitted" and not row["corrects"])
    second = next(row for row in tables["assessments"] if row["corrects"] == first["id"])
    broken: list[dict[str, Any]] = [
        {"chain": None},
        {"corrects": None},
        {"corrects": second["id"]},
        {"started_at": first["started_at"]},
    ]
    for change in broken:
        rows = [row | change if row is second else row for row in tables["assessments"]]
        said = refused(packed(tmp_path, document | {"tables": tables | {"assessments": rows}}))
        assert "contradict" in said, change
    rows = [{k: v for k, v in row.items() if k not in {"corrects", "chain"}} for row in tables["assessments"]]
    older = {name: table for name, table in tables.items() if name != "report_notes"} | {"assessments": rows}
    assert "4 assessments" in bring_in(packed(tmp_path, document | {"tables": older}))


def test_no_more_rows_than_the_pages_let_somebody_have(document: dict[str, Any], tmp_path: Path) -> None:
    for name, most in (("plan", 200), ("cases", 50), ("evidence", 5000)):
        row = document["tables"][name][0]
        rows = [row | {"id": f"01900000-0000-7000-8000-{number:012x}"} for number in range(most + 1)]
        many = document | {"tables": document["tables"] | {name: rows}}
        assert f"{name} has {most + 1} rows" in refused(packed(tmp_path, many))


def test_a_row_twice_and_a_field_that_is_missing(document: dict[str, Any], tmp_path: Path) -> None:
    twice = copy.deepcopy(document)
    twice["tables"]["plan"].append(twice["tables"]["plan"][0])
    assert "two rows have one id" in refused(packed(tmp_path, twice))
    again = copy.deepcopy(document)
    again["tables"]["ratings"].append(again["tables"]["ratings"][0] | {"id": "01900000-0000-7000-8000-00000000ffff"})
    assert "contradict" in refused(packed(tmp_path, again))
    del document["tables"]["evidence"][0]["outcome"]
    assert "evidence: outcome is missing" in refused(packed(tmp_path, document))


def test_what_earlier_files_have_no_word_for_is_no(document: dict[str, Any], tmp_path: Path) -> None:
    rows = document["tables"]["assessments"]
    assert {(row["small_company"], row["programme"]) for row in rows} == {(True, True), (False, False)}
    for row in rows:
        del row["small_company"], row["programme"], row["asked"]
    document["profile"]["email"] = "earlier@example.com"
    bring_in(packed(tmp_path, document))
    found = Assessment.objects.filter(rater__email="earlier@example.com")
    assert {(item.small_company, item.programme, *item.asked) for item in found} == {(False, False)}


def test_files_that_are_none(rubric: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ("", "[]", "{}", "{", "nothing", "[" * 100_000, '{"format": "rungwise-person"}', "þÿ", '{"format": 1e999}')
    for text in (*texts, '{"format": "' + "9" * 5000 + '"}', "1" * 5000):
        refused(packed(tmp_path, text))
    raw = bytearray(packed(tmp_path, "{}" + " " * 300).read_bytes())
    start = raw.index(b"data.json") + 10
    (tmp_path / "damaged.zip").write_bytes(bytes(raw[:start] + bytes(200) + raw[start + 200 :]))
    refused(tmp_path / "damaged.zip")
    assert "there is no file" in refused(tmp_path / "no-such.zip")
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK but not really")
    assert "no ZIP file" in refused(path)
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("other.json", "{}")
    assert "no ZIP file of a person" in refused(path)
    monkeypatch.setattr("growth.my_data.read_back.SIZE_MAX", 1000)
    assert "larger than 1000 bytes" in refused(packed(tmp_path, " " * 2000))


def test_an_address_that_has_an_account(member: User, tmp_path: Path) -> None:
    path = saved(member, tmp_path)
    assert "has an account here already" in refused(path)
    make_user("taken@example.com")
    assert "has an account here already" in refused(path, email="TAKEN@example.com")
    assert "profile: email" in refused(path, email="no address")
