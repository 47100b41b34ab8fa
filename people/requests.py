"""The request as our middleware leaves it, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """What a view gets: `htmx` is true for a request that htmx made."""

    htmx: HtmxDetails
