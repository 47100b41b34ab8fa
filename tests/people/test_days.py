"""Days by the clocks of a time zone: where clocks change, and on both sides of the date line."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.days import day_in, is_daytime, start_of
from people.fields import COMMON_ZONES

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", "2026-03-01", "2026-03-01T00:00"),
        ("Asia/Tokyo", "2026-03-01", "2026-02-28T15:00"),
        ("America/Los_Angeles", "2026-03-08", "2026-03-08T08:00"),  # 23 hours long
        ("America/Los_Angeles", "2026-03-09", "2026-03-09T07:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),  # 25 hours long
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),  # has no midnight: clocks go from 23:59 to 1:00
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),  # has its first hour twice
        ("Asia/Kathmandu", "2026-03-01", "2026-02-28T18:15"),
        ("Pacific/Kiritimati", "2026-03-01", "2026-02-28T10:00"),
        ("Pacific/Pago_Pago", "2026-03-01", "2026-03-01T11:00"),
    ],
)
def test_a_day_begins_where_the_one_before_ends(zone: str, day: str, begins: str) -> None:
    start = start_of(datetime.date.fromisoformat(day), zone)
    assert start == datetime.datetime.fromisoformat(begins).replace(tzinfo=UTC)
    before = start - datetime.timedelta(microseconds=1)
    assert [day_in(zone, start), day_in(zone, before) < day_in(zone, start)] == [datetime.date.fromisoformat(day), True]


@given(
    zone=st.sampled_from(COMMON_ZONES.split()),
    seconds=st.integers(978307200, 4070908800),  # from 2001 to 2099
)
def test_every_moment_lies_in_its_day(zone: str, seconds: int) -> None:
    at = datetime.datetime.fromtimestamp(seconds, UTC)
    day = day_in(zone, at)
    assert start_of(day, zone) <= at < start_of(day + datetime.timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("at", "awake"),
    [
        ("2026-07-01T06:00", {"Europe/Berlin", "Asia/Tokyo"}),
        ("2026-07-01T05:59", {"Asia/Tokyo"}),
        ("2026-01-15T06:30", {"Asia/Tokyo"}),  # winter time: half past seven in Berlin
        ("2026-07-01T15:59", {"Europe/Berlin", "America/New_York"}),
        ("2026-07-01T16:00", {"America/New_York"}),
    ],
)
def test_mails_that_come_by_themselves_come_between_eight_and_six(
    at: str, awake: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert {zone for zone in ("Europe/Berlin", "Asia/Tokyo", "America/New_York") if is_daytime(zone)} == awake
