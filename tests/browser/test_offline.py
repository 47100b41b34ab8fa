"""When saving is not plain sailing: no network, a tired server, a lost answer, a lost log-in, a second window.

The rule behind all of it: "Saved" is said only when the server said so, and what was acknowledged is never lost.
"""

import re

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from assessments.scoring.values import Answer
from tests.browser import steps
from tests.browser.conftest import Visitor, Watch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ANSWERS = re.compile(r"/quiz/[^/]+/answer/")
NO_NETWORK = (r"net::ERR_INTERNET_DISCONNECTED", r"htmx:(sendError|afterRequest)")
STOPPED = (r"net::ERR_FAILED", r"htmx:(sendError|afterRequest)")


def failed(page: Page) -> None:
    expect(page.get_by_text("Not saved – retrying")).to_be_visible()


def dialogs(page: Page) -> list[str]:
    """The kinds of the questions that the browser asks from here on; each is answered with yes."""
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", agree)
    return asked


def stored(page: Page, answer: Answer, evidence: str = "") -> None:
    """What a fresh copy of the page says, in another tab of the same person."""
    fresh = page.context.new_page()
    fresh.goto(f"{page.url.partition('?')[0]}?at={steps.question(page)}")
    steps.chosen(fresh, answer)
    expect(fresh.locator("#evidence")).to_have_value(evidence)
    fresh.close()


def test_without_network_it_says_so_and_next_waits_and_then_goes_on(visitor: Visitor, watch: Watch) -> None:
    watch.expects(*NO_NETWORK)
    page = visitor()
    steps.start(page)
    first = steps.question(page)
    steps.ready(page)
    page.context.set_offline(True)
    steps.choose(page, 4)
    failed(page)
    expect(page.locator("#save .is-saved")).to_be_hidden()
    page.locator("#onward [value=next]").click()
    failed(page)
    assert steps.question(page) == first
    page.context.set_offline(False)
    steps.moved_on(page, first)
    asked = dialogs(page)
    page.goto(f"{page.url.partition('?')[0]}?at={first}")
    steps.chosen(page, 4)
    assert asked == [], "all was saved, and leaving still asked"


def test_after_going_on_nothing_is_waiting_to_be_saved(visitor: Visitor) -> None:
    """A network that comes back on the next question must not send an answer that nobody gave."""
    page = visitor()
    steps.start(page)
    steps.choose(page, 2)
    steps.saved(page)
    steps.go_on(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(300)
    assert sent == []
    expect(page.locator("#save")).to_have_attribute("data-state", "idle")


def test_a_server_that_is_away_for_a_while_is_asked_again(visitor: Visitor, watch: Watch) -> None:
    watch.expects(r"\b503\b")
    page = visitor()
    steps.start(page)
    asked: list[str] = []

    def away_twice(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= 2:
            route.fulfill(status=503, content_type="text/html", body="<p>The database is away.</p>")
        else:
            route.continue_()

    page.route(ANSWERS, away_twice)
    steps.choose(page, 5)
    failed(page)
    steps.saved(page)
    assert len(asked) == 3
    stored(page, 5)


@pytest.fixture
def first_answer_lost(visitor: Visitor, watch: Watch) -> Page:
    """A page whose first save reached the server, while the server's answer did not come back: 2 is stored."""
    watch.expects(*STOPPED)
    page = visitor()
    steps.start(page)
    handled: list[int] = []

    def lose_the_first(route: Route) -> None:
        if handled:
            route.continue_()
            return
        handled.append(route.fetch().status)
        route.abort()

    page.route(ANSWERS, lose_the_first)
    steps.choose(page, 2)
    failed(page)
    assert handled == [200]
    return page


def test_an_answer_that_got_lost_on_the_way_back_is_saved_once(first_answer_lost: Page) -> None:
    page = first_answer_lost
    steps.saved(page)
    expect(page.locator("#clash .note")).to_have_count(0)
    expect(page.locator("progress")).to_have_attribute("value", "1")
    stored(page, 2)


def test_a_change_of_mind_after_a_lost_answer_is_no_conflict(first_answer_lost: Page) -> None:
    """The page never learned that 2 was stored, and still it is its own answer that it changes."""
    page = first_answer_lost
    steps.choose(page, 4)
    steps.saved(page)
    expect(page.locator("#clash .note")).to_have_count(0)
    stored(page, 4)


def test_the_last_of_two_quick_choices_counts(visitor: Visitor) -> None:
    page = visitor()
    steps.start(page)
    waiting: list[Route] = []

    def slow_first(route: Route) -> None:
        if waiting:
            route.continue_()
        else:
            waiting.append(route)

    page.route(ANSWERS, slow_first)
    steps.choose(page, 1)
    steps.choose(page, 2)
    steps.choose(page, 4)
    page.wait_for_timeout(200)
    waiting[0].continue_()
    page.wait_for_load_state("networkidle")
    steps.saved(page)
    steps.chosen(page, 4)
    stored(page, 4)


def test_a_choice_made_before_the_scripts_came_is_saved_by_the_form(visitor: Visitor, watch: Watch) -> None:
    watch.expects("Failed to load resource")
    page = visitor()
    late: list[Route] = []
    page.goto("/quiz/start/")
    page.get_by_label("Your job title").fill("Senior PM")
    steps.title_is_read(page, "Senior PM")
    page.route("**/htmx*.js", lambda route: late.append(route))  # noqa: PLW0108  - Playwright marks its handlers
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#question")).to_be_visible()
    first, here = steps.question(page), page.url
    steps.choose(page, 3)
    steps.moved_on(page, first)
    for route in late:
        route.abort()
    page.unroute_all()
    page.goto(f"{here.partition('?')[0]}?at={first}")
    steps.chosen(page, 3)


def test_what_was_chosen_without_network_leads_on_when_it_is_back(visitor: Visitor, watch: Watch) -> None:
    watch.expects(*NO_NETWORK)
    page = visitor()
    steps.start(page, waits=False)
    steps.ready(page)
    first = steps.question(page)
    page.context.set_offline(True)
    steps.choose(page, 4)
    failed(page)
    steps.chosen(page, 4)
    assert steps.question(page) == first
    page.context.set_offline(False)
    steps.moved_on(page, first)
    page.get_by_role("button", name="Back").click()
    steps.chosen(page, 4)


def test_evidence_is_saved_while_typing(visitor: Visitor) -> None:
    page = visitor()
    steps.start(page)
    page.locator(".evidence > summary").click()
    evidence = page.locator("#evidence")
    evidence.press_sequentially("Cut refunds by 12 %")
    steps.saved(page)
    steps.choose(page, 3)
    steps.saved(page)
    stored(page, 3, "Cut refunds by 12 %")
    # From the first letter on, what stands there is not saved any more.
    state = evidence.evaluate(
        """(box) => {
            box.value += "!";
            box.dispatchEvent(new Event("input", { bubbles: true }));
            return document.getElementById("save").dataset.state;
        }"""
    )
    assert state == "saving"
    steps.saved(page)
    stored(page, 3, "Cut refunds by 12 %!")


def test_a_lost_session_keeps_what_was_typed_and_saves_it_after_log_in(visitor: Visitor, watch: Watch) -> None:
    # 401 for the save, 404 for asking whether the person is back, 403 for the token from before the log-in.
    watch.expects(r"status of 40[134]", r"htmx:responseError.*40[134]", r"Response Status Error Code 40[134]")
    page = visitor()
    steps.log_in(page, "other-manager")
    steps.start(page)
    first = steps.question(page)
    page.context.clear_cookies(name="sessionid")
    page.locator(".evidence > summary").click()
    page.locator("#evidence").fill("Ran the pricing test")
    steps.choose(page, 4)
    expect(page.get_by_text("Not saved – you are logged out.")).to_be_visible()
    expect(page.locator("#evidence")).to_have_value("Ran the pricing test")
    steps.chosen(page, 4)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in again in a new tab").click()
    log_in = opened.value
    steps.fill_log_in(log_in, "other-manager")
    expect(log_in.locator("#question")).to_be_visible()
    log_in.close()
    # The new session does not know that the quiz was to wait: what was saved leads on.
    steps.moved_on(page, first)
    page.get_by_role("button", name="Back").click()
    steps.chosen(page, 4)
    stored(page, 4, "Ran the pricing test")


def test_a_visitor_whose_cookies_are_gone_hears_so(visitor: Visitor, watch: Watch) -> None:
    """The form's token went with them; with another one the server says what is the matter."""
    # 403 for the token, 401 for the save, 404 for asking whether the visitor is back.
    watch.expects(r"status of 40[134]", r"htmx:responseError.*40[134]", r"Response Status Error Code 40[134]")
    page = visitor(width=360, height=740)
    steps.start(page)
    steps.ready(page)
    page.context.clear_cookies()
    steps.choose(page, 3)
    mark = page.get_by_text("this browser no longer knows which answers are yours")
    expect(mark).to_be_visible()
    # Also to whoever is far below the top of the page.
    expect(mark).to_be_in_viewport()
    steps.chosen(page, 3)


def test_closing_a_page_with_something_unsaved_asks_first(visitor: Visitor, watch: Watch) -> None:
    watch.expects(*NO_NETWORK)
    page = visitor()
    steps.start(page)
    steps.ready(page)
    page.context.set_offline(True)
    steps.choose(page, 3)
    failed(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.context.set_offline(False)
    steps.saved(page)


@pytest.fixture
def two_tabs(visitor: Visitor, watch: Watch) -> tuple[Page, Page]:
    """The same question in two tabs; the first said 2, the second 4 without having seen it."""
    watch.expects(r"status of 409")
    one = visitor()
    steps.start(one)
    two = one.context.new_page()
    two.goto(f"{one.url.partition('?')[0]}?at={steps.question(one)}")
    steps.choose(one, 2)
    steps.saved(one)
    steps.choose(two, 4)
    expect(two.get_by_text("This answer was changed in another window.")).to_be_visible()
    expect(two.get_by_text("Not saved – please choose below")).to_be_visible()
    both = two.locator("#clash .versus")
    slug = steps.question(one)
    expect(both).to_contain_text(steps.text_of(slug, 2))
    expect(both).to_contain_text(steps.text_of(slug, 4))
    stored(one, 2)
    return one, two


def test_two_tabs_keep_what_is_here(two_tabs: tuple[Page, Page]) -> None:
    one, two = two_tabs
    two.get_by_role("button", name="Keep what is here").click()
    expect(two.locator("#clash .note")).to_have_count(0)
    steps.saved(two)
    stored(one, 4)


def test_two_tabs_take_the_other(two_tabs: tuple[Page, Page]) -> None:
    one, two = two_tabs
    two.get_by_role("link", name="Take the other one").click()
    steps.chosen(two, 2)
    expect(two.locator("#clash .note")).to_have_count(0)
    stored(one, 2)
    steps.choose(two, 3)
    steps.saved(two)
    stored(one, 3)
