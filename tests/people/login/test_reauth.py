"""Before dangerous actions we ask once more who it is; and what is for staff lies behind a second factor."""

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client
from django.urls import reverse

from people.login.staff import PROVEN_FOR
from people.models import User
from people.organisations.organisations import found_organisation
from tests.factories import PASSWORD, client_of, join, make_assessment, make_user, say_who
from tests.pages import page_of

pytestmark = pytest.mark.django_db
ASKED, ASKED_CODE = reverse("account_reauthenticate"), reverse("mfa_reauthenticate")


def asks(response: Any) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith((ASKED, ASKED_CODE))


@pytest.mark.parametrize(
    ("method", "name", "data"),
    [
        ("post", "account_email", {"action_add": "", "email": "new@example.com"}),
        ("get", "mfa_activate_totp", {}),
        ("post", "mfa_activate_totp", {"code": "123456"}),
        ("get", "mfa_add_webauthn", {}),
        ("get", "mfa_generate_recovery_codes", {}),
    ],
)
def test_what_could_lock_somebody_out_asks(
    member_client: Client, member: User, method: str, name: str, data: dict[str, str]
) -> None:
    before = list(member.emailaddress_set.values_list("email"))  # type: ignore[attr-defined]
    assert asks(getattr(member_client, method)(reverse(name), data))
    assert list(member.emailaddress_set.values_list("email")) == before  # type: ignore[attr-defined]
    say_who(member_client, member)
    assert not asks(getattr(member_client, method)(reverse(name), data))
    # An answer is good for some minutes.
    say_who(member_client, member, at=time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - 1)
    assert asks(getattr(member_client, method)(reverse(name), data))


def test_making_an_owner_asks_and_then_goes_on(member: User, member_client: Client) -> None:
    organisation = found_organisation("Lantern", member)
    membership = join(make_user("colleague@example.com"), organisation)
    page = reverse("change_person", args=[organisation.slug, membership.user_id])
    asked = member_client.post(page, {"role": "owner"})
    assert asks(asked)
    for password, status, role in (("not it", 200, "member"), (PASSWORD, 302, "owner")):
        done = member_client.post(asked.headers["Location"], {"password": password, "next": page})
        assert done.status_code == status
        membership.refresh_from_db()
        assert membership.role == role
    assert done.headers["Location"] == reverse("list_people", args=[organisation.slug])


def test_all_of_ones_data_asks_before_the_button(member_client: Client, member: User) -> None:
    address = reverse("show_my_data")
    main = page_of(member_client.get(address)).one("main")
    assert not main.all("form")
    way = next(link.attrs["href"] for link in main.all("a") if link.attrs["href"].startswith(ASKED))
    assert member_client.post(address).headers["Location"] == address
    assert member_client.post(way, {"password": PASSWORD, "next": address}).headers["Location"] == address
    assert page_of(member_client.get(address)).one("main").all("form")
    assert member_client.post(address).headers["Content-Type"] == "application/zip"


@pytest.fixture
def staff(rubric: Any) -> User:
    return make_user("sam@operator.example", name="Sam Staff", is_staff=True)


def staff_addresses(member: User) -> list[str]:
    report = make_assessment(member, answers={"data": 3}, submitted=True)
    admin = [reverse(f"admin:{name}") for name in ("index", "people_user_changelist", "login")]
    reports = [reverse(name, args=[report.pk]) for name in ("open_report", "show_opened_report")]
    return [*admin, reverse("list_person_reports", args=[member.pk]), *reports]


def with_code(user: User, *, at: float = 0) -> Client:
    """A browser whose session showed its second factor."""
    client = client_of(user)
    say_who(client, user, at=at, method="mfa", type="totp")
    return client


def test_for_everybody_else_there_is_nothing_for_staff(member_client: Client, member: User) -> None:
    TOTP.activate(member, generate_totp_secret())
    for client in (member_client, with_code(member)):
        for address in staff_addresses(member):
            assert client.get(address).status_code == 404, address
            assert client.post(address, {"reason": "I would like to."}).status_code in {404, 405}


def test_staff_without_a_second_step_are_led_to_set_it_up(staff: User, member: User) -> None:
    client = client_of(staff)
    say_who(client, staff)
    for address in staff_addresses(member):
        response = client.get(address, follow=True)
        assert response.request["PATH_INFO"] == reverse("mfa_index")
        assert "only with a two-step log-in" in response.content.decode()


def test_a_session_older_than_the_second_step_must_show_it(staff: User, member: User) -> None:
    client = client_of(staff)
    say_who(client, staff)
    TOTP.activate(staff, generate_totp_secret())
    for address in staff_addresses(member):
        assert asks(client.get(address)), address
    proven = with_code(staff)
    index = reverse("admin:index")
    assert proven.get(index).status_code == 200
    assert asks(with_code(staff, at=time.time() - PROVEN_FOR - 1).get(index))
    # Who is no staff any more is out with the next request.
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert proven.get(index).status_code == 404
