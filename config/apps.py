from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import trans_real


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Rungwise"

    def ready(self) -> None:
        from config import deploy_checks  # noqa: F401, PLC0415  - registers them

        skip_empty_catalogues(settings.LANGUAGE_CODE)


def skip_empty_catalogues(language: str) -> None:
    """Don't ask catalogues that hold nothing but their header.

    Each package brings an empty one for English, and Django asks all of them, one after the other, for each sentence
    that stands in our templates as it is.
    """
    words: Any = trans_real.translation(language)
    while (behind := words._fallback) is not None:  # noqa: SLF001
        if set(behind._catalog) <= {""}:  # noqa: SLF001
            words._fallback = behind._fallback  # noqa: SLF001
        else:
            words = behind
