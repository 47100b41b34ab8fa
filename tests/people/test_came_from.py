"""A form that is sent when the log-in has run out leads back to its page, never to one that only takes forms."""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from people.models import User
from tests.pages import page_of, sends

pytestmark = pytest.mark.django_db

KEY = uuid.UUID(int=7)
HERE = "http://testserver"


def sent_to_log_in(client: Client, path: str, referer: str = "", **headers: str) -> str:
    """The page that somebody comes back to after the log-in."""
    response = client.post(path, headers={"Referer": referer, **headers} if referer else headers)
    target = urlsplit(response.headers.get("HX-Redirect", "") or response.headers["Location"])
    assert target.path == "/account/login/"
    return parse_qs(target.query)["next"][0]


@pytest.mark.parametrize(
    ("path", "page"),
    # The second is sent to the log-in by its view.
    [(f"/plan/{KEY}/state/", "/plan/?only=open"), (f"/reviews/{KEY}/answer/data/", f"/reviews/{KEY}/?at=data")],
)
def test_a_form_leads_back_to_the_page_that_it_was_on(client: Client, path: str, page: str) -> None:
    assert sent_to_log_in(client, path, HERE + page) == page


@pytest.mark.parametrize(
    "referer",
    ["", "https://elsewhere.example/plan/", "https://[", f"{HERE}/nothing/here/", f"{HERE}/plan/?q={'x' * 1000}"],
)
def test_a_form_from_no_page_of_ours_leads_home(client: Client, referer: str) -> None:
    assert sent_to_log_in(client, f"/plan/{KEY}/state/", referer) == "/"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/organisations/lantern/invite/link/", "/organisations/lantern/invite/"),
        ("/organisations/lantern/teams/checkout/invite/link/", "/organisations/lantern/teams/checkout/invite/"),
        ("/organisations/lantern/teams/checkout/coaching/", "/organisations/lantern/teams/checkout/"),
        (f"/reviews/{KEY}/commitments/", f"/reviews/{KEY}/together/"),
        (f"/reviews/{KEY}/agenda/", f"/reviews/{KEY}/together/"),
        (f"/reviews/{KEY}/answer/data/", f"/reviews/{KEY}/?at=data"),
        (f"/quiz/{KEY}/answer/data/", f"/quiz/{KEY}/?at=data"),
    ],
)
def test_an_address_that_takes_forms_alone_stands_for_the_page_of_its_form(
    client: Client, address: str, page: str
) -> None:
    """It is in the address bar when the form is shown once more with its errors."""
    assert sent_to_log_in(client, "/account/profile/", HERE + address) == page
    by_htmx = {"HX-Request": "true", "HX-Current-URL": HERE + address}
    assert sent_to_log_in(client, "/account/profile/", **by_htmx) == page


def test_a_page_that_is_not_there_leads_back_to_the_page_of_the_form(client: Client) -> None:
    """Also through the log-in: the address of the form itself shows nothing."""
    path, page = f"/quiz/{KEY}/answer/data/", f"/quiz/{KEY}/?at=data"
    response = client.post(path, headers={"Referer": HERE + page})
    assert response.status_code == 404
    ways = [link.attrs["href"] for link in page_of(response).one("main").all("a")]
    assert ways == ["/", f"/account/login/?next=/quiz/{KEY}/%3Fat%3Ddata"]
    assert [link.attrs["href"] for link in page_of(client.post(path)).one("main").all("a")][1] == "/account/login/"


@pytest.mark.parametrize(
    ("path", "referer", "back"),
    [
        ("/organisations/lantern/teams/checkout/coaching/", "", ["/organisations/lantern/teams/checkout/"]),
        (f"/reviews/{KEY}/commitments/", HERE + "/plan/", [f"/reviews/{KEY}/together/"]),
        ("/plan/digest/", HERE + "/plan/", ["/plan/"]),
        ("/plan/digest/", "", []),
        ("/plan/digest/", HERE + "/plan/digest/", []),
    ],
)
def test_an_address_that_takes_forms_alone_has_a_page_that_leads_back(
    member_client: Client, path: str, referer: str, back: list[str]
) -> None:
    response = member_client.get(path, headers={"Referer": referer})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    main = page_of(response).one("main")
    assert main.one("h1").text == "This address only takes forms"
    assert [link.attrs["href"] for link in main.all("a")] == ["/", *back]
    program = member_client.get(path, headers={"Accept": "application/json"})
    assert (program.status_code, program.json()) == (405, {"status": 405})


def test_the_log_in_says_that_a_form_was_not_saved(client: Client) -> None:
    """Chromium shows the text again to whoever goes back after the log-in; before it, the log-in takes its place."""
    sent = client.post("/plan/add/", headers={"Referer": HERE + "/plan/add/"}).headers["Location"]
    swapped = client.post("/plan/add/", headers={"HX-Request": "true", "HX-Current-URL": HERE + "/plan/add/"})
    assert sent == swapped.headers["HX-Redirect"] == "/account/login/?next=/plan/add/&expired=1"
    page = page_of(client.get(sent))
    assert "what you just sent was not saved" in page.one("p", role="alert").text
    assert {item.attrs["value"] for item in page.all("input", name="next")} == {"/plan/add/"}
    for address in (client.get("/plan/add/").headers["Location"], "/account/login/"):
        assert page_of(client.get(address)).all("p", role="alert") == []


LONG = "Asked twelve shoppers why they left.\nNine named the delivery fee."


def test_a_long_text_can_be_sent_again_where_it_could_not_be_taken(client: Client, member: User) -> None:
    """After the end of a log-in and of a form, also by htmx; never what a page elsewhere sends, nor passwords."""
    sent = {"text": LONG, "competency": "data"}
    here, elsewhere = ({"Referer": f"{place}/plan/add/?a=1"} for place in (HERE, "https://elsewhere.example"))
    strict = Client(enforce_csrf_checks=True)
    by_htmx = client.post("/plan/add/", sent, headers=here | {"HX-Request": "true"})
    answers = [client.post("/plan/add/", sent, headers=here), strict.post("/plan/add/", sent, headers=here), by_htmx]
    assert [answer.status_code for answer in answers] == [401, 403, 401]
    for answer in answers:
        form = page_of(answer).one("form")
        assert form.attrs["action"] == "/plan/add/"
        assert {name: text.lstrip("\n") for name, text in sends(form).items() if name in sent} == sent
        assert "no-store" in answer.headers["Cache-Control"]
    assert "/account/login/?next=/plan/add/%3Fa%3D1" in [link.attrs["href"] for link in page_of(answers[0]).all("a")]
    assert (by_htmx.headers["HX-Retarget"], "<html" in by_htmx.content.decode()) == ("#main", False)
    for said, headers in ((sent, elsewhere), (sent | {"text": "short"}, here), (sent | {"password": "x"}, here)):
        assert client.post("/plan/add/", said, headers=headers).status_code == 302
        assert not page_of(strict.post("/plan/add/", said, headers=headers)).all("form")
    strict.force_login(member)
    token = sends(page_of(strict.post("/plan/add/", sent, headers=here)).one("form"))
    assert strict.post("/plan/add/", token, headers=here).headers["Location"] == "/plan/"
