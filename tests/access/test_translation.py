"""A pseudo-language that marks every translated text ⟦so⟧: whatever else a page says in letters was forgotten.

The walk reads every page of the site; the tests below it read what only comes of something that was sent.

What may stand unmarked is the ladder's own content (another language is another ladder), what people typed, and names.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.utils import translation

from assessments.models import Assessment
from assessments.report import views as views_report
from assessments.scoring.values import NO_CHANCE
from assessments.teams import views as views_teams
from assessments.teams import words as teams_words
from people.models import User
from tests.access.asking import Asker
from tests.access.table import TABLE
from tests.access.test_walk import path_of
from tests.access.world import World
from tests.assessments.quiz.quiz_steps import HTMX, answer, start, submit
from tests.factories import PASSWORD, exact_profile, give, make_assessment, shipped_ladder
from tests.pages import Node, page_of, parse

pytestmark = pytest.mark.django_db

NAMES = {"Rungwise", "JSON", "CSV", "PDF", "XLSX", "Excel", "Markdown", "UTC"}
TYPED = {"Beekeeper", "Mira Member", "member@example.com", "nora@example.com", "Cut churn in May", "Head of Product"}
# The last is the sign of a cell, which the matrix explains beside it.
TYPED |= {"What we did:", "elsewhere.example", "n"}
# A section of a case is a text of its author's, which was put together when the world was made.
STORED = {"show_case", "edit_case", "edit_section", "renew_section", "share_case", "show_shared_case"}
STORED |= {"export_case_pdf", "export_case_markdown"}
ASKING = ("anonymous", "member", "manager", "owner", "staff")
MORE = [
    *("levels/pm/?with=staff-pm", "titles/?q=Head+of+Product", "titles/?q=Beekeeper", "search/?q=churn"),
    "search/?q=Beekeeper",
]
SPOKEN = ("aria-label", "title", "placeholder", "alt", "label", "content")
"""Attributes that a person reads or hears."""


@pytest.fixture(autouse=True)
def _pseudo_language(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def mark(message: str) -> str:
        # Django splits its "yes,no,maybe" after translating it.
        parts = message.split(",") if " " not in message else [message]
        return ",".join(f"⟦{part}⟧" for part in parts if part)

    def of_two(one: str, many: str, number: int) -> str:
        return mark(one if number == 1 else many)

    language = translation._trans
    monkeypatch.setattr(language, "gettext", mark, raising=False)
    monkeypatch.setattr(language, "pgettext", lambda _, message: mark(message), raising=False)
    monkeypatch.setattr(language, "ngettext", of_two, raising=False)
    monkeypatch.setattr(language, "npgettext", lambda _, *given: of_two(*given), raising=False)
    # What earlier tests have shown in English, and later ones must not find in this language.
    cached = (teams_words.day, views_teams._cell_html)
    _ = [function.cache_clear() for function in cached]
    yield
    _ = [function.cache_clear() for function in cached]


# Fields of the ladder that hold slugs, which no page shows.
SLUGS = {
    *("slug", "track", "area", "competency", "level", "levels", "partly", "carries", "from", "to", "kind"),
    *("language", "yes", "see"),
}


def texts_of(value: object, field: str = "") -> Iterator[str]:
    """Every text of a document that a page may show."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts_of(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item, field)
    elif isinstance(value, str) and field not in SLUGS:
        yield value


def known() -> dict[str, list[str]]:
    """All that may stand unmarked, by its first letters, the longest first."""
    found: dict[str, list[str]] = {}
    plain = {" ".join(text.split()) for text in texts_of(shipped_ladder().document())}
    # Some begin a sentence here and stand within one in the ladder.
    capitals = {text[:1].upper() + text[1:] for text in plain}
    for text in sorted({*plain, *capitals, *NAMES, *TYPED}, key=len, reverse=True):
        found.setdefault(text[:2], []).append(text)
    return found


KNOWN = known()


def leftover(text: str) -> str:
    """What remains of a text without numbers, signs and what is known; empty when nothing was forgotten."""
    at = 0
    while at < len(text):
        for item in KNOWN.get(text[at : at + 2], []):
            if text.startswith(item, at) and not text[at + len(item) : at + len(item) + 1].isalnum():
                at += len(item)
                break
        else:
            if text[at].isalpha():
                return text[at:]
            at += 1
    return ""


class Outside:
    """Collects the text that stands outside of all marks, over a whole page: a sentence may hold a link."""

    def __init__(self) -> None:
        self.depth = 0
        self.forgotten: list[str] = []

    def read(self, text: str, where: str) -> None:
        plain = ""
        for sign in text:
            self.depth += (sign == "⟦") - (sign == "⟧")
            plain += sign if self.depth == 0 and sign != "⟧" else " "
        rest = leftover(" ".join(plain.split()))
        if rest:
            self.forgotten.append(f"{where}: {rest[:80]}")


def forgotten(page: Node) -> list[str]:
    """Every text of a page that is neither marked nor known, with the element that holds it."""
    read = Outside()

    def walk(node: Node) -> None:
        for name in SPOKEN:
            if name in node.attrs and (name != "content" or node.attrs.get("name") == "description"):
                alone = Outside()
                alone.read(node.attrs[name], f"{node.tag} {name}")
                read.forgotten.extend(alone.forgotten)
        if node.tag == "text":
            # A name over several lines is one name.
            read.read(node.text, "text")
        elif node.tag not in {"script", "style", "kbd", "datalist", "code"}:
            for item in node.inside:
                if isinstance(item, Node):
                    walk(item)
                else:
                    read.read(item, node.tag)

    walk(page)
    assert read.depth == 0
    return read.forgotten


def check(response: Any, status: int = 200) -> None:
    assert response.status_code == status
    page = page_of(response)
    assert "⟦" in page.text, "nothing is translated at all"
    assert forgotten(page) == []


def test_the_check_finds_what_was_forgotten() -> None:
    for html, rest in (
        ("<p>⟦All is marked, <a>link</a> and all.⟧ 3 % – Vision and strategy: Rungwise</p>", []),
        ("<p>⟦Marked⟧ <b>forgotten</b></p>", ["b: forgotten"]),
        ("<p>Beekeepers are here</p>", ["p: Beekeepers are here"]),
        ("<p>⟦Marked⟧ saved</p>", ["p: saved"]),
        ('<p aria-label="Forgotten">⟦Marked⟧</p>', ["p aria-label: Forgotten"]),
        ("<svg><text><tspan>Communication</tspan><tspan>and influence</tspan></text></svg>", []),
    ):
        assert forgotten(parse(html)) == rest


def test_no_page_of_the_site_forgot_a_text(world: World, asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [text for user in world.users.values() for text in (user.name, user.email, user.email.split("@")[1])]
    for text in {*people, *world.canaries}:
        monkeypatch.setitem(KNOWN, text[:2], sorted([text, *KNOWN.get(text[:2], [])], key=len, reverse=True))
    asked = {
        (persona, path_of(line, world))
        for line in TABLE
        for persona in ASKING
        if line.name not in STORED and persona in (line.get or ())
    } | {("anonymous", f"/ladder/{path}") for path in MORE}
    wrong, count = [], 0
    for persona, path in sorted(asked):
        answer = asker.ask(persona, "GET", path)
        if answer.body.lstrip().startswith("<") and not path.endswith(".xlsx"):
            count += 1
            wrong += [f"{path} for {persona}: {text}" for text in forgotten(parse(answer.body))]
    assert not wrong, "\n".join(wrong)
    assert count > 200


# What comes of something that was sent


def test_a_title_that_asks_back(client: Client) -> None:
    for title in ("Head of Product", "Beekeeper", "Project manager", "B\0", "B" * 200):
        response = client.post("/quiz/start/", {"title": title})
        assert response.status_code == 422
        # What was typed stands in a field's value, which nobody translates.
        assert forgotten(page_of(response)) == []


@pytest.mark.parametrize("step", ["0", "3", "no_chance"])
def test_questions(client: Client, step: str) -> None:
    draft = start(client)
    check(client.get(f"/reports/{draft.pk}/delete/"))
    submit(client, draft)  # nothing was answered
    check(client.get(f"/quiz/{draft.pk}/check/"))
    for slug, said in (("data", {"step": step, "evidence": "Cut churn in May"}), ("outcomes", {"step": "0"})):
        check(answer(client, draft, slug, htmx=True, **said))
        check(client.get(f"/quiz/{draft.pk}/?at={slug}"))
    check(client.get(f"/quiz/{draft.pk}/check/"))
    give(draft, {slug: step for slug, step in exact_profile("pm").items() if slug not in {"data", "outcomes"}})
    check(client.get(f"/quiz/{draft.pk}/?at=initiative"))
    check(client.get(f"/quiz/{draft.pk}/check/"))


@pytest.mark.parametrize("htmx", [True, False])
def test_what_goes_wrong_with_an_answer(client: Client, htmx: bool) -> None:
    draft = start(client)
    answer(client, draft, "data", step="3", evidence="Cut churn in May")
    check(answer(client, draft, "data", htmx=htmx, step="6"), 422)
    if htmx:  # without it the page holds what was typed
        check(answer(client, draft, "data", htmx=True, evidence="e" * 3_000), 422)
    check(answer(client, draft, "data", htmx=htmx, evidence="\0"), 422)
    for step in ("4", "0", "no_chance"):
        check(answer(client, draft, "data", htmx=htmx, step=step, revision="0", page="a"), 409)
    submit(client, draft)
    check(answer(client, draft, "data", htmx=htmx, step="3"), 409)
    if htmx:
        check(Client().post(f"/quiz/{draft.pk}/answer/data/", headers=HTMX), 401)


def reports(user: User | None) -> list[Assessment]:
    """Reports of many kinds: met, close, far, open, at the fork, at the top, before the first level."""
    senior = exact_profile("senior-pm")
    kinds: list[dict[str, Any]] = [
        {"answers": senior, "held": "pm"},
        {"answers": senior, "held": "senior-pm", "specialisation": "growth"},
        {"answers": senior | {"strategy": 5, "mentoring": 2, "team-building": NO_CHANCE}, "held": "senior-pm"},
        {"answers": dict.fromkeys(senior, 0), "held": "pm"},
        {"answers": {"data": 5}, "held": "pm"},
        {"answers": {slug: step for slug, step in senior.items() if slug != "outcomes"}, "held": "pm"},
        {"answers": exact_profile("cpo"), "held": "cpo"},
        {"answers": exact_profile("group-pm"), "held": "staff-pm"},
        {"answers": exact_profile("pm"), "held": None, "targets": ["apm"]},
        {"answers": {"data": NO_CHANCE}, "held": None, "targets": []},
    ]
    return [make_assessment(user, **kind, evidence={"data": "Cut churn in May"}, submitted=True) for kind in kinds]


def test_reports(member_client: Client, member: User) -> None:
    made = reports(member)
    make_assessment(member)
    check(member_client.get("/reports/"))
    for report in made:
        check(member_client.get(f"/reports/{report.pk}/"))
        check(member_client.get(f"/reports/{report.pk}/?target=staff-pm"))
        check(member_client.get(f"/reports/{report.pk}/arithmetic/?target=staff-pm"))
    check(member_client.get(f"/reports/{report.pk}/delete/"))
    milestone = report.rubric.ladder.milestones[0].slug
    member_client.post(f"/reports/{report.pk}/milestones/{milestone}/", {"value": "on"})
    assert member_client.post(f"/reports/{report.pk}/delete/").status_code == 302
    check(member_client.get("/reports/"))  # with its message


def test_accounts(client: Client, member: User) -> None:
    check(client.post("/account/login/", {"login": member.email, "password": "wrong"}))
    check(client.post("/account/signup/", {"email": "no address", "password1": "short"}))
    client.post("/account/signup/", {"email": "nora@example.com", "password1": PASSWORD})
    check(client.get("/account/confirm-email/"))
    (message,) = mail.outbox
    for text in (message.subject, message.body):
        read = Outside()
        for line in str(text).splitlines():
            # The code, and the address of the site.
            if not line.strip().replace("-", "").isupper() and "://" not in line:
                read.read(line, "mail")
        assert read.forgotten == []


def test_errors(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    check(client.get("/", headers={"host": "elsewhere.example"}), 400)
    check(client.get("/nothing/here/"), 404)
    check(Client(enforce_csrf_checks=True).post("/quiz/start/"), 403)
    client.raise_request_exception = False
    for error, status in ((RuntimeError, 500), (PermissionDenied, 403), (OperationalError, 503)):
        monkeypatch.setattr(views_report, "render", Mock(side_effect=error))
        check(client.get("/reports/"), status)
