"""Moments in pages."""

import datetime
from zoneinfo import ZoneInfo

from django.template import engines
from django.utils import timezone


def test_a_program_reads_a_moment_in_local_time_without_parts_of_a_second() -> None:
    at = datetime.datetime(2026, 7, 1, 21, 5, 7, 123456, tzinfo=datetime.UTC)
    template = engines["django"].from_string("{% load times %}{{ at|machine_time }}")
    with timezone.override(ZoneInfo("Europe/Paris")):
        assert template.render({"at": at}) == "2026-07-01T23:05:07+02:00"
