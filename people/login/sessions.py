"""Sessions that end after some time without use, and after some time in all; `expire_date` is the earlier of both.

A visitor's session, which knows which answers are theirs, lasts SESSION_COOKIE_AGE after its last change, as in Django.
"""

import datetime
import hashlib
import re
from typing import Any, cast

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from people.database.backup import AFTER_RESTORE
from people.models import Session, User

# Keys in the session.
STARTED, BROWSER = "started_at", "browser"
# Key in the session while the account pages offer to end the other sessions.
OFFER = "offers_to_end_others"
# The time of last use is written at most this often: else each page would cost a write.
EXACT = datetime.timedelta(minutes=10)
# More than anybody has. What ends all others ends the rest, too.
LISTED = 100
# What Django makes as a key.
_PLAIN = re.compile(r"[a-z0-9]{32}")
# Signs in the User-Agent. The order matters: most browsers also claim to be Chrome and Safari.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def family(user_agent: str) -> str:
    """A browser as people call it, such as "Firefox on Windows". Empty for one that we don't know."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if browser and system else browser


def ends_at(started: datetime.datetime, seen: datetime.datetime) -> datetime.datetime:
    """When the session of somebody who is logged in ends, if it is not used any more."""
    return min(
        seen + datetime.timedelta(hours=settings.SESSION_IDLE_HOURS),
        started + datetime.timedelta(hours=settings.SESSION_MAX_HOURS),
    )


def stored_as(key: str | None) -> str:
    """What the table holds for a session's key, which only its cookie knows. A key is random enough to need no salt."""
    return hashlib.sha256((key or "").encode(errors="replace")).hexdigest() if settings.HASH_SESSIONS else key or ""


def _names(key: str | None) -> list[str]:
    """The rows that a cookie may open: its own, and one that a release before wrote with the key itself. A cookie that
    is as long as a hash opens no such row: who reads the table could send what stands in it."""
    plain = key if key and _PLAIN.fullmatch(key) else ""
    return [hashlib.sha256((key or "").encode(errors="replace")).hexdigest(), plain]


def hash_plain_keys() -> int:
    """Hash the keys that a release before wrote. Nobody is logged out. Returns how many there were."""
    plain = Session.objects.annotate(length=Length("session_key")).filter(length__lt=64)
    keys = list(plain.values_list("pk", flat=True)) if settings.HASH_SESSIONS else []
    return sum(Session.objects.filter(pk=key).update(session_key=stored_as(key)) for key in keys)


def hash_of_address(address: str) -> str:
    """By which an erasure finds the sessions in which an address waits for its code."""
    return salted_hmac("people.session.address", address, algorithm="sha256").hexdigest()


def _address_in(data: Any) -> str:
    """The address that was typed last into a session: allauth keeps it while the code is on its way."""
    if isinstance(data, str):
        return data if "@" in data else ""
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return next((address for value in reversed(list(values)) if (address := _address_in(value))), "")


class SessionStore(DatabaseStore):
    """Django's database sessions with columns that say whose they are, under the hash of their key. Renaming the class
    would end all sessions: its name is part of their signature."""

    row: Session | None = None

    @property
    def stored_key(self) -> str:
        """The key of this session's row."""
        names = _names(self.session_key)
        return self.row.session_key if self.row and self.row.session_key in names else stored_as(self.session_key)

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The data of the session. The row is kept, as it says when the session was last used."""
        names = _names(self.session_key)
        rows = Session.objects.raw("SELECT * FROM people_session WHERE session_key IN (%s, %s)", names)
        self.row = next((row for row in rows if row.expire_date > timezone.now()), None)
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        if SESSION_KEY in data:
            data.setdefault(STARTED, now.isoformat())
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.session_key = self.stored_key
        row.seen_at = now
        waiting = "" if SESSION_KEY in data else _address_in(data)
        row.waits_for = hash_of_address(waiting) if waiting else None
        if SESSION_KEY in data:
            row.user_id = data[SESSION_KEY]
            row.started_at = datetime.datetime.fromisoformat(data[STARTED])
            row.browser = data.get(BROWSER, "")
            row.expire_date = ends_at(row.started_at, now)
        return row

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key__in=_names(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        Session.objects.filter(session_key__in=_names(session_key or self.session_key)).delete()

    def note_use(self) -> None:
        """Move the end of a session that is in use. It leaves the data alone, or it could undo what another request has
        just written."""
        row, now = self.row, timezone.now()
        if row is None or row.user_id is None or now - row.seen_at < EXACT:
            return
        Session.objects.filter(session_key=row.session_key, user=row.user_id).update(
            seen_at=now, expire_date=ends_at(row.started_at, now)
        )


def stored_key_of(request: HttpRequest) -> str:
    """The key of the row of the session that asks."""
    return cast("SessionStore", request.session).stored_key


def alive() -> QuerySet[Session]:
    """The sessions of people who are logged in, the last used first."""
    return Session.objects.filter(user__isnull=False, expire_date__gt=timezone.now()).order_by("-seen_at")


def others(user: User, stored_key: str | None) -> QuerySet[Session]:
    """A person's sessions except the one whose row has this key."""
    return Session.objects.filter(user=user).exclude(session_key=stored_key or "")


def end_others(user: User, stored_key: str | None) -> int:
    """Log somebody out everywhere but in the session whose row has this key. Returns how many sessions ended."""
    return others(user, stored_key).delete()[0]


def end_sessions() -> str:
    """Log everybody out: sessions that ended after the backup was made would be alive again. Visitors' sessions stay,
    as they would lose their answers."""
    ended = Session.objects.filter(user__isnull=False).delete()[0]
    return f"{ended} people were logged out" if ended else ""


# First of all: if a later step failed, sessions of the backup would still be alive.
AFTER_RESTORE.insert(0, end_sessions)


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_kwargs: object) -> None:
    request.session[STARTED] = timezone.now().isoformat()
    request.session[BROWSER] = family(request.META.get("HTTP_USER_AGENT", ""))


@receiver(user_logged_out)
def _forget(request: HttpRequest | None, **_kwargs: object) -> None:
    """Tell the middleware, which has the response (people/middleware.py)."""
    if request is not None:
        request.was_logged_out = True  # type: ignore[attr-defined]


@receiver([password_changed, password_reset, password_set])
def _end(request: HttpRequest, user: User, **_kwargs: object) -> None:
    """End the other sessions. With another password they no longer work anyway, but would still be listed."""
    end_others(user, stored_key_of(request))


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _offer(request: HttpRequest, user: User, **_kwargs: object) -> None:
    """Offer to end the other sessions, if there are any: an intruder would still be logged in there."""
    if others(user, stored_key_of(request)).exists():
        request.session[OFFER] = True
