"""The WSGI application that the server loads."""

import os
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from config.databases import limit_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Request(WSGIRequest):
    """Takes a Content-Type that can't be understood for none.

    Django would raise where no error page can be made yet: for a malformed header, and for a charset that is one of
    Python's codecs but doesn't decode bytes to text.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (BadRequest, LookupError):
            self.content_type, self.content_params = "", {}
            self._encoding = None


class Handler(WSGIHandler):
    request_class = Request


# Before the first connection is made.
limit_time(settings.DATABASES)
django.setup(set_prefix=False)
application = Handler()
