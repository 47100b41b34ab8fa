"""A team's way from the invitation to the sign-off, in two browsers at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, Watch
from tests.browser.steps import (
    choose,
    fill_log_in,
    go_on,
    log_in,
    look_over,
    past_the_moment,
    saved,
    start,
    submit,
    told,
    wait_for_me,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OWN_NOTE = "Rewrote the refund flow; tickets fell by a third."
MANAGERS_NOTE = "Carried the refund flow, with some help on the figures."


def test_from_the_invitation_to_the_sign_off(visitor: Visitor, watch: Watch) -> None:
    watch.expects("422")  # one line of the list is no address; a level that was not chosen; three answers of 25
    owner, newcomer, manager = visitor(), visitor(), visitor()
    log_in(owner, "owner")
    owner.goto("/organisations/lantern-goods/teams/checkout/invite/")
    owner.locator("textarea").fill("stranger@demo.example, not-an-address")
    owner.get_by_role("button", name="Look at the list").click()
    expect(owner.get_by_role("alert")).to_contain_text("not-an-address")
    owner.get_by_role("button", name="Send 1 invitation").click()
    expect(owner.get_by_role("alert")).to_contain_text("not-an-address")

    accept(newcomer)
    rate_and_share(newcomer)

    log_in(manager, "manager")
    manager.goto("/organisations/lantern-goods/teams/checkout/")
    row = manager.get_by_role("row", name=re.compile("Diego Fuentes"))
    expect(row).to_contain_text("shared, waiting for you")
    expect(manager.locator("body")).not_to_contain_text(OWN_NOTE)
    row.get_by_role("link", name="Diego Fuentes").click()
    level = manager.get_by_label("The level you rate against")
    level.select_option("")
    manager.get_by_role("button", name="Rate first").click()
    expect(manager.get_by_role("alert")).to_contain_text("Say which level you rate against")
    level.select_option("senior-pm")
    manager.get_by_role("button", name="Rate first").click()
    wait_for_me(manager)
    answer_three(manager, note=MANAGERS_NOTE)
    manager.get_by_role("button", name="Submit").click()
    expect(manager.locator("#refused")).to_contain_text("no answer yet")
    manager.get_by_role("link", name="Go on answering").click()
    answer_all(manager)

    # One side is in: the other's stays hidden from it.
    newcomer.goto("/reviews/")
    expect(newcomer.locator("main")).not_to_contain_text(MANAGERS_NOTE)
    manager.get_by_role("button", name="Submit").click()

    expect(manager).to_have_url(re.compile(r"/reviews/[0-9a-f-]{36}/together/$"))
    together = manager.url
    for page in (manager, newcomer):
        page.goto(together)
        expect(page.locator("main")).to_contain_text(OWN_NOTE)
        expect(page.locator("main")).to_contain_text(MANAGERS_NOTE)

    agree(manager, newcomer, together)
    newcomer.goto("/plan/")
    expect(newcomer.locator("main")).to_contain_text("Lead one refund decision with three teams")
    manager.goto("/organisations/lantern-goods/teams/checkout/")
    expect(manager.get_by_role("row", name=re.compile("Diego Fuentes"))).to_contain_text("signed")


def accept(page: Page) -> None:
    """Open the invitation from the mail, log in on the way, and come in."""
    page.goto("/local/mail/")
    page.locator("a[href*='/invitations/']").first.click()
    page.get_by_role("button", name="I have one: log in").click()
    fill_log_in(page, "stranger")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text("Lantern Goods")


def rate_and_share(page: Page) -> None:
    start(page)
    answer_three(page, note=OWN_NOTE)
    page.get_by_role("link", name="Go on answering").click()
    answer_all(page)
    page.get_by_role("link", name="Look over my answers first").click()
    page.get_by_label(re.compile(r"^\s*Share with the managers of Checkout")).check()
    page.get_by_label(re.compile(r"^\s*with my evidence notes")).check()
    submit(page)
    expect(page.locator("main")).to_contain_text("Checkout")


def answer_three(page: Page, *, note: str) -> None:
    """Answer three questions, the first with a note, and go to the overview."""
    for step in (3, 2, 4):
        choose(page, step)
        saved(page)
        if note:
            page.locator(".evidence > summary").click()
            page.locator("#evidence").fill(note)
            note = ""
        go_on(page)
    look_over(page)


def answer_all(page: Page) -> None:
    """Every question that is open, up to the end."""
    while page.locator("#answer").count():
        choose(page, 3)
        saved(page)
        go_on(page)
        past_the_moment(page)


def agree(manager: Page, newcomer: Page, together: str) -> None:
    """Both write the agenda, agree on one step and sign; then nothing of it changes any more."""
    manager.locator("#id_text").fill("Start with the refund flow.")
    manager.get_by_role("button", name="Save the agenda").click()
    told(manager, "Saved; both of you see it.")
    newcomer.goto(together)
    expect(newcomer.locator("#id_text")).to_have_value(re.compile("Start with the refund flow"))
    newcomer.get_by_label("What", exact=True).first.fill("Lead one refund decision with three teams")
    newcomer.get_by_role("button", name="Save what we agree on").click()
    told(newcomer, "Saved; both of you see it.")
    newcomer.get_by_role("button", name="Sign off").click()
    told(newcomer, "You have signed off.")
    manager.goto(together)
    manager.get_by_role("button", name="Sign off").click()
    told(manager, "Both of you have signed off.")
    for page in (manager, newcomer):
        page.goto(together)
        expect(page.get_by_role("button", name="Save the agenda")).to_have_count(0)
        expect(page.locator("main")).to_contain_text("Lead one refund decision with three teams")
