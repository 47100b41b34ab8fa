"""What a person does on the site, as steps that the journeys share."""

import re

from playwright.sync_api import Locator, Page, expect

from assessments.scoring.values import NO_CHANCE, Answer
from tests.factories import shipped_ladder

PASSWORD = "a-long-enough-password"
DEMO_PASSWORD = "ladder-demo-2026"
NOT_YET, NO_CHANCE_TEXT = "Not yet", "No chance at work so far"


def start(page: Page, *, title: str = "Senior PM", waits: bool = True, has_scripts: bool = True) -> None:
    """Fill in the start form and arrive at the first question. `waits`: it goes on by a button, not by itself."""
    page.goto("/quiz/start/")
    page.get_by_label("Your job title").fill(title)
    if has_scripts:
        title_is_read(page, title)
    else:
        # The form comes back once with what the title has set.
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator("#taken")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#question")).to_be_visible()
    if waits:
        wait_for_me(page)


def wait_for_me(page: Page) -> None:
    """Let the quiz stay at a question after a choice."""
    page.locator(".more > summary").click()
    page.get_by_role("button", name="Wait for me after a choice").click()
    expect(page.locator("#quiz .more [value=by-itself]")).to_be_attached()


def title_is_read(page: Page, title: str) -> None:
    """Wait until the fields show what a title implies: who starts before that is shown it first."""
    expect(page.locator("input[name=asked]")).to_have_value(title)


def arrived(page: Page, heading: str) -> None:
    """Wait for the page of that heading: a click does not, and what looks at once may see the page that is left."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()


def told(page: Page, words: str) -> None:
    """Wait until the site says what became of the form."""
    expect(page.locator(".messages")).to_contain_text(words)


def ready(page: Page) -> None:
    """Wait until the page with its scripts is there: for keys, or before the network is taken away."""
    page.wait_for_load_state()


def question(page: Page) -> str:
    """The slug of the competency that the page asks about."""
    action = page.locator("#answer").get_attribute("action") or ""
    return action.rstrip("/").rpartition("/")[2]


def text_of(slug: str, answer: Answer) -> str:
    """The words that stand for an answer on the page."""
    if answer == NO_CHANCE:
        return NO_CHANCE_TEXT
    competency = next(item for item in shipped_ladder().competencies if item.slug == slug)
    return competency.short_of(answer) if answer else NOT_YET


def choose(page: Page, answer: Answer) -> None:
    """Press the button of an answer."""
    button = choice(page, answer)
    expect(button).to_contain_text(text_of(question(page), answer))
    button.click()


def saved(page: Page) -> None:
    expect(page.locator("#save .is-saved")).to_be_visible()


def choice(page: Page, answer: Answer) -> Locator:
    return page.locator(f"#answer button[name=step][value='{answer}']")


def chosen(page: Page, answer: Answer) -> None:
    """Wait until that answer is shown as the one chosen."""
    expect(choice(page, answer)).to_have_attribute("aria-pressed", "true")


def go_on(page: Page) -> None:
    """Press Next and wait for the next question, for the moment or, in a review, for the overview."""
    slug = question(page)
    page.locator("#onward [value=next]").click()
    moved_on(page, slug)


def moved_on(page: Page, slug: str) -> None:
    """Wait for another question than `slug`, for the moment or for the overview."""
    expect(page.locator(f"#answer:not([action$='/{slug}/']), .given, main.moment").first).to_be_visible()


def past_the_moment(page: Page) -> None:
    """Where the quiz says where one stands, go on with what is open."""
    more = page.locator("main.moment .ways a")
    if more.count():
        more.click()
        expect(page.locator("#question")).to_be_visible()


def look_over(page: Page) -> None:
    """From a question to the overview."""
    page.locator(".more > summary").click()
    page.get_by_role("button", name="Look over all answers").click()
    expect(page.locator(".given").first).to_be_visible()


def submit(page: Page) -> str:
    """From the overview to the report; gives its address."""
    page.get_by_role("button", name="Submit and read the report").click()
    expect(page).to_have_url(re.compile(r"/reports/[0-9a-f-]{36}/$"))
    return page.url


def reports(page: Page) -> Locator:
    """The links to one's reports, newest first, on the page that lists them."""
    return page.get_by_role("table").get_by_role("link")


def mailed_code(page: Page, address: str) -> str:
    """The newest code that was mailed to an address, read where a newcomer reads it."""
    mail = page.context.new_page()
    mail.goto("/local/mail/")
    code = mail.locator(".sheet", has_text=address).first.locator(".mail-code").inner_text()
    mail.close()
    return code


def follow_menu(page: Page, name: str) -> None:
    """On a phone the links at the top are folded away."""
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).tap()


def log_in(page: Page, account: str) -> None:
    """Log in as an account of the demo company."""
    page.goto("/account/login/")
    fill_log_in(page, account)
    expect(page).to_have_url(re.compile(r"//[^/]+/$"))


def fill_log_in(page: Page, account: str) -> None:
    page.get_by_label("E-mail").fill(f"{account}@demo.example")
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
