"""What requests leave behind for a while: counts, forms that were sent, and sessions."""

from importlib import import_module
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from people.models.people import User

LOCATION_MAX = 500


class RateCount(models.Model):
    """How often something was done in a span of time (people/limits/). The key is a hash, so it names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    used = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.used} until {self.ends_at:%Y-%m-%d %H:%M}"


class OnceKey(models.Model):
    """A form that was sent (people/once.py), and where it led: "" while it is worked on. The key is a hash."""

    key = models.CharField(max_length=64, primary_key=True)
    location = models.CharField(max_length=LOCATION_MAX, blank=True)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.location} until {self.ends_at:%Y-%m-%d %H:%M}"


class Session(AbstractBaseSession):
    """A session (people/login/sessions.py). `user` is NULL for visitors. Deleting the row ends it.

    Neither the IP address nor the whole User-Agent is kept.
    """

    # The SHA-256 of what the cookie holds, so that whoever reads the table is nobody; before, the cookie itself.
    session_key = models.CharField(_("session key"), max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    # When the person logged in, and when they last used it, to about ten minutes.
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    # Such as "Firefox on Windows".
    browser = models.CharField(max_length=60, blank=True)
    # The hash of an address that waits for its code in a session without a user, so that an erasure finds it.
    waits_for = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  - SQLite's partial index

    class Meta(AbstractBaseSession.Meta):
        indexes: ClassVar = [
            models.Index(fields=["waits_for"], name="session_waits_for", condition=Q(waits_for__isnull=False))
        ]

    def __str__(self) -> str:
        return f"session since {self.started_at:%Y-%m-%d}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    @property
    def handle(self) -> str:
        """The name of the session on a page. With the key itself, anybody who sees the page could take it over."""
        return salted_hmac("people.session", self.session_key, algorithm="sha256").hexdigest()
