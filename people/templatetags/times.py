"""A moment as pages say it to programs."""

import datetime

from django import template

register = template.Library()


@register.filter(expects_localtime=True)
def machine_time(at: datetime.datetime) -> str:
    """For `datetime` of a `<time>`: `date:"c"` would write six digits of a second, and HTML takes three at most."""
    return at.isoformat(timespec="seconds")
