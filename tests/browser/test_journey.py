"""The main job as people do it: start, answer, look it over, read the report, keep it, come back."""

import re

import pytest
from playwright.sync_api import Page, expect

from assessments.scoring.values import Answer
from tests.browser import steps
from tests.browser.conftest import Visitor, Watch
from tests.factories import exact_profile

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SENIOR: dict[str, Answer] = exact_profile("senior-pm")
MISSING = r"status of 404"


def headline(page: Page) -> str:
    return page.locator("h1.headline").inner_text()


def test_a_visitor_reads_a_report_signs_up_and_keeps_it(visitor: Visitor, watch: Watch) -> None:
    page = visitor()
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Start")).first.click()
    expect(page).to_have_url(re.compile("/quiz/start/"))
    steps.start(page, title="Senior PM")
    expect(page.get_by_text("Question 1 of 25 · 0 answered")).to_be_visible()
    settled_at = 0
    for count in range(1, 26):
        expect(page.locator("#save .is-idle")).to_be_visible()
        steps.choose(page, SENIOR[steps.question(page)])
        steps.saved(page)
        expect(page.get_by_text(f"· {count} answered")).to_be_visible()
        if not settled_at and page.get_by_text("Your level is settled.").is_visible():
            settled_at = count
        steps.go_on(page)
    assert 5 <= settled_at < 25
    expect(page.get_by_text("25 of 25 answered")).to_be_visible()
    expect(page.locator(".given .open")).to_have_count(0)

    # One of them is changed from the overview: what is said last counts.
    page.get_by_role("link", name="Change Storytelling").click()
    steps.choose(page, 2)
    steps.saved(page)
    page.locator(".jump summary").click()
    page.get_by_role("button", name="Look over all answers").click()
    row = page.locator(".given > div", has_text="Storytelling")
    expect(row).to_contain_text(steps.text_of("storytelling", 2))

    report = steps.submit(page)
    assert headline(page).startswith("You stand at Senior")
    keep_it(page, "new-here@example.com")
    expect(page).to_have_url(report)
    assert headline(page).startswith("You stand at Senior")
    expect(page.get_by_text("Keep this report")).to_have_count(0)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()
    steps.reports(page).click()
    expect(page).to_have_url(report)

    stranger = visitor()
    watch.expects(MISSING)
    for address in (report, f"{report}arithmetic/", f"{report.rstrip('/')}.json"):
        answer = stranger.goto(address)
        assert answer is not None
        assert answer.status == 404


def keep_it(page: Page, address: str) -> None:
    """Sign up from the report with the code that is mailed."""
    page.get_by_role("link", name="Keep it: sign up").click()
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(steps.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    code = page.get_by_label(re.compile("code", re.IGNORECASE))
    expect(code).to_be_visible()
    code.fill(steps.mailed_code(page, address))
    page.get_by_role("button", name="Confirm", exact=True).click()


def test_the_report_answers_without_leaving_the_page(visitor: Visitor) -> None:
    """Another target is swapped in; a milestone is ticked; both are still there after a reload."""
    page = visitor()
    steps.log_in(page, "staff")
    page.goto("/reports/")
    steps.reports(page).first.click()
    opening = page.locator("h1.headline").element_handle()
    page.get_by_role("navigation", name="Compare with another level").get_by_text("Another level").click()
    page.get_by_role("link", name="Director", exact=True).click()
    expect(page.get_by_role("heading", name="Against Director", level=2)).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?target=director$"))
    assert opening is not None
    assert opening.evaluate("element => element.isConnected"), "the page was loaded again"
    tick = page.locator("#milestones .tick").first
    expect(tick).to_have_attribute("aria-pressed", "false")
    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("heading", name="Against Director", level=2)).to_be_visible()
    expect(page.locator("#milestones .tick").first).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.get_by_role("heading", name="Against Director", level=2)).to_have_count(0)


def test_going_on_on_another_device(visitor: Visitor) -> None:
    """What a visitor began is theirs after log-in, and waits for them elsewhere."""
    page = visitor()
    steps.start(page)
    for _ in range(3):
        steps.choose(page, 2)
        steps.saved(page)
        steps.go_on(page)
    fourth, quiz = steps.question(page), page.url.partition("?")[0]
    steps.log_in(page, "manager")

    phone = visitor(width=360, height=740)
    steps.log_in(phone, "manager")
    phone.goto("/quiz/start/")
    phone.get_by_role("link", name="Go on where you left off").click()
    assert steps.question(phone) == fourth
    assert phone.url.partition("?")[0] == quiz
    steps.choose(phone, 4)
    steps.saved(phone)
    phone.get_by_role("button", name="Back").click()
    expect(steps.radio(phone, 2)).to_be_checked()
    page.goto(quiz)
    expect(page.get_by_text("· 4 answered")).to_be_visible()


def test_letters_choose_inside_the_question_only(visitor: Visitor) -> None:
    """Somebody who speaks to their computer says "next" to the page, and an answer would be overwritten by its n."""
    page = visitor()
    steps.log_in(page, "stranger")
    steps.start(page)
    steps.choose(page, 3)
    steps.saved(page)
    quiz = f"{page.url.partition('?')[0]}?at={steps.question(page)}"
    page.goto(quiz)
    page.keyboard.type("next 1")
    page.locator("header a").first.focus()
    page.keyboard.type("next 1")
    expect(steps.radio(page, 3)).to_be_checked()
    steps.radio(page, 3).focus()
    page.keyboard.type("1")
    expect(steps.radio(page, 1)).to_be_checked()
    steps.saved(page)
    page.get_by_role("link", name="Switch them off").click()
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto(quiz)
    steps.radio(page, 1).focus()
    page.keyboard.type("next 3")
    expect(steps.radio(page, 1)).to_be_checked()
    expect(page.locator("kbd").first).to_be_hidden()


def test_with_the_keyboard_only(visitor: Visitor) -> None:
    page = visitor()
    press = page.keyboard.press
    page.goto("/quiz/start/")
    tab_to(page, "#id_title")
    page.keyboard.type("Senior PM")
    steps.title_is_read(page, "Senior PM")
    tab_to(page, "input[name=length]:checked")
    press("ArrowDown")
    expect(page.get_by_label(re.compile(r"^\s*Full –"))).to_be_checked()
    press("Enter")
    expect(page.locator("#question")).to_be_visible()

    # The group of answers is one stop; arrows up and down move in it, and each move is saved.
    tab_to(page, "input[name=step]")
    press("1")
    steps.saved(page)
    press("ArrowDown")
    expect(steps.radio(page, 2)).to_be_checked()
    expect(steps.radio(page, 2)).to_be_focused()
    steps.saved(page)
    first = steps.question(page)
    press("ArrowRight")
    expect(page.locator("#question")).to_be_focused()
    assert steps.question(page) != first
    press("ArrowLeft")
    expect(steps.radio(page, 2)).to_be_checked()
    assert steps.question(page) == first
    assert page.title().startswith(page.locator("#question").inner_text())

    while page.locator("#answer").count():
        answer = SENIOR[steps.question(page)]
        slug = steps.question(page)
        press("n" if slug == "org-design" else str(answer))
        steps.saved(page)
        press("Enter" if slug == "data" else "ArrowRight")
        steps.moved_on(page, slug)
    expect(page.get_by_role("heading", name="Look over your answers")).to_be_visible()
    tab_to(page, "main form .btn.first")
    press("Enter")
    expect(page).to_have_url(re.compile(r"/reports/[0-9a-f-]{36}/$"))
    expect(page.locator("h1.headline")).to_contain_text("You stand at Senior")
    expect(page.get_by_text("Ask your manager for a chance")).to_be_visible()


def test_keys_that_come_with_the_next_question_are_heard(visitor: Visitor) -> None:
    """Whoever is quick chooses and goes on in the moment the question stands there, and stays on the same page."""
    page = visitor()
    steps.start(page)
    steps.ready(page)
    page.evaluate(
        """() => {
            window.samePage = true;
            const quick = [["3", "ArrowLeft"], ["4", "ArrowRight"]];
            document.addEventListener("htmx:afterSwap", (event) => {
                if (event.detail.target.id !== "quiz") return;
                const press = (key) => document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
                window.setTimeout(() => (quick.shift() || []).forEach(press), 0);
            });
        }"""
    )
    first = steps.question(page)
    steps.choose(page, 2)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('input[value=\"3\"]:checked')")
    assert steps.question(page) != first
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(steps.radio(page, 4)).to_be_checked()
    assert steps.question(page) == first
    assert page.evaluate("window.samePage")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, and see it at each stop on the way."""
    steps.ready(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => {
                const at = document.activeElement;
                return [at, at.closest("label")].some(
                    (element) => element && getComputedStyle(element).outlineStyle !== "none"
                );
            }"""
        )
        assert outline, f"the focus can't be seen on {page.evaluate('() => document.activeElement.outerHTML')[:200]}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


def test_without_javascript(visitor: Visitor, watch: Watch) -> None:
    watch.expects("status of 422")
    page = visitor(java_script_enabled=False)
    steps.start(page, has_scripts=False)
    # The one shown; the other is there and hidden.
    expect(page.locator("#save")).to_have_text("Saved when you go on", use_inner_text=True)
    while page.locator("#answer").count():
        slug = steps.question(page)
        steps.choose(page, SENIOR[slug])
        if slug == "data":
            page.get_by_text("Add a line of evidence").click()
            page.get_by_label("Evidence", exact=True).fill("Halved the drop-out at step 3.")
        steps.go_on(page)
    page.get_by_role("link", name="Change Culture and change").click()
    steps.choose(page, "no_chance")
    page.locator(".jump summary").click()
    page.get_by_role("button", name="Look over all answers").click()
    expect(page.locator(".given > div", has_text="Culture and change")).to_contain_text("No chance so far")
    expect(page.get_by_text("Halved the drop-out at step 3.")).to_be_visible()

    report = steps.submit(page)
    assert headline(page).startswith("You stand at Senior")
    page.get_by_text("Another level").click()
    page.get_by_role("link", name="Director", exact=True).click()
    expect(page.get_by_role("heading", name="Against Director", level=2)).to_be_visible()
    page.goto(report)
    tick = page.locator("#milestones .tick").first
    tick.click()
    expect(page).to_have_url(re.compile("#milestones$"))
    expect(tick).to_have_attribute("aria-pressed", "true")


def test_back_after_submitting_leads_to_the_report(visitor: Visitor) -> None:
    page = visitor()
    steps.start(page)
    steps.choose(page, 3)
    steps.saved(page)
    page.locator(".jump summary").click()
    page.get_by_role("button", name="Look over all answers").click()
    report = steps.submit(page)
    for _ in range(2):
        page.go_back()
        expect(page).to_have_url(report)
        expect(page.locator("#answer")).to_have_count(0)
