"""From the gap to the proof, as a person goes it: plan, evidence, milestones, a case; by hand and by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Visitor, Watch
from tests.browser.test_pages_axe import faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FIRST, SECOND = "Write one page on pricing", "Watch three sales calls"


def item(page: Page, text: str) -> int:
    """Its place in the plan, counted from 0."""
    return page.locator("[data-order] .what").all_inner_texts().index(text)


def write_down(page: Page, text: str) -> None:
    page.goto("/plan/add/")
    page.get_by_label("What will you do?").fill(text)
    page.get_by_role("button", name="Into my plan").click()
    expect(page.locator(".what", has_text=text)).to_be_visible()


def log_in_beside(page: Page, account: str) -> None:
    """Log in in a new tab, and come back to what waits."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in in a new tab").click()
    steps.fill_log_in(opened.value, account)
    expect(opened.value.get_by_role("link", name="Account", exact=True)).to_be_visible()
    opened.value.close()


def test_what_was_written_survives_the_end_of_the_log_in(visitor: Visitor, watch: Watch) -> None:
    """The token from before the log-in is no good after it, so the words are there to be sent once more."""
    watch.expects(r"status of 40[13]")
    page = visitor()
    steps.log_in(page, "senior2")
    text = "Cut the second page of the order form and asked nine shoppers what they think of it now"
    page.goto("/plan/add/")
    page.get_by_label("What will you do?").fill(text)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Into my plan").click()
    steps.arrived(page, "You are logged out")
    assert faults(page) == []
    log_in_beside(page, "senior2")
    page.get_by_role("button", name="Send it again").click()
    steps.arrived(page, "This form has expired")
    assert faults(page) == []
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator(".what", has_text=text)).to_be_visible()


def test_the_plan(visitor: Visitor) -> None:
    page = visitor()
    steps.log_in(page, "staff")
    for text in ("Ask two teams what they miss", FIRST, SECOND):
        write_down(page, text)
    assert faults(page) == []

    # The arrows take the keyboard, and the focus stays where it was.
    assert item(page, SECOND) == item(page, FIRST) + 1
    page.get_by_role("button", name=f"Move up: {SECOND}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-order] .what").nth(1)).to_have_text(SECOND)
    expect(page.get_by_role("button", name=f"Move up: {SECOND}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-order] .what").nth(0)).to_have_text(SECOND)
    page.reload()
    assert item(page, SECOND) == 0

    # And the hand drags, with all of the plan in sight: a page that still scrolls is no place to aim at.
    page.set_viewport_size({"width": 1280, "height": 1800})
    expect(page.locator("[data-grip]").first).to_be_visible()
    page.evaluate("window.scrollTo(0, 0)")
    grip = page.locator("[data-order] > li").first.locator("[data-grip]").bounding_box()
    last = page.locator("[data-order] > li").last.bounding_box()
    assert grip
    assert last
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(last["x"] + 40, last["y"] + last["height"] - 8, steps=12)
    with page.expect_response(re.compile("/move/$")):
        page.mouse.up()
    expect(page.locator("[data-order] .what").last).to_have_text(SECOND)
    page.reload()
    expect(page.locator("[data-order] .what").last).to_have_text(SECOND)

    page.get_by_role("button", name=re.compile(f"^doing.*{SECOND}")).click()
    expect(page.get_by_role("button", name=re.compile(f"^doing.*{SECOND}"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=re.compile(f"^done.*{SECOND}")).click()
    expect(page.get_by_role("heading", name="What came of it?")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("What changed?").fill("Two objections became one page of the offer")
    page.get_by_role("button", name="Keep it as evidence").click()
    expect(page.get_by_text("Two objections became one page of the offer")).to_be_visible()
    page.goto("/plan/calendar/")
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator("p.link")).to_contain_text("/plan/calendar/")
    assert faults(page) == []


def test_evidence_comes_to_hand_in_the_quiz(visitor: Visitor) -> None:
    page = visitor(width=360, height=740)
    steps.log_in(page, "pm2")
    page.goto("/evidence/")
    page.get_by_label("What did you do?").fill("Asked twelve shoppers")
    page.locator("main details summary").first.click()
    page.get_by_label("Customer insight").check()
    page.get_by_role("button", name="Into the log").click()
    expect(page.get_by_text("Your log has it.")).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})

    steps.start(page)
    page.goto(f"{page.url.partition('?')[0]}?at=customer-insight")
    steps.ready(page)
    steps.choose(page, 3)
    steps.saved(page)
    page.locator(".evidence > summary").click()
    page.get_by_text("From your evidence log").click()
    page.get_by_role("button", name=re.compile("^Use it.*Asked twelve")).click()
    expect(page.locator("#evidence")).to_have_value("Asked twelve shoppers")
    steps.saved(page)
    page.get_by_label(re.compile(r"^\s*A new entry for the log")).fill("Watched four of them buy")
    page.get_by_role("button", name="Into the log").click()
    expect(page.get_by_role("button", name=re.compile("^Use it.*Watched four"))).to_be_visible()
    assert faults(page) == []
    page.reload()
    expect(page.locator("#evidence")).to_have_value("Asked twelve shoppers")

    page.goto("/milestones/")
    page.locator("main details summary").first.click()
    page.get_by_role("button", name="Attach").first.click()
    expect(page.get_by_text("Attached.")).to_be_visible()
    assert faults(page) == []
    page.goto("/evidence/import/")
    page.get_by_label("Or paste it here").fill("- 2026-05-04: Cut the form\n- 2026-99-01: Never")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("1 entry would be added.")).to_be_visible()
    expect(page.get_by_text("Line 2:")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Cut the form", exact=True).first).to_be_visible()


def test_a_case_is_written_in_place(visitor: Visitor, watch: Watch) -> None:
    watch.expects(r"status of 40[13]", r"htmx:responseError", r"Response Status Error Code 401")
    page = visitor()
    steps.log_in(page, "senior2")
    page.goto("/cases/")
    page.get_by_role("link", name="Start a case").click()
    steps.arrived(page, "Start a case")
    assert faults(page) == []
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Where I stand")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name=re.compile("^Write it.*In short")).click()
    text = page.get_by_label("Text")
    expect(text).to_be_focused()
    text.fill("I ask for **two teams**. <script>alert(1)</script>")
    page.get_by_role("button", name="See how it reads").click()
    expect(page.locator("#summary strong")).to_have_text("two teams")
    assert faults(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#summary-title")).to_be_focused()
    expect(page.locator("#summary .written")).to_contain_text("<script>alert(1)</script>")
    page.reload()
    expect(page.locator("#summary strong")).to_have_text("two teams")
    # The log-in ends while somebody writes by htmx.
    page.get_by_role("link", name=re.compile("^Edit.*In short")).click()
    text.fill("I ask for three teams, since I have led two of them for a year.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).click()
    steps.arrived(page, "You are logged out")
    log_in_beside(page, "senior2")
    for _ in range(2):
        page.get_by_role("button", name="Send it again").click()
    expect(page.locator("#summary .written")).to_contain_text("I ask for three teams")


def test_the_trend_and_what_if(visitor: Visitor) -> None:
    page = visitor()
    steps.log_in(page, "senior")
    page.goto("/trend/")
    assert faults(page) == []
    page.goto("/reports/")
    steps.reports(page).first.click()
    page.get_by_text("how sure this is").click()
    page.get_by_role("link", name="Try what if").click()
    steps.arrived(page, "What if?")
    assert faults(page) == []
    # What follows is in sight beside the step that was moved, and nothing is kept.
    # Two at once: the newer one waits for the answer of the older.
    page.get_by_label(re.compile(r"^\s*Vision and strategy")).select_option("4")
    page.get_by_label(re.compile(r"^\s*Influence without authority")).select_option("4")
    expect(page.locator("#headline")).to_have_text("With these steps you would meet all that Staff PM asks.")
    expect(page.locator("#headline")).to_be_in_viewport()
    expect(page.locator("#outcome h2")).to_have_text("With these steps you would meet all that Staff PM asks.")
    page.reload()
    expect(page.locator("#headline")).to_have_text("Change a step, and see what would follow.")
    page.go_back()
    page.get_by_text("how sure this is").click()
    page.get_by_role("link", name="Where the two ways part, from where you are").click()
    steps.arrived(page, "Where the two ways part")
    assert faults(page) == []


def make_link(page: Page, *, password: str) -> str:
    """Share the case at hand with all that is in it; the address."""
    page.get_by_role("link", name="Share it").click()
    steps.arrived(page, "Who may read this case?")
    assert faults(page) == []
    page.get_by_label("For whom").fill("the committee")
    page.get_by_label("Password, if you want one").fill(password)
    page.get_by_label("with the milestones and the evidence").check()
    page.get_by_role("button", name="Make a link").click()
    return page.locator("p.link").inner_text()


def test_from_the_report_to_a_case_that_somebody_else_reads(visitor: Visitor, watch: Watch) -> None:
    """Report, plan, done, evidence, milestone, case, and a link that opens in another browser until it is revoked."""
    watch.expects("404")
    page = visitor()
    steps.log_in(page, "pm")
    page.goto("/reports/")
    steps.reports(page).first.click()
    page.get_by_role("link", name="Choose for my plan").click()
    page.locator("input[name=pick]").first.check()
    page.get_by_role("button", name="Into my plan").click()
    action = page.locator("[data-order] .what").first.inner_text()

    page.get_by_role("button", name=re.compile("^done")).first.click()
    expect(page.get_by_role("heading", name="What came of it?")).to_be_visible()
    page.get_by_label("What changed?").fill("Eleven shops pay in one step")
    page.locator("details:has(#entry_measure)").evaluate("node => { node.open = true; }")
    page.get_by_label("Measured by").fill("steps to pay")
    page.get_by_label("From", exact=True).fill("4")
    page.get_by_label("To", exact=True).fill("1")
    page.get_by_role("button", name="Keep it as evidence").click()
    expect(page.get_by_text("Eleven shops pay in one step")).to_be_visible()

    page.get_by_role("link", name="Evidence", exact=True).click()
    expect(page.get_by_text("steps to pay: 4 → 1").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^To a milestone")).first.click()
    page.get_by_role("button", name="Attach").first.click()
    expect(page.get_by_text("Attached.")).to_be_visible()

    page.get_by_role("link", name="Cases").click()
    page.get_by_role("link", name="Start a case").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#milestones .written")).to_contain_text("Eleven shops pay in one step")
    expect(page.locator("#evidence .written")).to_contain_text("steps to pay: 4 → 1")
    with page.expect_download() as got:
        page.get_by_role("link", name="Markdown", exact=True).click()
    assert action in Path(got.value.path()).read_text()

    address = make_link(page, password="eleven shops")
    reader = visitor(width=360, height=740)
    reader.goto(address)
    assert faults(reader) == []
    reader.get_by_label("Password").fill("eleven shops")
    reader.get_by_role("main").get_by_role("button").click()
    expect(reader.get_by_text("steps to pay: 4 → 1").first).to_be_visible()
    assert faults(reader) == []
    page.goto(page.url.partition("#")[0])
    expect(page.get_by_text(re.compile("opened once|opened 1 time", re.IGNORECASE))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Revoke")).click()
    steps.told(page, "Revoked")
    answer = reader.goto(address)
    assert answer is not None
    guessed = reader.request.get(re.sub("[^/]+/$", "guessed/", address))
    assert (answer.status, guessed.status) == (404, 404)
    # But for the ids of the requests.
    pages = [each.text().replace(each.headers["x-request-id"], "") for each in (answer, guessed)]
    assert pages[0] == pages[1]


def test_every_page_of_growth(visitor: Visitor) -> None:
    """Those that no journey looks at: axe finds nothing, wide and narrow, in both schemes."""
    page = visitor()
    steps.log_in(page, "senior")
    page.goto("/plan/")
    ways = [link.get_attribute("href") for link in page.locator("main a").all()]
    page.goto("/evidence/")
    ways += [link.get_attribute("href") for link in page.locator("main a").all()]
    page.goto("/cases/")
    case = page.locator("ul.rows a").first.get_attribute("href") or ""
    own = [way for way in ways if way and re.search("/(edit|delete|pick)/|entry=", way)]
    # One of a kind is enough.
    some = {re.sub("[0-9a-f-]{36}", "", way): way for way in own}.values()
    case_pages = ("", "edit/", "delete/", "share/", "sections/trust/", "sections/standing/renew/")
    found = []
    for address in [
        *some,
        *("/plan/add/", "/plan/calendar/", "/milestones/", "/milestones/?level=director", "/cases/", "/cases/new/"),
        *("/evidence/?q=fraud", "/evidence/?q=zzzz", "/evidence/import/", "/account/data/"),
        *(case + part for part in case_pages),
    ]:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found += faults(page)
    assert found == []
