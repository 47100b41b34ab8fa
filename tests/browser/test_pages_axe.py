"""Every page in light and dark, wide and narrow: axe finds nothing, nothing scrolls sideways, a thumb hits."""

import datetime
import re
from collections.abc import Mapping

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from people.models import Announcement
from tests.browser import steps
from tests.browser.conftest import Visitor, Watch
from tests.factories import exact_profile

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The rule on 24 pixels of target is off unless it is asked for.
EVERYTHING = {"runOnly": WCAG, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# What may differ from one state of the same page to another.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
TARGETS = {"runOnly": {"type": "rule", "values": ["target-size"]}, "resultTypes": ["violations"]}
PHONE, SMALLEST = 360, 320

PUBLIC = [
    *("/", "/ladder/", "/ladder/levels/senior-pm/", "/ladder/levels/cpo/", "/ladder/tracks/", "/ladder/paths/"),
    *("/ladder/levels/senior-pm/?with=group-pm", "/ladder/competencies/", "/ladder/competencies/strategy/"),
    *("/ladder/specialisations/", "/ladder/questions/", "/ladder/search/?q=pricing", "/ladder/search/?q=zzzz"),
    # A title that is ambiguous, one of another profession, one that nobody knows.
    *("/ladder/titles/", "/ladder/titles/?q=Head+of+Product", "/ladder/titles/?q=project+manager"),
    *("/ladder/titles/?q=zzzz", "/reports/sample/", "/quiz/start/", "/reports/", "/local/mail/"),
    *("/account/login/", "/account/signup/", "/account/password/reset/", "/account/login/code/"),
]
SIGNED_IN = [
    *("/ladder/", "/ladder/tracks/", "/ladder/competencies/strategy/", "/plan/add/?competency=strategy&action=1.0"),
    *("/quiz/start/", "/reports/", "/account/profile/", "/account/email/"),
    *("/account/password/change/", "/account/2fa/", "/account/2fa/webauthn/", "/account/logout/"),
]


def axe(page: Page, options: Mapping[str, object]) -> list[str]:
    """What the rules find, one line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = AxeResults(page.evaluate("options => axe.run(document, options)", options))
    place = page.url.partition("/")[2].partition("/")[2].partition("/")[2]
    return [
        f"/{place}: {rule['id']}: {node['html'][:160]} ({node['any'][0]['message'] if node['any'] else rule['help']})"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """Whether the page is wider than its window, and what sticks out."""
    wide: list[str] = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) return [];
            return [...document.querySelectorAll("main *")]
                .filter((element) => element.getBoundingClientRect().right > room + 1 && !element.closest(".scroll"))
                .slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).concat("the page scrolls sideways");
        }"""
    )
    width = page.evaluate("() => window.innerWidth")
    return [f"{page.url} at {width} px: {line}" for line in wide]


def faults(page: Page) -> list[str]:
    """Everything that is wrong with the page as it stands: in both schemes, wide and narrow.

    Wait for what the page shows before: on a page that is going away axe finds no document.
    """
    page.wait_for_load_state()
    size = page.viewport_size
    assert size is not None
    page.evaluate("() => document.querySelectorAll('details').forEach((details) => { details.open = true })")
    page.emulate_media(color_scheme="light")
    found = axe(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in axe(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    for width in (PHONE, SMALLEST):
        page.set_viewport_size({"width": width, "height": 740})
        found += sideways(page)
    found += axe(page, TARGETS)
    page.set_viewport_size(size)
    return found


def faults_of(page: Page, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert page.url.endswith(address), f"sent to {page.url}"
        found += faults(page)
    return found


def test_public_pages(visitor: Visitor) -> None:
    assert faults_of(visitor(), PUBLIC) == []


def test_pages_of_a_signed_in_person(visitor: Visitor) -> None:
    page = visitor()
    steps.log_in(page, "senior2")
    assert faults_of(page, SIGNED_IN) == []


def test_pages_behind_the_password(visitor: Visitor) -> None:
    """What changes how one logs in asks for the password once more."""
    page = visitor()
    steps.log_in(page, "owner")
    page.goto("/account/2fa/totp/activate/")
    expect(page).to_have_url(re.compile("/account/reauthenticate/"))
    found = faults(page)
    page.get_by_label("Password").fill(steps.DEMO_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Confirm").click()
    expect(page).to_have_url(re.compile("/account/2fa/totp/activate/$"))
    found += faults(page)
    page.goto("/account/2fa/webauthn/add/")
    expect(page).to_have_url(re.compile("/account/2fa/webauthn/add/$"))
    found += faults(page)
    assert found == []


def test_pages_of_a_report(visitor: Visitor) -> None:
    page = visitor()
    steps.log_in(page, "senior")
    page.goto("/reports/")
    steps.reports(page).first.click()
    expect(page.locator("h1.headline")).to_be_visible()
    report = page.url
    found = faults(page)
    for address in ("?target=cpo", "arithmetic/", "delete/"):
        page.goto(report + address)
        found += faults(page)
    assert found == []


def test_error_pages(visitor: Visitor, watch: Watch) -> None:
    watch.expects(r"status of 40[34]")
    page = visitor()
    found = []
    for address in ("/nothing/here/", "/ladder/levels/nothing/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        found += faults(page)
    page.goto("/account/login/")
    page.context.clear_cookies()
    steps.fill_log_in(page, "senior")
    steps.arrived(page, "This form has expired")
    found += faults(page)
    assert found == []


def test_the_journey_on_a_phone(visitor: Visitor, watch: Watch) -> None:
    """From the start to the report with a thumb, every screen looked at on the way, states of trouble too."""
    watch.expects(r"status of (422|409)")
    answers = exact_profile("pm")
    page = visitor(width=PHONE, height=740, has_touch=True, is_mobile=True)
    page.goto("/quiz/start/")
    page.get_by_label("Your job title").fill("Product Owner")
    page.get_by_role("button", name="Start", exact=True).tap()
    expect(page.get_by_role("alert")).to_be_visible()
    found = faults(page)
    page.get_by_role("radio", name="Product Manager –").first.check()
    page.get_by_role("button", name="Start", exact=True).tap()
    expect(page.locator("#question")).to_be_visible()

    # A second tab says something else first.
    other = page.context.new_page()
    other.goto(page.url)
    steps.choose(other, 1)
    steps.saved(other)
    other.close()
    steps.choose(page, answers[steps.question(page)])
    expect(page.get_by_text("This answer was changed in another window.")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name="Keep what is here").tap()
    steps.saved(page)
    assert too_small(page) == []

    while page.locator("#answer").count():
        slug = steps.question(page)
        steps.choice(page, answers[slug]).tap()
        steps.moved_on(page, slug)
    found += faults(page)
    page.get_by_role("link", name="Look over my answers first").tap()
    expect(page.get_by_role("heading", name="Look over your answers")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name="Submit and read the report").tap()
    expect(page.locator("h1.headline")).to_be_visible()
    found += faults(page)
    page.goto(f"{page.url}arithmetic/")
    expect(page.get_by_role("heading", name="From the sum to the verdict")).to_be_visible()
    found += faults(page)
    steps.follow_menu(page, "Reports")
    expect(steps.reports(page).first).to_be_visible()
    found += faults(page)
    steps.reports(page).first.tap()
    page.get_by_role("link", name="Keep it: sign up").tap()
    expect(page.get_by_role("heading", name="Sign up")).to_be_visible()
    found += faults(page)
    page.get_by_label("E-mail").fill("on-a-phone@example.com")
    page.get_by_label("Password").fill(steps.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").tap()
    expect(page.get_by_role("button", name="Confirm", exact=True)).to_be_visible()
    found += faults(page)
    assert found == []


NOTHING_ANNOUNCED = re.compile(r'(<div id="announcement"[^>]*>)\s*(</div>)')


def announced(page: Page, text: str) -> None:
    """Let every answer of the site have an announcement, as if an operator had made one. "" takes it away."""
    begins = datetime.datetime(2026, 12, 1, 18, tzinfo=datetime.UTC)
    row = Announcement(text=text, starts_at=begins, ends_at=begins + datetime.timedelta(hours=1))
    inside = render_to_string("people/upkeep/announcement.html", {"said": row if text else None})

    def answer(route: Route) -> None:
        # Redirects are followed here: the browser would not ask us again.
        response = route.fetch()
        if not response.headers.get("content-type", "").startswith("text/html"):
            route.fulfill(response=response)
            return
        body = NOTHING_ANNOUNCED.sub(lambda found: f"{found[1]}{inside}{found[2]}", response.text())
        route.fulfill(response=response, body=body)

    page.unroute_all()
    page.route(lambda url: "/static/" not in url, answer)


def test_an_announcement_is_read_once_by_whoever_is_in_the_middle_of_the_quiz(visitor: Visitor) -> None:
    """It comes with the next answer and stays from question to question, untouched, until it is over."""
    page = visitor()
    steps.start(page)
    steps.ready(page)
    place = page.locator("#announcement")
    expect(place).to_be_empty()
    page.evaluate(
        """() => {
            window.changes = 0;
            const options = { childList: true, subtree: true, characterData: true };
            new MutationObserver(() => { window.changes += 1; }).observe(
                document.getElementById("announcement"), options,
            );
        }"""
    )
    announced(page, "Away for ten minutes. שלום, <b>all</b>.")
    steps.choose(page, 2)
    expect(place).to_contain_text("Away for ten minutes. שלום, <b>all</b>. 1 December 2026, 18:00 to 19:00 (UTC)")
    assert page.evaluate("() => window.changes") == 1
    expect(page.get_by_role("status").filter(has_text="Away for ten minutes")).to_have_count(1)
    for step in (3, 4):
        steps.go_on(page)
        expect(page.locator("#question")).to_be_focused()
        steps.choose(page, step)
        steps.saved(page)
    assert page.evaluate("() => window.changes") == 1, "or it would be read out with each answer"
    assert faults(page) == []
    announced(page, "")
    steps.choose(page, 1)
    expect(place).not_to_contain_text("Away")
    assert page.evaluate("() => window.changes") == 2


def test_an_announcement_needs_no_script(visitor: Visitor) -> None:
    page = visitor(java_script_enabled=False, width=PHONE)
    announced(page, "Away for ten minutes. " + "x" * 250)
    page.goto("/quiz/start/")
    place = page.locator("#announcement")
    expect(place).to_contain_text("Away for ten minutes.")
    size = place.bounding_box()
    assert size is not None
    assert (size["x"], size["y"], size["width"]) == (0, 0, PHONE), "at the top, as wide as the page, and no wider"
    page.emulate_media(media="print")
    expect(place).to_be_hidden()


HARD_TO_HIT = """() => {
    const seen = {visibilityProperty: true, opacityProperty: true};
    const inSentence = (link) => {
        if (link.tagName !== "A" || getComputedStyle(link).display !== "inline") return false;
        const around = link.closest("p, li, dd, td, th, figcaption, label, blockquote") || link.parentElement;
        const rest = around.cloneNode(true);
        rest.querySelectorAll("a").forEach((other) => other.remove());
        return /[\\p{L}]{2}.*[\\p{L}]{2}/su.test(rest.textContent);
    };
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((element) => element.checkVisibility(seen) && !element.closest("svg, .skip") && !inSentence(element))
        .map((element) => (element.matches("[type=checkbox], [type=radio]") && element.closest("label")) || element)
        .filter((element) => {
            const box = element.getBoundingClientRect();
            return box.width < 43.5 || box.height < 43.5;
        }).map((element) => element.outerHTML.slice(0, 120));
}"""
THUMBED = {
    "": ("/", "/ladder/", "/ladder/competencies/", "/ladder/tracks/", "/ladder/paths/", "/ladder/titles/?q=pm"),
    "senior": (
        *("/", "/reports/", "/trend/", "/plan/", "/evidence/", "/milestones/", "/cases/", "/reviews/"),
        *("/organisations/", "/account/profile/", "/account/data/"),
    ),
    "manager": ("/",),
    "owner": ("/", "/organisations/"),
}


@pytest.mark.parametrize("account", THUMBED)
def test_a_thumb_hits_everything(visitor: Visitor, account: str) -> None:
    """44 pixels either way on a phone, for all that is no link in a sentence."""
    page = visitor(width=PHONE, height=740)
    if account:
        steps.log_in(page, account)
    found = {}
    for address in THUMBED[account]:
        page.goto(address)
        found[address] = [*page.evaluate(HARD_TO_HIT), *sideways(page)]
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_homes(visitor: Visitor) -> None:
    """Of somebody with a place and a plan, of a manager in a round, of an owner, and of one who has nothing yet."""
    found = []
    for account in ("senior", "manager", "owner", "stranger"):
        page = visitor()
        steps.log_in(page, account)
        found += faults(page)
        assert page.locator("main .btn.first").count() == 1, "one filled block a page"
    assert found == []


def test_tables_are_cards_on_a_phone_and_stay_tables(visitor: Visitor) -> None:
    """What matters stands in the window, and is read as a table still."""
    page = visitor(width=PHONE, height=740)
    steps.log_in(page, "senior")
    page.goto("/reports/")
    row = page.get_by_role("table").get_by_role("row").nth(1)
    assert row.get_by_role("cell").count() == 4
    for text in ("Senior PM", "93"):
        box = row.get_by_role("cell").filter(has_text=text).first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE
    assert page.get_by_role("columnheader", name="Readiness").count() == 1


def test_the_ladders_pages_are_one_menu_on_a_phone_and_tabs_on_a_desk(visitor: Visitor) -> None:
    page = visitor(width=PHONE, height=740)
    page.goto("/ladder/")
    tabs = page.get_by_role("navigation", name="The ladder")
    expect(tabs.get_by_role("link", name="Titles")).to_be_hidden()
    tabs.locator("summary").click()
    tabs.get_by_role("link", name="Titles").click()
    expect(page).to_have_url(re.compile("/ladder/titles/$"))
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(tabs.locator("summary")).to_be_hidden()
    expect(tabs.get_by_role("link", name="Questions")).to_be_visible()


def too_small(page: Page) -> list[str]:
    """What is smaller than a thumb needs: 24 pixels either way, for all that is no link in a sentence."""
    small: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, summary, .rung, .btn, select, textarea)")]
            .filter((element) => element.checkVisibility() && !element.matches(".visually-hidden"))
            .filter((element) => {
                const box = element.getBoundingClientRect();
                return box.width < 24 || box.height < 24;
            }).map((element) => element.outerHTML.slice(0, 120))"""
    )
    return small


def test_what_the_watch_and_the_rules_would_find(visitor: Visitor, watch: Watch) -> None:
    """The tests above prove something only if a broken page is noticed."""
    page = visitor()
    page.goto("/")
    page.evaluate(
        """() => {
            const box = document.createElement("p");
            box.setAttribute("style", "color: red");
            box.id = "wide";
            box.textContent = "Nonsense";
            box.style.inlineSize = "2000px";
            box.style.maxInlineSize = "none";
            const button = document.createElement("button");
            document.querySelector("main").append(box, button);
            console.warn("a warning");
            setTimeout(() => { throw new Error("thrown by a test"); });
        }"""
    )
    page.wait_for_timeout(200)
    seen = " ".join(watch.unexpected())
    for part in ("Content Security Policy", "a warning", "thrown by a test"):
        assert part in seen
    watch.expects("Content Security Policy", "a warning", "thrown by a test")
    assert any("button-name" in line for line in axe(page, EVERYTHING))
    assert any("scrolls sideways" in line for line in sideways(page))
