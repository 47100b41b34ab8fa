"""Sessions with two ends: after a time without use, and after a time altogether. Both stand in the row's `expire_date`.

A visitor's session holds which answers are theirs and lasts SESSION_COOKIE_AGE after its last change, as Django's do.
"""

import datetime
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from people.database.backup import AFTER_RESTORE
from people.models import Session, User

# Among the data of a session.
STARTED, BROWSER = "started_at", "browser"
# There while the account pages offer to end the other sessions.
OFFER = "offers_to_end_others"
# How exact the time of last use is: a session in use costs a write this often, not one for each page.
EXACT = datetime.timedelta(minutes=10)
# What a browser calls itself, the more special first: most also claim to be Chrome and Safari.
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
    """What a person would call their browser: "Firefox on Windows". Empty when we don't know it."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if browser and system else browser


def ends_at(started: datetime.datetime, seen: datetime.datetime) -> datetime.datetime:
    """When the session of somebody who is logged in is over, if they do nothing any more."""
    return min(
        seen + datetime.timedelta(hours=settings.SESSION_IDLE_HOURS),
        started + datetime.timedelta(hours=settings.SESSION_MAX_HOURS),
    )


class SessionStore(DatabaseStore):
    """Django's sessions in the database, with columns that say whose they are. Its name is part of the signature."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """What the session holds. Its row stays at hand: it says when the session was last used."""
        live = Session.objects.filter(session_key=self.session_key, expire_date__gt=timezone.now())
        self.row = live.first() if self.session_key else None
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        if SESSION_KEY in data:
            data.setdefault(STARTED, now.isoformat())
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.seen_at = now
        if SESSION_KEY in data:
            row.user_id = data[SESSION_KEY]
            row.started_at = datetime.datetime.fromisoformat(data[STARTED])
            row.browser = data.get(BROWSER, "")
            row.expire_date = ends_at(row.started_at, now)
        return row

    def note_use(self) -> None:
        """Move the end of a session that is in use; its data stay as they are, whatever another request writes."""
        row, now = self.row, timezone.now()
        if row is None or row.user_id is None or now - row.seen_at < EXACT:
            return
        Session.objects.filter(session_key=row.session_key, user=row.user_id).update(
            seen_at=now, expire_date=ends_at(row.started_at, now)
        )


def others(user: User, key: str | None) -> QuerySet[Session]:
    """Somebody's sessions but the one with this key."""
    return Session.objects.filter(user=user).exclude(session_key=key or "")


def end_others(user: User, key: str | None) -> int:
    """Log somebody out everywhere but in the session with this key. Says how many sessions that were."""
    return others(user, key).delete()[0]


def end_sessions() -> str:
    """End everybody's sessions, visitors' apart, who keep their answers: one ended since a backup would live again."""
    ended = Session.objects.filter(user__isnull=False).delete()[0]
    return f"{ended} people were logged out" if ended else ""


# First of all: where a later step fails, nobody is logged in with a session of the backup.
AFTER_RESTORE.insert(0, end_sessions)


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_kwargs: object) -> None:
    request.session[STARTED] = timezone.now().isoformat()
    request.session[BROWSER] = family(request.META.get("HTTP_USER_AGENT", ""))


@receiver(user_logged_out)
def _forget(request: HttpRequest | None, **_kwargs: object) -> None:
    """Say so to people/middleware.py, which sees the answer."""
    if request is not None:
        request.was_logged_out = True  # type: ignore[attr-defined]


@receiver([password_changed, password_reset, password_set])
def _end(request: HttpRequest, user: User, **_kwargs: object) -> None:
    """Their hash would not fit any more in any case; this takes them off the list as well."""
    end_others(user, request.session.session_key)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _offer(request: HttpRequest, user: User, **_kwargs: object) -> None:
    """Whoever got in before still is: offer to end that, where it could be. The pages of the account show it."""
    if others(user, request.session.session_key).exists():
        request.session[OFFER] = True
