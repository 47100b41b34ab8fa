"""The case for a promotion: what is written from the data, editing it in place, and who reads it by a link."""

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.reviews import review as reviewing
from growth.cases import cases, texts
from growth.cases.cases import KINDS, make_case, make_case_link, render_again, section_of, sections_of
from growth.cases.texts import draft_of
from growth.models import Case, CaseLink, CaseSection, MilestoneProof
from growth.models.case import SECTION_MAX
from ladder.document.kinds import MUST_HAVE
from people.models import User
from tests.assessments.reviews.pair import Pair
from tests.factories import exact_profile
from tests.growth.cast import make_entry
from tests.pages import page_of, sends, without_its_number

pytestmark = pytest.mark.django_db
TARGET = "senior-pm"
SECRET = "correct horse battery"


@pytest.fixture
def own(pair: Pair) -> Assessment:
    return pair.own(exact_profile(TARGET) | {"strategy": 1}, targets=[TARGET])


@pytest.fixture
def case(pair: Pair, own: Assessment) -> Case:
    return make_case(pair.member, own, TARGET, "The case for Senior")


def address(name: str, case: Case, *more: str) -> str:
    return reverse(name, args=[case.pk, *more])


def text_of(case: Case, slug: str) -> str:
    return section_of(case, slug).text


def save(
    client: Client, case: Case, slug: str, text: str, revision: int = 0, *, htmx: bool = False, **more: str
) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    data = {"text": text, "revision": str(revision)} | more
    return client.post(address("edit_section", case, slug), data, headers=headers)


def test_a_case_begins_with_what_the_data_says(pair: Pair, own: Assessment) -> None:
    client = pair.as_member
    page = page_of(client.get(f"{reverse('create_case')}?report={own.pk}"))
    said = sends(page.one("main").one("form"))
    assert said["report"] == str(own.pk)
    assert said["target"] == TARGET
    assert said["title"] == "The case for Senior Product Manager"
    response = client.post(reverse("create_case"), said)
    made = Case.objects.get()
    assert response.headers["Location"] == address("show_case", made)
    assert (made.owner, made.organisation_id) == (pair.member, pair.member.home_id)
    assert (made.report, made.target) == (own, TARGET)
    standing = text_of(made, "standing")
    assert "Readiness for Senior Product Manager" in standing
    assert "short by" in standing
    assert page_of(client.get(address("show_case", made))).one("h1").text == said["title"]


def test_the_must_haves_say_met_short_and_not_rated(pair: Pair, rubric: Any) -> None:
    must_haves = [slug for slug, cell in rubric.ladder.expectations[TARGET].items() if cell.weight == MUST_HAVE]
    answers = exact_profile(TARGET)
    answers[must_haves[0]] = 0
    del answers[must_haves[1]]
    text = draft_of("standing", pair.member, pair.own(answers), TARGET)
    names = rubric.competencies
    asked = rubric.ladder.expectations[TARGET][must_haves[0]].step
    assert re.search(rf"\| {names[must_haves[0]].name} \| {asked} \| 0 \| short by {asked} steps? \|", text)
    assert re.search(rf"\| {names[must_haves[1]].name} \| \d \| – \| not rated \|", text)
    assert f"{len(must_haves) - 2} of {len(must_haves)} must-haves are met." in text


def test_milestones_stand_there_with_their_proof_and_only_those_with_something(pair: Pair, own: Assessment) -> None:
    first, second, third = own.rubric.milestones_for(TARGET)[:3]
    own.milestone_marks.create(organisation_id=own.organisation_id, milestone=first.slug)
    entry = make_entry(pair.member)
    MilestoneProof.objects.create(
        organisation_id=pair.member.home_id, owner=pair.member, milestone=second.slug, entry=entry
    )
    text = draft_of("milestones", pair.member, own, TARGET).replace("\\", "")
    assert first.text in text
    assert second.text in text
    assert third.text not in text
    assert "4 May 2026: Asked twelve shoppers" in text
    assert "paid baskets in 100: 51 → 64" in text


def test_evidence_is_problem_approach_and_measured_result(pair: Pair, own: Assessment, stranger: User) -> None:
    make_entry(pair.member, link="https://wiki.example/basket")
    make_entry(stranger, approach="Somebody else did this.")
    text = draft_of("evidence", pair.member, own, TARGET)
    name = own.rubric.competencies["customer-insight"].name
    assert f"### 4 May 2026 – {name}" in text
    for piece in (
        "**Problem:** Half of",
        "**Approach:** Asked",
        "**Result:** More",
        "51 → 64",
        "<https://wiki.example/",
    ):
        assert piece in text
    assert "Somebody else" not in text


def test_a_long_log_is_cut_between_entries_and_says_so(pair: Pair, own: Assessment) -> None:
    for day in range(1, 15):
        make_entry(pair.member, happened_on=datetime.date(2026, 3, day), approach=f"Entry {day}. " + "x" * 1900)
    text = draft_of("evidence", pair.member, own, TARGET)
    assert len(text) <= SECTION_MAX
    assert "14 March 2026" in text
    assert "### 1 March 2026" not in text
    assert re.search(r"\*\d+ earlier entries found no room here\.\*$", text)


def test_no_more_entries_are_read_than_find_room(pair: Pair, own: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five thousand long ones took fifteen seconds."""
    entries = [make_entry(pair.member, approach="[*" * 900) for _ in range(40)]
    milestone = own.rubric.milestones_for(TARGET)[0].slug
    MilestoneProof.objects.bulk_create(
        MilestoneProof(organisation_id=entry.organisation_id, owner=pair.member, entry=entry, milestone=milestone)
        for entry in entries
    )
    seen: list[str] = []
    for name in ("as_typed", "in_line"):
        real = getattr(texts, name)
        monkeypatch.setattr(texts, name, lambda text, real=real: seen.append(text) or real(text))
    for slug in ("evidence", "milestones"):
        seen.clear()
        assert len(draft_of(slug, pair.member, own, TARGET)) <= SECTION_MAX
        assert sum(text == entries[0].approach for text in seen) < 12, slug


def test_what_was_agreed_comes_from_reviews_that_both_have_signed(pair: Pair) -> None:
    review = pair.revealed()
    reviewing.save_talk(review, pair.manager, rows=[("Lead the pricing test", "strategy", datetime.date(2026, 9, 1))])
    own = Assessment.objects.get(rater=pair.member)
    assert draft_of("agreed", pair.member, own, TARGET) == ""
    for side in (pair.member, pair.manager):
        reviewing.save_talk(review, side, signed_at=timezone.now())
    text = draft_of("agreed", pair.member, own, TARGET)
    assert "With Seun Bello, signed on" in text
    assert "- Lead the pricing test – " in text
    assert "until 1 September 2026" in text


def test_without_a_report_the_page_leads_to_the_quiz(member_client: Client) -> None:
    page = page_of(member_client.get(reverse("create_case")))
    assert reverse("start_quiz") in [link.attrs["href"] for link in page.one("main").all("a", class_="btn")]
    assert member_client.post(reverse("create_case"), {"title": "x"}).status_code == 200
    assert not Case.objects.exists()


def test_what_does_not_fit_is_said_and_kept(pair: Pair, own: Assessment) -> None:
    for name, value, sentence in (
        ("title", "", "Give it a title"),
        ("title", "x" * 121, "Shorten this to 120"),
        ("title", "a\0b", "can’t be stored"),
        ("target", "no-such", "Choose a level"),
        ("report", "no-such", "Choose one of your reports"),
    ):
        data = {"report": str(own.pk), "target": TARGET, "title": "My title", name: value}
        response = pair.as_member.post(reverse("create_case"), data)
        assert response.status_code == 422
        assert sentence in page_of(response).one("main").text
        if name != "title":
            assert page_of(response).one("input", name="title").attrs["value"] == "My title"
    assert not Case.objects.exists()


def test_there_is_room_for_so_many(pair: Pair, own: Assessment, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "CASES_MAX", 1)
    monkeypatch.setattr(cases, "LINKS_MAX", 1)
    linked(case)
    another = {"report": str(own.pk), "target": TARGET, "title": "Another"}
    for where, said, sentence in (
        (reverse("create_case"), another, "You have 1 cases"),
        (address("share_case", case), {"days": "7"}, "Revoke one"),
    ):
        response = pair.as_member.post(where, said)
        assert response.status_code == 422
        assert sentence in page_of(response).text
    assert Case.objects.count() == CaseLink.objects.count() == 1


def test_all_sections_stand_and_empty_ones_help(pair: Pair, case: Case, django_assert_num_queries: Any) -> None:
    """Also where a row or the level that the case is for is missing."""
    client = pair.as_member
    with django_assert_num_queries(4):  # session, user, case, sections
        page = page_of(client.get(address("show_case", case)))
    assert [part.attrs["id"] for part in page.one("main").all("section")] == [kind.slug for kind in KINDS]
    assert "who noticed the difference" in page.one("section", id="trust").text
    CaseSection.objects.filter(case=case, slug="trust").delete()
    assert [part.slug for part in sections_of(case)] == [kind.slug for kind in KINDS]
    Case.objects.update(target="gone-level")
    assert "gone-level" in page_of(client.get(address("show_case", case))).text
    assert client.get(reverse("list_cases")).status_code == 200


def test_a_section_is_edited_in_place(pair: Pair, case: Case) -> None:
    client = pair.as_member
    ahead = page_of(save(client, case, "summary", "*almost*", preview="1"))
    assert (ahead.one("em").text, ahead.one("textarea").text, text_of(case, "summary")) == ("almost", "*almost*", "")
    editor = page_of(client.get(address("edit_section", case, "summary"), headers={"HX-Request": "true"}))
    assert sends(editor.one("form"))["revision"] == "0"
    assert not editor.all("h1")
    response = save(client, case, "summary", "I ask for **Senior**.\r\nFrom May.", htmx=True)
    part = page_of(response)
    assert part.one("section").attrs["id"] == "summary"
    assert part.one("strong").text == "Senior"
    assert (text_of(case, "summary"), section_of(case, "summary").revision) == ("I ask for **Senior**.\nFrom May.", 1)
    again = page_of(client.get(f"{address('show_case', case)}?only=summary", headers={"HX-Request": "true"}))
    assert again.one("strong").text == "Senior"
    # Without a script it is a page of its own.
    assert page_of(client.get(address("edit_section", case, "next"))).one("h1").text == "Edit a section"
    assert save(client, case, "next", "Next.").headers["Location"] == f"{address('show_case', case)}#next"


def test_who_saves_second_sees_both_texts(pair: Pair, case: Case) -> None:
    client = pair.as_member
    save(client, case, "summary", "The first")
    response = save(client, case, "summary", "The second")
    assert response.status_code == 409
    page = page_of(response)
    assert "The first" in page.one("div", role="alert").text
    assert page.one("textarea").text == "The second"
    assert text_of(case, "summary") == "The first"
    said = sends(page.one("main").one("form"))
    assert save(client, case, "summary", said["text"].strip(), int(said["revision"])).status_code == 302
    assert text_of(case, "summary") == "The second"
    # The same text twice is no quarrel.
    assert save(client, case, "summary", "The second", 1).status_code == 302


def test_a_text_or_a_revision_that_does_not_fit_is_kept_in_the_box(pair: Pair, case: Case) -> None:
    client = pair.as_member
    costly = "[" * SECTION_MAX
    for text, sentence in (("x" * (SECTION_MAX + 1), "cut off"), ("a\0b", "can’t be"), (costly, "more brackets")):
        response = save(client, case, "summary", text)
        assert response.status_code == 422
        page = page_of(response)
        assert sentence in page.one("ul", class_="errorlist").text
        assert page.one("textarea").text.strip() == text.replace("\0", "")
    for revision in ("", "x", "-1", "9" * 30):
        response = client.post(address("edit_section", case, "summary"), {"text": "Typed", "revision": revision})
        assert response.status_code == 422
        assert page_of(response).one("textarea").text == "Typed"
    assert text_of(case, "summary") == ""


def test_html_is_kept_with_its_revision(pair: Pair, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader has a text rendered; a row that an older release wrote meanwhile is rendered for the page."""
    save(pair.as_member, case, "summary", "*Once*")
    row = CaseSection.objects.get(case=case, slug="summary")
    assert (row.html.strip(), row.html_revision) == ("<p><em>Once</em></p>", row.revision)
    for stale in CaseSection.objects.filter(case=case):
        assert stale.html_revision == stale.revision
        assert bool(stale.html) is bool(stale.text)
    CaseSection.objects.filter(pk=row.pk).update(text="*Twice*", revision=row.revision + 1)
    assert "<em>Twice</em>" in pair.as_member.get(address("show_case", case)).content.decode()
    render_again(CaseSection.objects.filter(pk=row.pk))
    monkeypatch.setattr("growth.cases.cases.html_of", None)
    assert "<em>Twice</em>" in pair.as_member.get(address("show_case", case)).content.decode()


def test_laying_out_is_limited_and_keeps_what_was_typed(pair: Pair, case: Case, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"write": "1/m/key"}
    assert save(pair.as_member, case, "summary", "first").status_code < 400
    response = pair.as_member.post(
        address("edit_section", case, "summary"), {"text": "Kept", "revision": 1, "preview": ""}
    )
    assert (response.status_code, page_of(response).one("textarea").text) == (429, "Kept")


def test_shared_pages_are_limited(pair: Pair, case: Case, client: Client, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"shared": "1/m/key"}
    paths = ("/shared/cases/x/", "/shared/x/")
    assert [client.get(path).status_code for path in paths] == [404, 429]
    assert client.get(paths[1], REMOTE_ADDR="192.0.2.1").status_code == 404


def test_taking_a_section_anew_shows_both_and_replaces(pair: Pair, case: Case) -> None:
    client = pair.as_member
    save(client, case, "evidence", "My own words")
    make_entry(pair.member)
    where = address("renew_section", case, "evidence")
    page = page_of(client.get(where))
    assert "My own words" in page.text
    assert "Asked twelve shoppers" in page.text
    assert text_of(case, "evidence") == "My own words"
    assert client.post(where, {"revision": "0"}).status_code == 409
    assert client.post(where, sends(page.one("main").one("form"))).status_code == 302
    assert "Asked twelve shoppers" in text_of(case, "evidence")
    # Where I stand leans on the newest report.
    newer = pair.own(exact_profile(TARGET), targets=[TARGET])
    revision = section_of(case, "standing").revision
    client.post(address("renew_section", case, "standing"), {"revision": str(revision)})
    case.refresh_from_db()
    assert case.report == newer
    assert "short by" not in text_of(case, "standing")


def test_a_case_outlives_its_report(pair: Pair, own: Assessment, case: Case) -> None:
    client = pair.as_member
    client.post(reverse("delete_assessment", args=[own.pk]))
    case.refresh_from_db()
    assert case.report is None
    assert client.get(address("show_case", case)).status_code == 200
    assert client.get(reverse("list_cases")).status_code == 200
    page = page_of(client.get(address("renew_section", case, "standing")))
    assert "None of your reports" in page.text
    assert client.post(address("renew_section", case, "standing"), {"revision": "0"}).status_code == 409
    assert "Readiness" in text_of(case, "standing")


def test_the_title_changes_and_the_case_goes(pair: Pair, case: Case) -> None:
    client = pair.as_member
    assert client.post(address("edit_case", case), {"title": " "}).status_code == 422
    linked(case)
    client.post(address("edit_case", case), {"title": "Another title"})
    assert "Another title" in page_of(client.get(reverse("list_cases"))).text
    assert client.get(address("delete_case", case)).status_code == 200
    assert Case.objects.exists()
    client.post(address("delete_case", case))
    assert not Case.objects.exists()
    assert not CaseSection.objects.exists()
    assert not CaseLink.objects.exists()


def test_the_markdown_file_leaves_out_what_is_empty(pair: Pair, case: Case) -> None:
    client = pair.as_member
    save(client, case, "trust", "From tasks to outcomes.")
    response = client.get(address("export_case_markdown", case))
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="rungwise-case-senior-pm.md"'
    text = response.content.decode()
    assert text.startswith(
        "# The case for Senior\n\n## How what I am trusted with has grown\n\nFrom tasks to outcomes.\n"
    )
    assert "## In short" not in text


def linked(case: Case, **said: Any) -> tuple[CaseLink, str]:
    link, token = make_case_link(case, case.owner, **({"days": 14} | said))
    return link, reverse("show_shared_case", args=[token])


def test_a_link_is_shown_once_and_opens_the_case_without_its_evidence(pair: Pair, case: Case, client: Client) -> None:
    make_entry(pair.member)
    author = pair.as_member
    save(author, case, "summary", "In short: *yes*.")
    save(author, case, "evidence", "Secret figures")
    response = author.post(address("share_case", case), {"label": "The panel", "days": "7", "password": ""})
    page = page_of(response)
    path = page.one("p", class_="link").text.removeprefix("http://testserver")
    assert not page_of(author.get(address("share_case", case))).all("p", class_="link")
    shared = client.get(path)
    assert shared.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert shared.headers["Referrer-Policy"] == "no-referrer"
    text = page_of(shared).text
    assert "Ada Lind shares this case with you" in text
    assert "In short: yes" in text
    assert "Where I stand" in text
    assert "Secret figures" not in text
    assert "ada@example.com" not in shared.content.decode()
    author.get(path)
    link = CaseLink.objects.get()
    assert (link.opened, link.label, link.with_evidence) == (1, "The panel", False)
    # Evidence goes along when it is ticked, and a password stands before it.
    _, path = linked(case, with_evidence=True, password=SECRET)
    assert "Where I stand" not in page_of(client.get(path)).text
    assert client.post(path, {"password": "another password"}).status_code == 422
    assert client.post(path, {"password": SECRET}).status_code == 302
    text = page_of(client.get(path)).text
    assert "Where I stand" in text
    assert "Secret figures" in text


def test_ended_revoked_and_guessed_are_the_same(pair: Pair, case: Case, client: Client) -> None:
    guessed = reverse("show_shared_case", args=["guessed-but-of-the-right-length-0123456789ab"])
    expired, expired_path = linked(case)
    CaseLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    revoked, revoked_path = linked(case)
    pair.as_member.post(reverse("revoke_case_link", args=[revoked.pk]))
    answers = [client.get(path) for path in (guessed, expired_path, revoked_path)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({without_its_number(answer) for answer in answers}) == 1
