"""Times in the person's zone, and a log-in that htmx does not swap into the page."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from config import urls
from tests.factories import client_of, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@login_not_required
def tell_time(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.localtime(NOON).strftime("%H:%M"))


urlpatterns = [path("test/time/", tell_time), path("", include(urls.urlpatterns))]

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/quiz/7/?at=data"}


@pytest.mark.parametrize(
    ("zone", "shown"), [("UTC", "12:00"), ("Asia/Kolkata", "17:30"), ("America/New_York", "08:00")]
)
def test_time_is_the_persons_and_no_zone_stays_for_the_next(zone: str, shown: str) -> None:
    assert client_of(make_user(time_zone=zone)).get("/test/time/").content.decode() == shown
    assert Client().get("/test/time/").content.decode() == "12:00"
    assert timezone.get_current_timezone_name() == "UTC"


def test_time_of_a_visitor_costs_no_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/test/time/").content.decode() == "12:00"


def test_page_of_ones_own_asks_to_log_in(client: Client, member_client: Client) -> None:
    response = client.get("/plan/?a=1")
    assert (response.status_code, response.headers["Location"]) == (302, "/account/login/?next=/plan/%3Fa%3D1")
    by_htmx = client.get("/plan/?a=1", headers=HTMX)
    assert (by_htmx.status_code, by_htmx.content) == (401, b"")
    target = urlsplit(by_htmx.headers["HX-Redirect"])
    assert target.path == "/account/login/"
    assert parse_qs(target.query)["next"] == ["/quiz/7/?at=data"]
    # Other redirects it follows, and who is logged in gets the page.
    moved = member_client.get("/account/", headers=HTMX)
    assert (moved.status_code, moved.headers["Location"]) == (302, "/account/profile/")
    assert member_client.get("/plan/", headers=HTMX).status_code == 200


@pytest.mark.parametrize("current", ["https://elsewhere.example/quiz/", "not an address", ""])
def test_htmx_from_a_page_we_do_not_know_comes_back_to_the_start(client: Client, current: str) -> None:
    response = client.post("/plan/", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert parse_qs(urlsplit(response.headers["HX-Redirect"]).query) == {"next": ["/"], "expired": ["1"]}
