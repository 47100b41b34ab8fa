"""What every template knows without being told."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe

# htmx keeps nothing of a private page in the browser, evaluates nothing and talks to this host only. An expired log-in
# (401), a conflict (409) and a refused form (422) carry a part of the page that says what to do, so they are shown.
# Safe between apostrophes, of which it has none: quotation marks would be escaped on every page.
HTMX_CONFIG = mark_safe(  # noqa: S308  - a constant
    json.dumps(
        {
            "includeIndicatorStyles": False,
            "allowEval": False,
            "allowScriptTags": False,
            "historyCacheSize": 0,
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
    return {"site_name": settings.SITE_NAME, "htmx_config": HTMX_CONFIG, "local_profile": settings.LOCAL}
