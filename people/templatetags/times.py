"""The filter for times that programs read."""

import datetime

from django import template

register = template.Library()


@register.filter(expects_localtime=True)
def machine_time(at: datetime.datetime) -> str:
    """For the `datetime` of a `<time>`. `date:"c"` writes microseconds, which are not valid HTML."""
    return at.isoformat(timespec="seconds")
