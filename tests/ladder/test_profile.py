"""The profile: a title is looked up and never guessed, zones and schemes are those that exist."""

import re
from typing import Any

import pytest
from django.test import Client

from ladder.rubric import Rubric
from people.fields import COMMON_ZONES
from people.models import User, validate_time_zone

pytestmark = pytest.mark.django_db

ADDRESS = "/account/profile/"
PLAIN = {"name": "", "job_title": "", "level": "", "scheme": "", "time_zone": "UTC"}


def post(client: Client, **fields: str) -> Any:
    return client.post(ADDRESS, {**PLAIN, **fields})


def offered(response: Any) -> list[str]:
    """The levels that stand as choices after an unclear title, in order, until "none of these"."""
    head = response.content.decode().split("<details")[0]
    return re.findall(r'type="radio" name="level" value="([^"]+)"', head)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_page_shows_what_is_known(member_client: Client, member: User, django_assert_num_queries: Any) -> None:
    known = {"job_title": "Owner of things", "held_level": "senior-pm", "time_zone": "Asia/Tokyo"}
    User.objects.filter(pk=member.pk).update(**known)
    member_client.get(ADDRESS)
    # The session, the person, which ladder is current.
    with django_assert_num_queries(3):
        page = member_client.get(ADDRESS).content.decode()
    for value in ("Mira Member", "Owner of things", "Asia/Tokyo"):
        assert f'value="{value}"' in page
    assert re.search(r'<option value="senior-pm" selected>', page)
    assert 'aria-current="page"' in page


def test_save(member_client: Client, member: User) -> None:
    said = {"job_title": "Product Person", "level": "principal-pm", "scheme": "four-tiers"}
    response = post(member_client, name=" Mira Möller ", time_zone="Europe/Vienna", **said)
    assert response.headers["Location"] == ADDRESS
    assert "Saved." in member_client.get(ADDRESS).content.decode()
    user = fresh(member)
    assert (user.name, user.job_title, user.held_level) == ("Mira Möller", "Product Person", "principal-pm")
    assert (user.scheme, user.time_zone) == ("four-tiers", "Europe/Vienna")
    assert user.home.name == "Mira Möller"
    # All but the zone may stay empty.
    assert post(member_client).status_code == 302
    assert (fresh(member).name, fresh(member).held_level) == ("", "")
    assert fresh(member).home.name == member.email
    assert post(member_client, time_zone="").status_code == 422


def test_title_that_is_clear_sets_the_level_and_says_so(member_client: Client, member: User, rubric: Rubric) -> None:
    """Also where another level was left standing."""
    User.objects.filter(pk=member.pk).update(job_title="PM", held_level="pm")
    assert post(member_client, job_title="Sr. PM", level="pm").status_code == 302
    assert fresh(member).held_level == "senior-pm"
    assert "your level is Senior Product Manager" in member_client.get(ADDRESS).content.decode()


def test_level_chosen_counts_more_than_the_title(member_client: Client, member: User) -> None:
    for name in ("", "Mira"):  # and it stays when something else is changed
        post(member_client, name=name, job_title="Senior PM", level="staff-pm")
        assert fresh(member).held_level == "staff-pm"


def test_unclear_title_asks_back(member_client: Client, member: User, rubric: Rubric) -> None:
    response = post(member_client, job_title="Head of Product", time_zone="Asia/Tokyo")
    assert response.status_code == 422
    assert offered(response) == ["director", "group-pm", "vp-product", "cpo"]
    page = response.content.decode()
    entry = next(item for item in rubric.ladder.ambiguous_titles if "Head of Product" in item.titles)
    assert all(candidate.why[:40] in page for candidate in entry.candidates)
    assert 'value="Asia/Tokyo"' in page
    assert fresh(member).job_title == ""
    # Another one is looked up again, whatever was asked before.
    assert offered(post(member_client, job_title="Product Lead", asked="Head of Product")) == ["pm", "group-pm"]
    assert (
        post(member_client, job_title="Head of Product", asked="Head of Product", level="group-pm").status_code == 302
    )
    assert (fresh(member).job_title, fresh(member).held_level) == ("Head of Product", "group-pm")


def test_answer_may_be_the_level_one_had(member_client: Client, member: User) -> None:
    """An unclear title is asked about once, not for ever."""
    User.objects.filter(pk=member.pk).update(job_title="PM", held_level="pm")
    first = post(member_client, job_title="Product Owner", level="pm")
    assert offered(first) == ["pm", "apm"]
    assert post(member_client, job_title="Product Owner", asked="Product Owner", level="pm").status_code == 302
    assert fresh(member).job_title == "Product Owner"


def test_unknown_title_offers_all_levels(member_client: Client, member: User, rubric: Rubric) -> None:
    response = post(member_client, job_title="Pastry chef")
    assert response.status_code == 422
    page = response.content.decode()
    choices = re.findall(r'type="radio" name="level" value="([^"]+)"', page)
    assert choices == [*rubric.levels, "none"]
    assert post(member_client, job_title="Pastry chef", asked="Pastry chef", level="none").status_code == 302
    assert fresh(member).held_level == "none"
    assert '<option value="none" selected>' in member_client.get(ADDRESS).content.decode()
    # It leaves a level that was chosen; another profession is explained.
    User.objects.filter(pk=member.pk).update(job_title="", held_level="pm")
    assert post(member_client, job_title="Pastry chef", level="pm").status_code == 302
    other = post(member_client, job_title="Project Manager")
    assert other.status_code == 422
    assert "Project management is another profession" in other.content.decode()


BAD = [
    *[("name", "x" * 121, "at most 120 characters"), ("name", "Mi\0ra", "Null characters")],
    *[("job_title", "x" * 121, "at most 120 characters"), ("job_title", "P\0M", "Null characters")],
    *[("level", "emperor", "Select a valid choice"), ("level", "9" * 5000, "Select a valid choice")],
    *[("scheme", "astrology", "Select a valid choice"), ("time_zone", "x" * 61, "at most 60 characters")],
    *[("time_zone", zone, "don’t know this time zone") for zone in ("Europe/Atlantis", "../../etc/passwd")],
    *[("name", f"Bo {sign} Lantern", "A name holds no @") for sign in "@＠﹫"],
]


def test_bad_input_is_said_and_not_saved(member_client: Client, member: User) -> None:
    for field, value, said in BAD:
        response = post(member_client, **{field: value})
        assert response.status_code == 422
        assert said in response.content.decode(), field
        assert fresh(member).name == "Mira Member"
    # But a name from before the rule may stay.
    User.objects.filter(pk=member.pk).update(name="Mira @ Home")
    assert post(member_client, name="Mira @ Home", time_zone="Asia/Tokyo").status_code == 302
    assert (fresh(member).name, fresh(member).time_zone) == ("Mira @ Home", "Asia/Tokyo")


def test_zone_is_read_kindly(member_client: Client, member: User) -> None:
    zones = {"europe/london": "Europe/London", "America/New York": "America/New_York", " utc ": "UTC"}
    for typed, zone in (zones | {"Asia/Kathmandu": "Asia/Kathmandu"}).items():
        post(member_client, time_zone=typed)
        assert fresh(member).time_zone == zone
    for zone in COMMON_ZONES.split():
        validate_time_zone(zone)


def test_level_and_scheme_that_the_ladder_dropped(member_client: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(held_level="grand-vizier", scheme="old-scheme")
    assert member_client.get(ADDRESS).status_code == 200
    assert post(member_client).status_code == 302
    assert (fresh(member).held_level, fresh(member).scheme) == ("", "")
