"""What the quiz promises a person with a phone, measured: taps, words and minutes to the report, and no scrolling."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Visitor
from tests.factories import exact_profile

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORDS_A_MINUTE, SECONDS_A_CHOICE = 240, 5
SENIOR = exact_profile("senior-pm")
WORDS = """(within) => {
    const words = (root) => {
        let count = 0;
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.parentElement;
            const isUnseen = at.closest("[aria-hidden=true], .visually-hidden, .skip, script, style");
            if (isUnseen || !at.checkVisibility()) continue;
            count += node.textContent.split(/\\s+/).filter((word) => /[\\p{L}\\p{N}]/u.test(word)).length;
        }
        return count;
    };
    return [...document.querySelectorAll(within)].map(words).reduce((sum, one) => sum + one, 0);
}"""


def words(page: Page, within: str = "body") -> int:
    """How many words stand on the page, without what is folded or only for screen readers."""
    return int(page.evaluate(WORDS, within))


def scrolls(page: Page) -> int:
    """How many pixels of the page lie below the window."""
    return int(page.evaluate("document.documentElement.scrollHeight - window.innerHeight"))


def minutes(question_words: int, choices: int) -> float:
    return question_words / WORDS_A_MINUTE + choices * SECONDS_A_CHOICE / 60


class Thumb:
    """Taps, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.tap()
        self.taps += 1


def to_the_quiz(page: Page) -> Thumb:
    page.goto("/")
    thumb = Thumb(page)
    thumb.tap("main .btn.first")
    expect(page.locator("#id_title")).to_be_visible()
    thumb.tap("main form .btn.first")
    expect(page.locator("#question")).to_be_visible()
    return thumb


def answer(thumb: Thumb) -> int:
    """Measure a question, answer it, and come to what is next; returns the words of the question and its choices."""
    page = thumb.page
    slug = steps.question(page)
    read = words(page, "#question, .rungs .short, .ground .btn")
    assert read <= 70, slug
    assert words(page) <= 90, slug
    assert scrolls(page) <= 0, slug
    for each in (*page.locator("#quiz :is(.rung, .ground .btn, #onward .btn)").all(),):
        expect(each).to_be_in_viewport(ratio=1)
    thumb.tap(f"#answer button[name=step][value='{SENIOR[slug]}']")
    steps.moved_on(page, slug)
    return words_alone(read)


def words_alone(read: int) -> int:
    """Without the two answers that are the same on each screen."""
    return read - len(f"{steps.NOT_YET} {steps.NO_CHANCE_TEXT}".split())


def test_the_must_haves_and_all_of_it_with_a_thumb(visitor: Visitor) -> None:
    page = visitor(width=360, height=740, has_touch=True, is_mobile=True)
    thumb = to_the_quiz(page)
    said = page.locator("#progress p span").inner_text()
    read, choices = 0, 0
    while not page.locator("main.moment").count():
        read += answer(thumb)
        choices += 1
    assert thumb.taps + 1 <= 14, "with the one that reads the report"
    assert minutes(read, choices) <= 3
    assert said == f"{math.ceil(minutes(read, choices))} minutes left"
    assert scrolls(page) <= 0
    assert words(page) <= 60
    expect(page.get_by_role("button", name="Read the report")).to_be_in_viewport(ratio=1)

    while page.locator("main.moment .ways a").count():
        thumb.tap("main.moment .ways a")
        expect(page.locator("#question")).to_be_visible()
        while not page.locator("main.moment").count():
            read += answer(thumb)
            choices += 1
    thumb.tap("main.moment .btn.first")
    expect(page.locator("h1.headline")).to_be_visible()
    assert choices == 25
    assert thumb.taps <= 30
    assert minutes(read, choices) <= 8
    fresh = page.context.new_page()
    fresh.goto("/")
    expect(fresh.locator("main .lede").first).to_contain_text(f"about {math.ceil(minutes(read, choices))} minutes")


def test_on_the_smallest_phone_a_question_needs_one_swipe_at_most(visitor: Visitor) -> None:
    page = visitor(width=320, height=640)
    steps.start(page)
    quiz = page.url.partition("?")[0]
    for slug in SENIOR:
        page.goto(f"{quiz}?at={slug}")
        assert scrolls(page) <= 640 * 0.8, slug
        expect(page.locator("#onward")).to_be_in_viewport(ratio=1)
