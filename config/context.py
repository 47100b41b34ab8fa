"""Context for every template."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from config.version import VERSION
from people.mail.hold import is_held_as_far_as_we_see
from people.upkeep import announcement

# htmx must not keep private pages in the browser, evaluate code or talk to other hosts. An expired log-in (401), a
# conflict (409) and a refused form (422) are swapped in like a success: they hold the part of the page that tells the
# person what to do. What was swapped in is htmx's at once: in the 20 ms that htmx takes otherwise, a quick key or click
# would send a form the plain way, and the new page would have lost the focus. Marked as safe, so that its quotation
# marks aren't escaped; the attribute's own are apostrophes.
HTMX_CONFIG = mark_safe(  # noqa: S308  - a constant
    json.dumps(
        {
            "includeIndicatorStyles": False,
            "allowEval": False,
            "allowScriptTags": False,
            "historyCacheSize": 0,
            "defaultSettleDelay": 0,
            "refreshOnHistoryMiss": True,
            "selfRequestsOnly": True,
            "responseHandling": [
                {"code": "204", "swap": False},
                {"code": "[23]..", "swap": True},
                {"code": "(401|409|422)", "swap": True, "error": False},
                {"code": "[45]..", "swap": False, "error": True},
            ],
        },
        separators=(",", ":"),
    )
)


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    return {
        "site_name": settings.SITE_NAME,
        "htmx_config": HTMX_CONFIG,
        "about": settings.ABOUT,
        "local_profile": settings.LOCAL,
        "release": VERSION,
        # Asked by the footer, for staff only.
        "mail_is_held": is_held_as_far_as_we_see,
        # Asked at the top of each page; pages of errors must not ask the database.
        "announcement": announcement.shown,
        "announcement_as_known": announcement.known,
    }
