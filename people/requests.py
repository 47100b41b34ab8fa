"""The type of a request after our middleware, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """`htmx` is true for a request that htmx made."""

    htmx: HtmxDetails
