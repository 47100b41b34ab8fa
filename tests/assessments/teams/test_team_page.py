"""The team's page: what stands in it, what never does, and what it costs. tests/access says who may open it."""

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Review
from assessments.reviews.review import save_talk
from assessments.sharing.copies import withdraw
from assessments.teams import words
from people.models import TeamMembership
from tests.assessments.teams.team_cast import Cast, add, cells_of, make_cast, names_in, rate, read_now, row_of, share
from tests.factories import client_of
from tests.pages import page_of

pytestmark = pytest.mark.django_db
URL = "/organisations/lantern/teams/checkout/"


@pytest.fixture
def cast(rubric: Any) -> Cast:
    return make_cast()


@pytest.fixture
def boss(cast: Cast) -> Client:
    return client_of(cast.manager)


def test_owners_see_what_is_done_and_no_answers(cast: Cast) -> None:
    ada, bo = add(cast, "Ada"), add(cast, "Bo")
    share(cast, ada)
    rate(cast, ada)
    client = client_of(cast.owner)
    page = page_of(client.get(URL))
    rows = {
        row.one("th", scope="row").text: [cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")
    }
    assert rows["Ada"][1:] == ["yes", "yes", "no"]
    assert rows["Bo"][1:] == ["no", "no", "no"]
    assert not page.all(class_="cell")
    assert bo.name in page.text


def test_closed_team_has_no_matrix(cast: Cast, boss: Client) -> None:
    add(cast, "Ada")
    cast.team.closed_at = timezone.now()
    cast.team.save()
    page = page_of(boss.get(URL))
    assert "was closed" in page.text
    assert not page.all(class_="matrix")


def test_a_copy_that_was_not_opened_shows_nothing_of_itself(cast: Cast, boss: Client) -> None:
    ada = add(cast, "Ada")
    share(cast, ada, held="senior-pm", data=5, discovery=5)
    for address in (URL, f"{URL}?view=mine", f"{URL}?gap=data", f"{URL}?level=senior-pm"):
        body = boss.get(address).content.decode()
        assert "5+" not in body
    page = page_of(boss.get(URL))
    row = row_of(page, "Ada")
    assert cells_of(row) == []
    link = row.one(class_="instead").one("a")
    assert (link.text, link.attrs["href"]) == (
        "shared, waiting for you",
        f"/organisations/lantern/teams/checkout/members/{ada.pk}/",
    )
    # The level in the copy is not said either: it is the one of the profile that stands there.
    assert row.one("th", scope="row").all("small")[0].text == "Product Manager"
    assert "5" not in boss.get(f"{URL}matrix.csv").content.decode().split("Ada")[1].split("20")[0]


def test_reading_now_opens_the_cells(cast: Cast, boss: Client, rubric: Any) -> None:
    ada = add(cast, "Ada")
    asked = rubric.expectation("pm", "data").step
    share(cast, ada, data=asked - 1, discovery="no_chance")
    read_now(cast, ada)
    row = row_of(page_of(boss.get(URL)), "Ada")
    cells = dict(zip(rubric.competencies, row.all("td", class_="cell"), strict=True))
    assert (cells["data"].text, cells["data"].attrs["class"]) == (f"{asked - 1}−", "cell c")
    assert (cells["discovery"].text, cells["discovery"].attrs["class"]) == ("n", "cell n")
    assert cells["delivery"].attrs["class"] == "cell b"


def test_places_of_an_earlier_rule_are_found_by_today_s_and_the_page_says_so(cast: Cast, boss: Client) -> None:
    """Rule 1 placed an exact director who lacks one step of a lower level at the level before that."""
    for count, said in (
        (1, "1 of these was made with an earlier rule;"),
        (2, "2 of these were made with an earlier rule;"),
    ):
        someone = add(cast, f"Ada {count}", held="director")
        copy = share(cast, someone, held="director", discovery=1)
        read_now(cast, someone)
        assert "earlier rule" not in page_of(boss.get(URL)).text or count > 1
        type(copy).objects.filter(pk=copy.pk).update(rule=1, place_low="apm", place_high="apm")
        page = page_of(boss.get(URL))
        assert said in page.text
        assert row_of(page, f"Ada {count}").all("td", class_="fact")[0].text == "Director"


def test_own_review_and_shared_copy_never_mix(cast: Cast, boss: Client, rubric: Any) -> None:
    ada = add(cast, "Ada")
    share(cast, ada, data=5)
    rate(cast, ada, data=0)
    where = list(rubric.competencies).index("data")
    assert cells_of(row_of(page_of(boss.get(URL)), "Ada"))[where].startswith("5")
    assert cells_of(row_of(page_of(boss.get(f"{URL}?view=mine")), "Ada"))[where].startswith("0")


def test_a_draft_shows_nothing_and_what_was_taken_back_is_gone(cast: Cast, boss: Client) -> None:
    ada, bo = add(cast, "Ada"), add(cast, "Bo")
    share(cast, ada)
    rate(cast, ada, submitted=False, data=0)
    copy = share(cast, bo, data=5)
    rate(cast, bo)
    withdraw(copy)
    page = page_of(boss.get(URL))
    assert [cells_of(row_of(page, name)) for name in ("Ada", "Bo")] == [[], []]
    assert cells_of(row_of(page_of(boss.get(f"{URL}?view=mine")), "Ada")) == []
    assert row_of(page, "Bo").one(class_="instead").text == "no copy here any more"


def test_status_says_how_far_the_two_are(cast: Cast, boss: Client) -> None:
    def said(name: str) -> str:
        return str(row_of(page_of(boss.get(URL)), name).one("th", scope="row").all("small")[1].text)

    ada = add(cast, "Ada")
    assert said("Ada") == "not shared"
    share(cast, ada)
    assert said("Ada") == "shared, waiting for you"
    review = rate(cast, ada, submitted=False)
    assert said("Ada") == "you are rating"
    review.delete()
    read_now(cast, ada)
    assert said("Ada") == "shared, read by you"
    bo = add(cast, "Bo")
    rate(cast, bo)
    assert said("Bo") == "waiting for their copy"
    share(cast, bo)
    assert said("Bo") == "open to both of you"
    review = Review.objects.get(subject=bo)
    for person in (bo, cast.manager):
        save_talk(review, person, signed_at=timezone.now())
    assert said("Bo") == "signed off"
    share(cast, bo)
    assert said("Bo") == "shared, waiting for you"


def test_the_title_says_the_finding(cast: Cast, boss: Client, rubric: Any) -> None:
    assert page_of(boss.get(URL)).one("h1").text == "Nobody is in this team yet."
    for name in ("Ada", "Bo", "Cy"):
        share(cast, add(cast, name), data=5 if name == "Cy" else 0)
    assert page_of(boss.get(URL)).one("h1").text == "The copies of three people wait for you."
    for person in cast.people.values():
        read_now(cast, person)
    name = rubric.competencies["data"].name
    title = page_of(boss.get(URL)).one("h1").text
    assert title == f"One person carries “{name}” alone: two of three have a step to go there."


def test_sort_filter_and_unknown_choices(cast: Cast, boss: Client, rubric: Any) -> None:
    for name, held, data in (("Cy", "senior-pm", 0), ("Ada", "pm", 5), ("Bo", "apm", 5)):
        person = add(cast, name, held=held)
        share(cast, person, held=held, data=data)
        read_now(cast, person)
    add(cast, "di", held="apm")
    choices = {
        "": "Ada Bo Cy di",
        "sort=level": "Bo di Ada Cy",
        "sort=date": "Bo Ada Cy di",
        "sort=gaps": "Cy Ada Bo di",
    }
    choices |= {"level=apm": "Bo di", "gap=data": "Cy"}
    for query, names in choices.items():
        assert names_in(page_of(boss.get(f"{URL}?{query}"))) == names.split(), query
    area = rubric.competencies["data"].area
    page = page_of(boss.get(f"{URL}?area={area}"))
    assert len(cells_of(row_of(page, "Ada"))) == sum(item.area == area for item in rubric.competencies.values())
    assert page_of(boss.get(f"{URL}?gap=data&level=pm")).text.count("Nobody of the team fits this choice.") == 1
    odd = boss.get(URL, {"sort": "x" * 500, "area": "'", "gap": "\x00", "level": "boss", "page": "-9", "view": "all"})
    assert odd.status_code == 200
    assert "that part was left out" in page_of(odd).text
    assert names_in(page_of(odd)) == ["Ada", "Bo", "Cy", "di"]


def test_pages_of_fifty_keep_the_choice(cast: Cast, boss: Client) -> None:
    for n in range(53):
        add(cast, f"P{n:02}")
    first = page_of(boss.get(f"{URL}?sort=level"))
    assert len(names_in(first)) == 50
    following = first.one("a", rel="next").attrs["href"]
    assert following == "?sort=level&page=2"
    assert names_in(page_of(boss.get(f"{URL}{following}"))) == ["P50", "P51", "P52"]


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_same_seven_statements_for_3_and_for_30(cast: Cast, boss: Client, settings: Any) -> None:
    # How often somebody asked is counted in the cache; a file that was taken stands in the audit log.
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "")
    for names in (range(3), range(3, 30)):
        for n in names:
            person = add(cast, f"P{n:02}")
            share(cast, person)
            (rate if n % 3 == 0 else read_now)(cast, person)
        for address in (URL, f"{URL}?view=mine", f"{URL}strengths/", f"{URL}matrix.csv"):
            assert statements(boss, address) == 7 + 4 * address.endswith(".csv"), address
        of_others = client_of(cast.people["P00"]), client_of(cast.owner)
        assert [statements(client, URL) for client in of_others] == [6, 4]


def as_rows(client: Client, query: str = "") -> list[dict[str, str]]:
    body = client.get(f"{URL}matrix.csv{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_files_say_the_day_that_the_page_says(cast: Cast, boss: Client, zone: str) -> None:
    """At any time it is another day in at least one of these."""
    share(cast, add(cast, "Ada"))
    read_now(cast, cast.people["Ada"])
    cast.manager.time_zone = zone
    cast.manager.save()
    today = timezone.localdate(timezone=ZoneInfo(zone))
    assert as_rows(boss)[0]["Date"] == today.isoformat()
    assert words.day(today, "en") in row_of(page_of(boss.get(URL)), "Ada").text


def test_files_hold_what_the_page_shows(cast: Cast, boss: Client, rubric: Any) -> None:
    asked = rubric.expectation("pm", "data").step
    name = rubric.competencies["data"].name
    for person, data in (("Ada", 1), ("Bo", "no_chance")):
        share(cast, add(cast, person), data=data)  # type: ignore[arg-type]
    read_now(cast, cast.people["Ada"])
    read_now(cast, cast.people["Bo"])
    share(cast, add(cast, "Cy"), data=4)
    rows = as_rows(boss)
    assert [(row["Name"], row[name], row["Status"]) for row in rows] == [
        ("Ada", "1", "shared, read by you"),
        ("Bo", "n", "shared, read by you"),
        ("Cy", "", "shared, waiting for you"),
    ]
    assert [row[f"{name}: asked"] for row in rows] == [str(asked), str(asked), ""]
    assert [row["Name"] for row in as_rows(boss, "?gap=data")] == ["Ada"]
    sheet = openpyxl.load_workbook(io.BytesIO(boss.get(f"{URL}matrix.xlsx").content)).active
    assert sheet is not None
    table = [[str(value) if value is not None else "" for value in row] for row in sheet.iter_rows(values_only=True)]
    assert table == [list(rows[0]), *(list(row.values()) for row in rows)]


def test_coaching_is_the_members_own_word(cast: Cast, boss: Client, rubric: Any) -> None:
    ada, bo = add(cast, "Ada"), add(cast, "Bo")
    for person, data in ((ada, 0), (bo, 5)):
        share(cast, person, data=data)
        read_now(cast, person)
    sentence = "Bo could help Ada."
    assert sentence not in page_of(boss.get(f"{URL}strengths/")).text
    for value in ("on", "on", "off"):
        client_of(bo).post(f"{URL}coaching/", {"value": value})
        assert TeamMembership.objects.get(user=bo).offers_coaching is (value == "on")
        assert not TeamMembership.objects.get(user=ada).offers_coaching
        assert (sentence in page_of(boss.get(f"{URL}strengths/")).text) is (value == "on")


def test_strengths_count_open_copies_only(cast: Cast, boss: Client) -> None:
    for name in ("Ada", "Bo"):
        share(cast, add(cast, name), data=0)
    empty = page_of(boss.get(f"{URL}strengths/"))
    assert not empty.all(class_="counts")
    read_now(cast, cast.people["Ada"])
    page = page_of(boss.get(f"{URL}strengths/"))
    assert {item.all("span")[1].text for item in page.one(class_="sheet") and page.all("li") if item.all("meter")} <= {
        "0 of 1",
        "1 of 1",
    }
