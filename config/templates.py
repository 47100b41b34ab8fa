"""Loads templates without their indentation, which would make pages more than half as large again."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """Keeps the line breaks, so that error messages name the right lines, and leaves mails as they are."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return _INDENTATION.sub("\n", contents) if origin.name.endswith(".html") else contents
