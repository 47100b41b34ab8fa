"""Context for every template."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe

# htmx must not keep private pages in the browser, evaluate code or talk to other hosts. An expired log-in (401), a
# conflict (409) and a refused form (422) are swapped in like a success: they hold the part of the page that tells the
# person what to do. Marked as safe, so that its quotation marks aren't escaped; the attribute's own are apostrophes.
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
