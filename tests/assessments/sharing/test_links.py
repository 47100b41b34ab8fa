"""Secret links to a report: making one, what it opens and to whom, its password, its end."""

import datetime
import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, ReportLink
from assessments.sharing import links
from assessments.sharing.copies import SharingError
from assessments.sharing.links import make_link
from people.links.links import LINKS_LISTED, LINKS_MAX, hash_of
from people.models import User
from tests.assessments.reviews.pair import OWN_NOTE, Pair
from tests.factories import make_assessment, make_user
from tests.pages import Node, page_of, without_its_number

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery"
GUESS = "guessed-but-of-the-right-length-0123456789ab"


@pytest.fixture
def own(pair: Pair) -> Assessment:
    return pair.own()


def address_of(token: str) -> str:
    return reverse("show_shared_report", args=[token])


def linked(own: Assessment, **said: Any) -> tuple[ReportLink, str]:
    """A link of the author's to their report, and its address."""
    assert own.rater
    link, token = make_link(own, own.rater, **({"days": 14} | said))
    return link, address_of(token)


def ask(pair: Pair, own: Assessment, **said: str) -> Any:
    data = {"label": "", "days": "14", "password": ""} | said
    return pair.as_member.post(reverse("create_report_link", args=[own.pk]), data)


def share_page(pair: Pair, own: Assessment) -> Node:
    return page_of(pair.as_member.get(reverse("share_report", args=[own.pk])))


def opened(link: ReportLink) -> int:
    link.refresh_from_db()
    return link.opened


def test_a_new_link_is_shown_once_and_opens_the_report(pair: Pair, own: Assessment, client: Client) -> None:
    response = ask(pair, own, label="The hiring manager at Acme", days="30")
    assert response.status_code == 200
    address = page_of(response).one("p", class_="link").text
    path = address.removeprefix("http://testserver")
    assert re.fullmatch(r"/shared/[\w-]{43}/", path)
    link = ReportLink.objects.get()
    assert (link.author, link.organisation_id, link.assessment) == (pair.member, pair.member.home_id, own)
    assert not link.with_evidence
    assert link.token_hash == hash_of(path.split("/")[2])
    assert abs(link.expires_at - timezone.now() - datetime.timedelta(days=30)) < datetime.timedelta(minutes=1)
    page = page_of(client.get(path))
    assert "Ada Lind’s report" in page.one("head").one("title").text
    assert "You stand at" in page.text
    again = share_page(pair, own)
    assert path not in str(again.text)
    assert not again.all("p", class_="link")
    assert "The hiring manager at Acme" in again.text


MISFITS = [
    *[("days", "0", "at least one day"), ("days", "91", "at most 90 days"), ("days", "", "how many days")],
    *[("days", "some", "whole number"), ("days", "9" * 5000, "whole number"), ("days", "9" * 30, "at most 90 days")],
    *[("label", "x" * 121, "Shorten this to 120"), ("label", "a\0b", "can’t be stored")],
    *[("password", "short", "at least 8 characters"), ("password", "x" * 129, "Shorten this to 128")],
    ("password", "long enough\0", "can’t be stored"),
]


def test_what_does_not_fit_is_said_at_the_field_and_kept(pair: Pair, own: Assessment) -> None:
    page = share_page(pair, own)
    assert page.one("input", id="link_days").attrs["value"] == "14"
    assert "checked" not in page.one("input", name="with_evidence").attrs
    assert page.one("input", id="link_password").attrs.get("value", "") == ""
    for name, value, sentence in MISFITS:
        said = {"label": "For Acme", "days": "7", "password": SECRET, "with_evidence": "on", name: value}
        response = ask(pair, own, **said)
        assert response.status_code == 422
        page = page_of(response)
        field = page.one("input", id=f"link_{name}")
        assert field.attrs["aria-invalid"] == "true"
        assert field.around
        assert sentence in field.around.one("ul", class_="errorlist").text
        for kept in {"label", "days", "password"} - {name}:
            assert page.one("input", id=f"link_{kept}").attrs["value"] == said[kept]
        assert "checked" in page.one("input", name="with_evidence").attrs
    assert not ReportLink.objects.exists()


def test_twenty_links_work_at_a_time_and_only_to_reports_of_ones_own(pair: Pair, own: Assessment) -> None:
    made = [linked(own)[0] for _ in range(LINKS_MAX)]
    response = ask(pair, own, label="One more")
    assert response.status_code == 422
    assert "has 20 links that work" in page_of(response).text
    linked(pair.own())  # another report has room
    made[0].revoke()
    assert ask(pair, own).status_code == 200
    for assessment, author in ((own, pair.member), (own, pair.manager), (make_assessment(pair.member), pair.member)):
        with pytest.raises(SharingError):
            make_link(assessment, author, days=1)


def test_the_list_says_what_became_of_each(pair: Pair, own: Assessment, client: Client) -> None:
    for label in ("Open", "Ended", "Taken back"):
        link, address = linked(own, label=label, password=SECRET if label == "Open" else "", with_evidence=True)
        if label == "Ended":
            client.get(address)
            client.get(address)
            ReportLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
        if label == "Taken back":
            response = pair.as_member.post(reverse("revoke_report_link", args=[link.pk]), follow=True)
            assert "opens nothing any more" in page_of(response).text
    rows = [row.text for row in share_page(pair, own).one("section", id="links").all("li")]
    assert [row.split(" ")[0] for row in rows] == ["Open", "Ended", "Taken"]
    assert re.search(r"open until .*, with a password, with evidence not opened so far Revoke", rows[0])
    assert re.search(r"ended on .*, without a password.* opened 2 times, last on", rows[1])
    assert "revoked on" in rows[2]
    assert not [row for row in rows[1:] if "Revoke " in row]


def test_no_live_link_is_ever_left_out_of_the_list(pair: Pair, own: Assessment) -> None:
    live = linked(own, label="The oldest")[0]
    for _ in range(LINKS_LISTED):
        linked(own, days=90)[0].revoke()
    listed = list(links.links_of(pair.member, own))
    assert len(listed) == LINKS_LISTED
    assert listed[0] == live


def test_the_report_says_that_a_link_works(pair: Pair, own: Assessment) -> None:
    report = reverse("show_report", args=[own.pk])
    assert "only you can see it" in page_of(pair.as_member.get(report)).text
    link, _ = linked(own)
    assert "shared with whoever has your link" in page_of(pair.as_member.get(report)).text
    assert "Whoever has a link of yours" in share_page(pair, own).text
    link.revoke()
    assert "only you can see it" in page_of(pair.as_member.get(report)).text


def test_the_page_costs_the_same_with_many(pair: Pair, own: Assessment, django_assert_num_queries: Any) -> None:
    client, address = pair.as_member, reverse("share_report", args=[own.pk])
    # Session, person; the report; copies, links, teams, managers, openings, reviews.
    for number in (0, 1, LINKS_MAX - 1):
        for _ in range(number):
            linked(own)
        with django_assert_num_queries(9):
            client.get(address)


def test_a_page_is_read_only_and_says_nothing_of_the_organisation(pair: Pair, own: Assessment, client: Client) -> None:
    pair.share(own)
    _, address = linked(own, label="A label of mine")
    response = client.get(address)
    page = page_of(response)
    assert not page.all("form")
    assert not response.cookies
    body = response.content.decode()
    for hidden in (pair.organisation.name, pair.team.name, pair.member.email, str(own.pk), OWN_NOTE, "A label of mine"):
        assert hidden not in body
    links = [a.attrs["href"] for a in page.all("a")]
    assert not [link for link in links if link.startswith(("/reports/0", "/copies", "/links"))]
    assert "Tick what is true" not in page.text
    # Whoever has given no name stays nameless.
    User.objects.filter(pk=pair.member.pk).update(name="")
    response = client.get(address)
    assert page_of(response).one("head").one("title").text.startswith("A report")
    assert pair.member.email not in response.content.decode()


def test_evidence_where_it_is_ticked(
    pair: Pair, own: Assessment, client: Client, django_assert_num_queries: Any
) -> None:
    for with_evidence in (False, True):
        _, address = linked(own, with_evidence=with_evidence)
        # The limit, the link with its report, the opening, and the evidence.
        with django_assert_num_queries(3 + with_evidence):
            body = client.get(address).content.decode()
        assert (OWN_NOTE in body) is with_evidence
    ask(pair, own, with_evidence="on")
    assert ReportLink.objects.filter(with_evidence=True).count() == 2


def test_another_level_can_be_looked_at_if_there_is_one(own: Assessment, client: Client) -> None:
    link, address = linked(own)
    assert "Against Chief Product Officer" in page_of(client.get(address, {"target": "cpo"})).text
    for wrong in ("nothing", "a\0b", "x" * 3000):
        assert client.get(address, {"target": wrong}).status_code == 404
    part = client.get(address, {"target": "cpo"}, headers={"HX-Request": "true", "HX-Target": "against"})
    assert page_of(part).one("section", id="against")
    assert "<html" not in part.content.decode()
    assert opened(link) == 2, "what is shown is counted; a level that is none shows nothing"


def test_search_engines_caches_and_other_sites_learn_nothing(own: Assessment, client: Client) -> None:
    for password in ("", SECRET):
        _, address = linked(own, password=password)
        for path in (address, address_of(GUESS)):
            response = client.get(path)
            assert "noindex" in response.headers["X-Robots-Tag"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", "))
        page = page_of(client.get(address))
        assert "noindex" in page.one("meta", name="robots").attrs["content"]


def test_each_reading_by_another_counts_once(pair: Pair, own: Assessment, client: Client) -> None:
    link, address = linked(own, password=SECRET)
    # The author sees what they see, uncounted and without the password.
    page = page_of(pair.as_member.get(address))
    assert "This is what they see" in page.text
    assert page.all("a", href=reverse("share_report", args=[own.pk]) + "#links")
    assert opened(link) == 0
    link, address = linked(own)
    assert "This is what they see" not in page_of(client.get(address)).text
    pair.as_manager.get(address)
    assert opened(link) == 2
    assert link.last_opened_at
    assert abs(timezone.now() - link.last_opened_at) < datetime.timedelta(minutes=1)
    client.head(address)
    client.post(address)
    for name, value in (("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")):
        ahead = client.get(address, headers={name: value})
        assert (ahead.status_code, ahead.content) == (425, b"")
    assert opened(link) == 2


def test_asking_as_htmx_does_leaves_nothing_uncounted(own: Assessment, client: Client) -> None:
    """Whatever is shown counts: that somebody has the page around a part already is only what they say."""
    htmx = {"HX-Request": "true"}
    for headers, shown in ((htmx, "headline"), (htmx | {"HX-Target": "against"}, "bars")):
        link, address = linked(own)
        assert shown in client.get(address, headers=headers).content.decode()
        assert opened(link) == 1
        client.get(address, headers=headers)
        assert opened(link) == 2


def test_nothing_is_read_before_the_password(pair: Pair, own: Assessment, client: Client) -> None:
    link, address = linked(own, password=SECRET)
    for reader in (client, pair.as_manager):
        body = reader.get(address).content.decode()
        assert "asks for a password" in body
        for hidden in ("Ada", "You stand", "Product Manager"):
            assert hidden not in body
    assert opened(link) == 0
    assert SECRET not in link.password
    for typed in ("", "wrong", "correct horse", "x" * 5000, "a\0b"):
        response = client.post(address, {"password": typed})
        assert response.status_code == 422
        page = page_of(response)
        field = page.one("input", type="password")
        assert field.attrs["aria-describedby"] == page.one("ul", class_="errorlist").attrs["id"]
        assert "value" not in field.attrs
        assert "link" not in response.cookies
    # With `no-referrer` a browser says that the form's origin is null, and there is no cookie for a token.
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"password": SECRET}, headers={"Origin": "null"}).status_code == 302
    assert "You stand at" in strict.get(address).content.decode()


def test_the_password_opens_this_link_in_this_browser(own: Assessment, client: Client) -> None:
    link, address = linked(own, password=SECRET)
    _, other = linked(own, password=SECRET)
    response = client.post(address + "?target=cpo", {"password": f" {SECRET} "})
    assert (response.status_code, response.headers["Location"]) == (302, address + "?target=cpo")
    cookie = response.cookies["link"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (address, True, "Lax", 3600)
    assert "Against Chief Product Officer" in page_of(client.get(response.headers["Location"])).text
    assert opened(link) == 1
    # The test's browser sends the mark everywhere; it opens this link alone, and only as long as the password stands.
    assert "asks for a password" in client.get(other).content.decode()
    assert "asks for a password" in Client().get(address).content.decode()
    link.set_password("another one altogether")
    link.save()
    assert "asks for a password" in client.get(address).content.decode()


def test_a_mark_runs_out(own: Assessment, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, address = linked(own, password=SECRET)
    client.post(address, {"password": SECRET})
    assert "You stand at" in client.get(address).content.decode()
    later = signing.time.time() + 3601  # type: ignore[attr-defined]
    monkeypatch.setattr(signing.time, "time", lambda: later)  # type: ignore[attr-defined]
    assert "asks for a password" in client.get(address).content.decode()
    part = client.get(address, {"target": "cpo"}, headers={"HX-Request": "true", "HX-Target": "against"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, address + "?target=cpo")


def guess(address: str, number: int, typed: str = "wrong") -> int:
    return Client().post(address, {"password": typed}, REMOTE_ADDR=f"192.0.2.{number + 10}").status_code


def test_guessing_is_slowed_down_for_whoever_guesses(own: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    _, address = linked(own, password=SECRET)
    # What is right does not count; ten wrong ones are enough for a while.
    assert [guess(address, 0, SECRET) for _ in range(12)] == [302] * 12
    assert [guess(address, 0) for _ in range(10)] == [422] * 10
    response = Client().post(address, {"password": SECRET}, REMOTE_ADDR="192.0.2.10")
    assert response.status_code == 429
    assert "Wait some minutes" in page_of(response).text
    # A handful of addresses shuts nobody else out.
    assert [guess(address, 1 + number % 6) for number in range(60)] == [422] * 60
    assert guess(address, 190, SECRET) == 302
    # An address has so many a day.
    now = timezone.now()
    for turn in (1, 2):
        monkeypatch.setattr(timezone, "now", lambda turn=turn: now + datetime.timedelta(minutes=11 * turn))
        assert [guess(address, 0) for _ in range(10)] == [422] * 10
    monkeypatch.setattr(timezone, "now", lambda: now + datetime.timedelta(hours=2))
    assert guess(address, 0) == 429


def test_guesses_from_everywhere_come_to_an_end(own: Assessment, settings: Any) -> None:
    whole = settings.ACCOUNT_RATE_LIMITS["open_link"]
    settings.ACCOUNT_RATE_LIMITS = {"open_link": whole.replace("1200/d/key", "20/d/key")}
    _, address = linked(own, password=SECRET)
    assert [guess(address, number) for number in range(20)] == [422] * 20
    assert guess(address, 190, SECRET) == 429


NEVER_WERE = ("short", "ünï-çødé \x00 %", "x" * 2000, "..\\..\\etc\\passwd")


def test_what_ended_is_like_what_never_was(own: Assessment, client: Client) -> None:
    past, thief = timezone.now() - datetime.timedelta(seconds=1), make_user("thief@example.com")
    for change in ({"expires_at": past}, {"revoked_at": past}, {"author": thief}):
        for password in ("", SECRET):
            link, address = linked(own, password=password)
            ReportLink.objects.filter(pk=link.pk).update(**change)
            is_like_none(client, address)
    for token in NEVER_WERE:
        is_like_none(client, address_of(token))
    _, address = linked(own)
    User.objects.filter(pk=own.rater_id).update(is_active=False)
    is_like_none(client, address)
    User.objects.filter(pk=own.rater_id).update(is_active=True)
    assert client.get(address).status_code == 200
    Assessment.objects.filter(pk=own.pk).update(status=Assessment.Status.ERASING)
    is_like_none(client, address)
    own.erase()
    is_like_none(client, address)


def is_like_none(client: Client, address: str) -> None:
    for method in ("get", "post", "head"):
        guessed = getattr(client, method)(address_of(GUESS), {"password": SECRET})
        response = getattr(client, method)(address, {"password": SECRET})
        assert response.status_code == guessed.status_code == 404, address
        assert without_its_number(response) == without_its_number(guessed)
        assert response.headers.keys() == guessed.headers.keys()
        assert all(
            response.headers[name] == guessed.headers[name] for name in guessed.headers.keys() - {"X-Request-ID"}
        )
        assert response.cookies.output() == guessed.cookies.output() == ""
