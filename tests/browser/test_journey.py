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
    expect(page.get_by_text("1 of 8 must-haves")).to_be_visible()
    moments = []
    for count in range(1, 26):
        expect(page.locator("#save")).to_have_attribute("data-state", "idle")
        steps.choose(page, SENIOR[steps.question(page)])
        steps.saved(page)
        expect(page.locator("progress")).to_have_attribute("value", str(count))
        steps.go_on(page)
        if page.locator("main.moment").count():
            moments.append((count, page.locator("h1").inner_text()))
            steps.past_the_moment(page)
    assert moments[0] == (8, "So far, Senior PM.")
    assert moments[-1] == (25, "You stand at Senior PM.")
    assert len(moments) == 3, "once more where the place was named"
    page.get_by_role("link", name="Look over my answers first").click()
    expect(page.get_by_text("25 of 25 answered")).to_be_visible()
    expect(page.locator(".given .open")).to_have_count(0)

    # One of them is changed from the overview: what is said last counts.
    page.get_by_role("link", name="Change Storytelling").click()
    steps.choose(page, 2)
    steps.saved(page)
    steps.look_over(page)
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
    page.get_by_text("All 25 competencies").click()
    page.get_by_role("navigation", name="Compare with another level").get_by_text("Another level").click()
    page.get_by_role("link", name="Director", exact=True).click()
    expect(page.get_by_role("heading", name="Against Director", level=3)).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?target=director$"))
    assert opening is not None
    assert opening.evaluate("element => element.isConnected"), "the page was loaded again"
    page.get_by_text("Strengths and what to grow").click()
    tick = page.locator("#milestones .tick").first
    expect(tick).to_have_attribute("aria-pressed", "false")
    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("heading", name="Against Director", level=3)).to_be_visible()
    page.get_by_text("Strengths and what to grow").click()
    expect(page.locator("#milestones .tick").first).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.get_by_role("heading", name="Against Director", level=3)).to_have_count(0)


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
    steps.chosen(phone, 2)
    page.goto(quiz)
    expect(page.locator("progress")).to_have_attribute("value", "4")


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
    steps.chosen(page, 3)
    steps.choice(page, 3).focus()
    page.keyboard.type("1")
    steps.chosen(page, 1)
    steps.saved(page)
    page.locator(".more > summary").click()
    page.get_by_role("link", name="Switch them off").click()
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto(quiz)
    page.locator("#question").focus()
    page.keyboard.type("next 3")
    steps.chosen(page, 1)


def test_a_visitor_switches_keys_off_beside_the_question(visitor: Visitor) -> None:
    page = visitor()
    steps.start(page)
    page.locator(".more > summary").click()
    page.get_by_role("button", name="Switch them off").click()
    expect(page.locator("#quiz[data-no-keys]")).to_be_visible()
    page.locator("#question").focus()
    page.keyboard.type("3")
    expect(page.locator("#answer [aria-pressed=true]")).to_have_count(0)


def test_with_the_keyboard_only(visitor: Visitor) -> None:
    page = visitor()
    press = page.keyboard.press
    page.goto("/quiz/start/")
    tab_to(page, "#id_title")
    page.keyboard.type("Senior PM")
    steps.title_is_read(page, "Senior PM")
    press("Enter")
    expect(page.locator("#question")).to_be_visible()

    # Each answer is a stop; pressing one saves it and goes on, and the next question has the focus.
    first = steps.question(page)
    tab_to(page, "button[name=step][value='3']")
    press("Space")
    steps.moved_on(page, first)
    expect(page.locator("#question")).to_be_focused()
    press("ArrowLeft")
    steps.chosen(page, 3)
    assert steps.question(page) == first
    press("ArrowRight")
    expect(page.locator(f"#answer:not([action$='/{first}/'])")).to_be_visible()
    assert page.title().startswith(page.locator("#question").inner_text())

    while page.locator("#answer").count():
        slug = steps.question(page)
        press("n" if slug == "org-design" else str(SENIOR[slug]))
        steps.moved_on(page, slug)
        if page.locator("main.moment .ways a").count():
            tab_to(page, "main.moment .ways a")
            press("Enter")
            expect(page.locator("#question")).to_be_visible()
            tab_to(page, "#quiz .rung, #quiz .close")
    tab_to(page, "main.moment .btn.first")
    press("Enter")
    expect(page).to_have_url(re.compile(r"/reports/[0-9a-f-]{36}/$"))
    expect(page.locator("h1.headline")).to_contain_text("You stand at Senior")
    expect(page.get_by_text("Chances to ask for")).to_be_visible()


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
    page.wait_for_function("() => document.querySelector('button[value=\"3\"][aria-pressed=true]')")
    assert steps.question(page) != first
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    steps.chosen(page, 4)
    assert steps.question(page) == first
    assert page.evaluate("window.samePage")


def test_a_choice_goes_on_by_itself_and_back_undoes(visitor: Visitor) -> None:
    page = visitor(reduced_motion="reduce")
    steps.start(page, waits=False)
    steps.ready(page)
    first, before = steps.question(page), page.evaluate("performance.now()")
    steps.choose(page, 2)
    steps.chosen(page, 2)
    # A change of mind within the second counts, and the second begins anew.
    steps.choose(page, 4)
    steps.moved_on(page, first)
    assert page.evaluate("performance.now()") - before > 800
    expect(page.get_by_role("button", name="Skip")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    steps.chosen(page, 4)
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    page.wait_for_timeout(1_300)
    assert steps.question(page) == first, "what was chosen before leads nowhere by itself"
    # Who opens something after a choice stays.
    steps.choose(page, 3)
    page.locator(".wording > summary").click()
    page.wait_for_timeout(1_300)
    assert steps.question(page) == first
    expect(page.locator(".rung .full").first).to_be_hidden()
    expect(steps.choice(page, 3).locator(".full").first).to_be_visible()


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
    steps.start(page, waits=False, has_scripts=False)
    while page.locator("#answer").count():
        slug = steps.question(page)
        if slug == "data":
            page.locator(".evidence > summary").click()
            page.locator("#evidence").fill("Halved the drop-out at step 3.")
        steps.choose(page, SENIOR[slug])
        steps.moved_on(page, slug)
        steps.past_the_moment(page)
    page.get_by_role("link", name="Look over my answers first").click()
    page.get_by_role("link", name="Change Culture and change").click()
    steps.wait_for_me(page)
    steps.choose(page, "no_chance")
    steps.chosen(page, "no_chance")
    steps.look_over(page)
    expect(page.locator(".given > div", has_text="Culture and change")).to_contain_text("No chance at work so far")
    expect(page.get_by_text("Halved the drop-out at step 3.")).to_be_visible()

    report = steps.submit(page)
    assert headline(page).startswith("You stand at Senior")
    page.get_by_text("All 25 competencies").click()
    page.locator("#against").get_by_role("link", name="Open this part").click()
    page.get_by_text("Another level").click()
    page.get_by_role("link", name="Director", exact=True).click()
    expect(page.get_by_role("heading", name="Against Director", level=3)).to_be_visible()
    page.goto(f"{report}?fold=strengths")
    tick = page.locator("#milestones .tick").first
    tick.click()
    expect(page).to_have_url(re.compile("#milestones$"))
    expect(tick).to_have_attribute("aria-pressed", "true")


def test_back_after_submitting_leads_to_the_report(visitor: Visitor) -> None:
    page = visitor()
    steps.start(page)
    steps.choose(page, 3)
    steps.saved(page)
    steps.look_over(page)
    report = steps.submit(page)
    for _ in range(2):
        page.go_back()
        expect(page).to_have_url(report)
        expect(page.locator("#answer")).to_have_count(0)
