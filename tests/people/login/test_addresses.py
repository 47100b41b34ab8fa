"""One mailbox, one account: however an address is spelled, by whoever it is typed."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from ladder.rubric import Rubric
from people.database.fill_in import fill_in
from people.erasure.erase import erase_person
from people.login.sessions import hash_of_address
from people.models import Invitation, Membership, Organisation, Session, User
from people.organisations.invitations import Guest, invite_by_mail
from tests.factories import PASSWORD, client_of, join, make_organisation, make_user
from tests.people.mail import mailbox
from tests.people.organisations import guests
from trials.house import TOPS, modules

pytestmark = pytest.mark.django_db

MUNICH = "anna@xn--mnchen-3ya.example"
LONG = f"{'l' * 64}@{'d' * 60}.{'e' * 60}.{'f' * 59}.example"


@pytest.mark.parametrize(
    ("typed", "again", "stored"),
    [
        ("Anna@münchen.example", " anna@XN--MNCHEN-3YA.example\u200b", MUNICH),
        (MUNICH, "anna@mu\u0308nchen.example", MUNICH),
        ("ａｎｎａ@x.example", "anna@x.example\u200b", "anna@x.example"),
        ("a@straße.example", "A@Straße.example", "a@xn--strae-oqa.example"),
        ("it@m\u0131cro.example", "IT@m\u0131cro.example", "it@xn--mcro-lza.example"),
        ("it@mİcro.example", "it@mi\u0307cro.example", "it@xn--micro-8fd.example"),
        ("\u212aate@x.example", "kate@x.example", "kate@x.example"),
        (LONG, LONG.upper(), LONG),
    ],
)
def test_who_signs_up_in_one_spelling_logs_in_by_another(
    client: Client, rubric: Rubric, typed: str, again: str, stored: str
) -> None:
    client.post("/account/signup/", {"email": typed, "password1": PASSWORD})
    assert mail.outbox[-1].to == [stored]
    client.post("/account/confirm-email/", {"code": mailbox.code()})
    user = User.objects.get()
    assert (user.email, user.email_canonical, user.email_clash) == (stored, stored, False)
    assert EmailAddress.objects.get().email == stored
    for form in ({"login": again, "password": PASSWORD}, {"login": typed, "password": PASSWORD}):
        browser = Client()
        browser.post("/account/login/", form)
        assert browser.session.get("_auth_user_id") == str(user.pk)
    Client().post("/account/signup/", {"email": again, "password1": PASSWORD})
    assert User.objects.count() == 1
    for way in ("/account/login/code/", "/account/password/reset/"):
        mail.outbox.clear()
        Client(REMOTE_ADDR="10.0.0.9").post(way, {"email": again})
        assert [message.to for message in mail.outbox] == [[stored]]


@pytest.mark.parametrize(
    "typed", ["\u0131t@x.example", "a@b@x.example", f"{'l' * 65}{LONG}", "a@x\u2028y.example", "\u200b"]
)
def test_what_no_mail_reaches_is_refused(client: Client, typed: str) -> None:
    assert client.post("/account/signup/", {"email": typed, "password1": PASSWORD}).status_code in {200, 422}
    assert not User.objects.exists()
    assert not mail.outbox


def test_an_account_moves_to_one_form_and_to_nobodys(rubric: Rubric) -> None:
    make_user(MUNICH)
    client = client_of(make_user("old@x.example"))
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"action_add": "", "email": "anna@münchen.example"})
    assert not EmailAddress.objects.filter(user__email="old@x.example").exclude(email="old@x.example").exists()
    client.post("/account/email/", {"action_add": "", "email": "ｎew@münchen.example"})
    client.post("/account/confirm-email/", {"code": mailbox.code()})
    assert User.objects.filter(
        email="new@xn--mnchen-3ya.example", email_canonical="new@xn--mnchen-3ya.example"
    ).exists()


@pytest.fixture
def lantern(rubric: Rubric) -> Organisation:
    organisation = make_organisation()
    join(make_user("owner@example.com"), organisation, Membership.Role.OWNER)
    return organisation


def invite(organisation: Organisation, *addresses: str) -> list[Invitation]:
    """As the page does it; returns those that were made."""
    owner = client_of(User.objects.get(email="owner@example.com"))
    before = set(Invitation.objects.values_list("pk", flat=True))
    guests.invite(owner, f"/organisations/{organisation.slug}/invite/", "\n".join(addresses))
    return list(Invitation.objects.exclude(pk__in=before))


@pytest.mark.parametrize("invited", ["anna@münchen.example", f"{MUNICH}\u200b", "Anna@Mu\u0308nchen.Example"])
def test_an_invitation_is_for_its_owner_in_any_spelling(lantern: Organisation, invited: str) -> None:
    anna = make_user(MUNICH)
    invite(lantern, invited)
    assert invite(lantern, MUNICH) == []
    path = re.search(r"/invitations?/\S+", mail.outbox[-1].body)
    assert path
    client_of(anna).post(path[0])
    assert Membership.objects.of(lantern).filter(user=anna).exists()
    assert invite(lantern, "anna@münchen.example") == []


def test_a_letter_that_looks_alike_is_another_address(lantern: Organisation) -> None:
    """Neither to accept an invitation nor to have it deleted."""
    real, other = "it@micro.example", make_user("it@m\u0131cro.example")
    invite(lantern, real)
    path = re.search(r"/invitations?/\S+", mail.outbox[-1].body)
    assert path
    client_of(other).post(path[0])
    assert not Membership.objects.filter(user=other).exists()
    erase_person(other)
    assert Invitation.objects.get().email == real


def test_erasing_one_logs_out_nobody_else(lantern: Organisation) -> None:
    """Neither an address that ends alike, nor one that waits for its own code."""
    for address in ("owner@demo.example", "senior@demo.example"):
        client_of(make_user(address)).get("/reports/")
    gone = make_user("r@demo.example", name="R")
    client_of(gone).get("/reports/")
    for address in ("R@demo.example", "owner@demo.example"):
        Client().post("/account/login/code/", {"email": address})
    assert Session.objects.filter(waits_for=hash_of_address("r@demo.example")).count() == 1
    before = Session.objects.count()
    erase_person(gone)
    assert Session.objects.count() == before - 2
    assert Session.objects.filter(user__email__startswith="owner@demo").count() == 1


# Accounts of before


def older(email: str, **fields: Any) -> User:
    """An account as the release before stored it."""
    user = make_user(f"before-{User.objects.count()}@x.example", **fields)
    User.objects.filter(pk=user.pk).update(email=email.lower(), email_canonical=None)
    EmailAddress.objects.filter(user=user).update(email=email.lower())
    user.refresh_from_db()
    return user


def test_two_accounts_that_meet_are_never_merged(capsys: Any) -> None:
    first, second = older("anna@münchen.example"), older(MUNICH)
    third, fourth = older("bert@köln.example"), older("bert@ko\u0308ln.example")
    alone, wide = older("it@m\u0131cro.example"), older("a@straße.example")
    assert fill_in()["addresses of people"] == 6
    assert fill_in()["addresses of people"] == 0
    said = {user.pk: user for user in User.objects.all()}
    assert (said[second.pk].email_canonical, said[first.pk].email_canonical) == (MUNICH, None)
    assert (said[first.pk].email, said[first.pk].email_clash) == ("anna@münchen.example", True)
    assert (said[third.pk].email, said[third.pk].email_clash) == ("bert@xn--kln-sna.example", False)
    assert (said[fourth.pk].email, said[fourth.pk].email_clash) == ("bert@ko\u0308ln.example", True)
    assert said[alone.pk].email == said[alone.pk].email_canonical == "it@xn--mcro-lza.example"
    # Mail to ß has gone to ss so far: another mailbox.
    assert (said[wide.pk].email, said[wide.pk].email_clash) == ("a@straße.example", True)
    assert {message.to[0] for message in mail.outbox} == {said[key.pk].email for key in (first, fourth, wide)}
    # A browser would send another spelling from a field for addresses.
    for way in ("/account/login/", "/account/login/code/", "/account/password/reset/"):
        assert 'type="email"' not in Client().get(way).content.decode()
    for user in said.values():
        browser = Client()
        browser.post("/account/login/", {"login": f" {user.email}", "password": PASSWORD})
        assert browser.session.get("_auth_user_id") == str(user.pk)
        page = browser.get("/account/email/").content.decode()
        assert ("another way to write" in page) == user.email_clash
    call_command("doctor", "--format=json")
    assert "anna@m\\\\xfcnchen.example" in capsys.readouterr().out


def test_an_invitation_reaches_who_has_the_one_form(lantern: Organisation) -> None:
    other, has_it = older("anna@münchen.example"), older(MUNICH)
    fill_in()
    owner = User.objects.get(email="owner@example.com")
    with transaction.atomic():
        invite_by_mail(lantern, owner, [Guest("anna@münchen.example")])
    path = re.search(r"/invitations?/\S+", mail.outbox[-1].body)
    assert path
    client_of(other).post(path[0])
    client_of(has_it).post(path[0])
    assert set(Membership.objects.of(lantern).values_list("user", flat=True)) == {owner.pk, has_it.pk}
    erase_person(User.objects.get(pk=other.pk))
    assert Invitation.objects.count() == 1


def test_who_clashed_settles_it_by_a_new_address(rubric: Rubric) -> None:
    older("anna@münchen.example"), older(MUNICH)
    fill_in()
    user = User.objects.get(email_clash=True)
    user.email = "new@x.example"
    user.save(update_fields=["email"])
    user.refresh_from_db()
    assert (user.email_canonical, user.email_clash) == ("new@x.example", False)


def test_no_address_is_compared_by_case_or_part() -> None:
    """`iexact` is another rule in each database, and a part of an address is somebody else's."""
    wrong = re.compile(r"iexact|\bi?(?:startswith|endswith|contains|regex)\b")
    found = []
    for name, path in modules(Path(__file__).parents[3], *TOPS).items():
        if ".migrations." in name:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            words = [node.arg or ""] if isinstance(node, ast.keyword) else []
            words += [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
            for word in words:
                lookup = re.fullmatch(r"(?:\w+__)*(\w*email\w*|to|address)__(\w+)", word)
                if "__iexact" in word or "__icontains" in word or (lookup and wrong.search(lookup[2])):
                    found.append(f"{name}:{node.lineno} {word}")
    assert not found
