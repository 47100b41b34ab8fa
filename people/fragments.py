"""Whether htmx asks for a part of a page or for all of it: views answer the same address with either."""

from django.http import HttpRequest


def wants_part(request: HttpRequest, target: str = "") -> bool:
    """Whether to answer with a part: the element with the id `target`, where one is named.

    When htmx restores its history it puts the answer in the place of the whole page, so a part would be all that is
    left of it.
    """
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request and (not target or htmx.target == target)  # type: ignore[union-attr]
