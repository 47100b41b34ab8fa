"""Refuses passwords that an attacker would try first: names of the product or the company, and stolen passwords."""

import logging
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from people.login.breached import NotAList, is_breached
from people.models import Organisation, User

log = logging.getLogger(__name__)

# What this site is about; docs/security.md lists them as well.
CONTEXT_WORDS = frozenset(
    {
        *("rungwise", "ladder", "rung", "career", "level", "product", "manager", "review", "report", "growth", "quiz"),
        *("password", "passphrase", "login", "welcome", "secret", "letmein"),
    }
)
# Letters that a password needs besides such words.
OWN_LETTERS = 6
# Shorter words are left out: they are in too many good passwords.
WORD_MIN = 4
# Digits and signs that are written for letters; a 1 may be an l or an i.
_LEET = [str.maketrans("013457@$", letters) for letters in ("oleastas", "oieastas")]


class ContextWordsValidator:
    """Refuses a password that is little more than words of the product, the site's address or the person's
    organisations."""

    def validate(self, password: str, user: User | None = None) -> None:
        plain = password.casefold()
        words = {*CONTEXT_WORDS, *_words_of([settings.SITE_NAME, urlsplit(settings.SITE_URL).hostname or ""])}
        if user is not None and user.pk:
            words |= _words_of(_organisations_of(user))
        for text in [plain, *(plain.translate(table) for table in _LEET)]:
            rest, found = _without(text, words)
            if found and sum(letter.isalpha() for letter in rest) < OWN_LETTERS:
                said = _("This password is little more than “%(word)s”, which is easy to guess here. Add other words.")
                raise ValidationError(said % {"word": found}, code="password_of_context")

    def get_help_text(self) -> str:
        return _("Don’t make it of the names of this site or of your organisation.")


class BreachedPasswordsValidator:
    """Refuses a password that is in the operator's list of stolen ones, if there is one.

    If the list can't be read, passwords are accepted, or a broken disk would keep everybody from signing up. The log
    and the doctor say so.
    """

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002  - Django hands it over
        file = settings.BREACHED_PASSWORDS
        try:
            found = file is not None and is_breached(password, file)
        except (OSError, NotAList) as error:
            log.error("BREACHED_PASSWORDS can't be used (%s); a password was taken without it", type(error).__name__)  # noqa: TRY400
            return
        if found:
            said = _("This password is in lists of passwords that were stolen from other sites. Choose another one.")
            raise ValidationError(said, code="password_breached")

    def get_help_text(self) -> str:
        return _("Don’t take one that you use elsewhere.")


def _organisations_of(user: User) -> Iterable[str]:
    current = Organisation.objects.filter(
        kind=Organisation.Kind.COMPANY, memberships__user=user, memberships__left_at__isnull=True
    )
    return current.values_list("name", flat=True)


def _words_of(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in re.findall(r"\w+", name.casefold()) if len(word) >= WORD_MIN}


def _without(text: str, words: Iterable[str]) -> tuple[str, str]:
    """A text without the words, and the longest of them that was in it."""
    longest = ""
    for word in sorted(words, key=len, reverse=True):
        if word in text:
            text, longest = text.replace(word, " "), longest or word
    return text, longest
