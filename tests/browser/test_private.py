"""What a browser keeps of private pages: nothing in its storage, nothing to go back to after the log-out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import CHROMIUM_ARGUMENTS, PATIENCE_MS, Server, Visitor, Watch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# htmx notes the address that it is at, which the address bar shows too; no page is kept.
STORED = """() => document.readyState === "complete" && localStorage.length === 0
    && Object.keys(sessionStorage).every((key) => key === "htmx-current-path-for-history")"""


def log_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()


def test_htmx_keeps_no_history(visitor: Visitor) -> None:
    """Pages that htmx swapped and put into the history: going back asks the server, and nothing of them is stored."""
    page = visitor()
    steps.log_in(page, "other-manager")
    steps.start(page)
    first = steps.question(page)
    steps.choose(page, 3)
    steps.saved(page)
    steps.go_on(page)
    assert steps.question(page) != first
    page.go_back()
    expect(page.locator("#question")).to_be_visible()
    page.wait_for_load_state()
    # Going back loads the page anew, which may come in between; a look that fails then is taken again.
    page.wait_for_function(STORED)
    assert page.evaluate("async () => (await caches.keys()).length") == 0
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0


@pytest.fixture
def with_back_cache(browser: Browser, server: Server, watch: Watch) -> Iterator[Page]:
    """A page of a browser that keeps pages alive for going back, which Playwright switches off otherwise."""
    launched = browser.browser_type.launch(
        executable_path="/usr/bin/chromium",
        args=CHROMIUM_ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    context = launched.new_context(base_url=server.url, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    watch.over(context)
    yield context.new_page()
    launched.close()


def test_back_out_of_the_browser_s_own_cache_shows_nothing_either(with_back_cache: Page) -> None:
    page = with_back_cache
    steps.log_in(page, "manager")
    page.goto("/account/profile/")
    page.evaluate("() => { window.wasAlive = true; }")
    log_out(page)
    # To the page that asks whether to log out, which leads to the start page now; then to the private one.
    page.go_back()
    expect(page.get_by_text("You are logged in as")).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(re.compile("/account/login/"))
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    expect(page.get_by_text("You are logged in as")).to_have_count(0)
    assert page.evaluate("() => window.wasAlive === undefined")


def test_the_back_cache_is_really_on(with_back_cache: Page, server: Server) -> None:
    """Or the test above would prove nothing: a public page does come back alive."""
    page = with_back_cache
    page.goto("/ladder/")
    page.evaluate("() => { window.wasAlive = true; }")
    page.goto("/")
    page.evaluate("() => history.back()")
    expect(page).to_have_url(re.compile("/ladder/"))
    assert page.evaluate("() => window.wasAlive === true")


def test_a_shared_report_tells_nobody_where_one_came_from(visitor: Visitor, watch: Watch) -> None:
    """The page of a link that opens nothing sends the headers of one that does (test_links.py)."""
    watch.expects(r"status of 404")
    page = visitor()
    came_from = {}
    for path in ("/shared/guessed/", "/ladder/"):
        page.goto(path)
        with page.expect_request(lambda request: request.is_navigation_request()) as asked:
            page.locator("header .brand").click()
        expect(page).to_have_url(re.compile(r"^[^/]+//[^/]+/$"))
        came_from[path] = asked.value.all_headers().get("referer", "")
    assert came_from["/shared/guessed/"] == ""
    assert came_from["/ladder/"].endswith("/ladder/")
