"""Dates as spreadsheets write them in different countries: 20.10.2026, 10/20/2026, 20-Oct-26. Pure."""

import calendar
import datetime
import re
from collections.abc import Iterable
from typing import Literal

type Order = Literal["", "day", "month"]  # what comes first; "" where nobody said

_TIME = r"(?:(?:,|T|\s)\s*\d{1,2}:\d{2}.*)?"
_NUMBERS = re.compile(rf"(\d{{1,4}})([./-])\s?(\d{{1,2}})\2\s?(\d{{1,4}})\.?{_TIME}", re.ASCII)
_NAMED = re.compile(rf"(\d{{1,2}})[\s.-]+([A-Za-z]{{3,9}})[\s.,-]+(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_MONTHS = {
    name.lower(): number for names in (calendar.month_abbr, calendar.month_name) for number, name in enumerate(names)
}


def readings(text: str) -> dict[Order, datetime.date]:
    """The days that a date may mean: one, two by what comes first, or none."""
    orders: tuple[Order, ...] = ("day", "month")
    meant = {order: day for order in orders if (day := _read(text, order))}
    return {"": meant.popitem()[1]} if len(set(meant.values())) == 1 else meant


def order_in(texts: Iterable[str]) -> Order:
    """The order in which all of a file's dates are dates, so that 20/10/2026 explains 04/05/2026 beside it."""
    dates = [text for text in texts if readings(text)]
    day, month = (all(_read(text, order) for text in dates) for order in ("day", "month"))
    if day == month:
        return ""
    return "day" if day else "month"


def _read(text: str, order: str) -> datetime.date | None:
    text = text.strip()
    if named := _NAMED.fullmatch(text):
        return _day(named[3], _MONTHS.get(named[2].lower(), 0), int(named[1]))
    found = _NUMBERS.fullmatch(text)
    if not found:
        return None
    first, between, second, last = found.groups()
    if len(first) == 4:
        return _day(first, int(second), int(last))
    # With dots the day comes first wherever people write dates with dots.
    if between == "." or order == "day":
        return _day(last, int(second), int(first))
    return _day(last, int(first), int(second))


def _day(year: str, month: int, day: int) -> datetime.date | None:
    if len(year) not in {2, 4}:
        return None
    try:
        return datetime.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    except ValueError:
        return None
