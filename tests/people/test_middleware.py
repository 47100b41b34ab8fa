"""Times in the person's zone, and a log-in that htmx does not swap into the page."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from config import urls
from people.models import User
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@login_not_required
def tell_time(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.localtime(NOON).strftime("%H:%M"))


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("yours")


@login_not_required
def moved(request: HttpRequest) -> HttpResponse:
    return redirect("/ladder/")


urlpatterns = [
    path("test/time/", tell_time),
    path("test/private/", private),
    path("test/moved/", moved),
    path("", include(urls.urlpatterns)),
]

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/quiz/7/?at=data"}


def log_in(**fields: str) -> Client:
    client = Client()
    client.force_login(make_user(**fields))
    return client


@pytest.mark.parametrize(
    ("zone", "shown"), [("UTC", "12:00"), ("Asia/Kolkata", "17:30"), ("America/New_York", "08:00")]
)
def test_time_is_the_persons(zone: str, shown: str) -> None:
    assert log_in(time_zone=zone).get("/test/time/").content.decode() == shown


def test_zone_does_not_stay_for_the_next_person() -> None:
    log_in(time_zone="Asia/Kolkata").get("/test/time/")
    assert Client().get("/test/time/").content.decode() == "12:00"
    assert timezone.get_current_timezone_name() == "UTC"


def test_time_of_a_visitor_costs_no_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/test/time/").content.decode() == "12:00"


def test_page_of_ones_own_asks_to_log_in(client: Client) -> None:
    response = client.get("/test/private/?a=1")
    assert response.status_code == 302
    assert response.headers["Location"] == "/account/login/?next=/test/private/%3Fa%3D1"


def test_htmx_is_sent_to_the_log_in_and_comes_back_to_its_page(client: Client) -> None:
    response = client.post("/test/private/", headers=HTMX)
    assert response.status_code == 401
    assert response.content == b""
    target = urlsplit(response.headers["HX-Redirect"])
    assert target.path == "/account/login/"
    assert parse_qs(target.query) == {"next": ["/quiz/7/?at=data"], "expired": ["1"]}


@pytest.mark.parametrize("current", ["https://elsewhere.example/quiz/", "not an address", ""])
def test_htmx_from_a_page_we_do_not_know_comes_back_to_the_start(client: Client, current: str) -> None:
    response = client.post("/test/private/", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert parse_qs(urlsplit(response.headers["HX-Redirect"]).query) == {"next": ["/"], "expired": ["1"]}


def test_htmx_follows_other_redirects(client: Client) -> None:
    response = client.get("/test/moved/", headers=HTMX)
    assert (response.status_code, response.headers["Location"]) == (302, "/ladder/")


def test_htmx_of_somebody_logged_in_gets_the_page(member: User) -> None:
    client = Client()
    client.force_login(member)
    assert client.post("/test/private/", headers=HTMX).content == b"yours"
