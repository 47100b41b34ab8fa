"""A secret link: whoever has the address can read one thing of one person, until the link ends.

The token has 256 random bits and is shown once, when the link is made; the database has only its SHA-256. Expired,
revoked and guessed tokens get the same answer: it must not tell whether a link ever existed.
"""

import datetime
import hashlib
import secrets
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.audit.log import Kind, Verb, record
from people.database.columns import LineColumn
from people.database.tenancy import Tenant
from people.database.transactions import transactional
from people.ids import uuid7
from people.models import Organisation, User
from people.models.people import NO_NULLS

LINK_DAYS, LINK_DAYS_MAX = 14, 90
LINK_PASSWORD_MIN, LINK_PASSWORD_MAX = 8, 128
LABEL_MAX = 120
# Links to one thing that are live at the same time.
LINKS_MAX = 20
# Links in the author's list, live or not. More than LINKS_MAX, so that all live ones are in it.
LINKS_LISTED = 2 * LINKS_MAX


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class SecretLink(Tenant):
    """What all links have in common. A subclass adds the thing that it opens, which is in the author's own space."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # For the author's own list: "for the hiring manager at Acme".
    label = LineColumn(_("For whom"), max_length=LABEL_MAX, blank=True, validators=NO_NULLS)
    token_hash = models.CharField(max_length=64, unique=True)
    # Hashed; empty when the link asks for none.
    password = models.CharField(max_length=128, blank=True)
    with_evidence = models.BooleanField(_("With my lines of evidence"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"link {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    def set_password(self, typed: str) -> None:
        self.password = make_password(typed) if typed else ""

    def opens_with(self, typed: str) -> bool:
        """Whether the link asks for no password, or this is it."""
        return not self.password or check_password(typed, self.password)

    @classmethod
    def live(cls, now: Any = None) -> Q:
        """Links that open something now. A link whose author's account is closed does not."""
        return Q(revoked_at__isnull=True, expires_at__gt=now or timezone.now(), author__is_active=True)

    @classmethod
    def behind(cls, token: str) -> Self | None:
        """The live link behind a token; None when it ended, or never was. One statement."""
        found: Self | None = cls.objects.filter(cls.live(), token_hash=hash_of(token)).first()
        return found

    def note_opening(self) -> None:
        """Count one reading. The caller must leave out the author's own."""
        type(self).objects.filter(pk=self.pk).update(opened=F("opened") + 1, last_opened_at=timezone.now())

    @transactional
    def revoke(self) -> None:
        """End the link, from the next request on. Revoking it again changes nothing."""
        if type(self).objects.filter(pk=self.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
            record(self.organisation_id, Verb.LINK_REVOKED, self, kind=Kind.LINK)


def made_for(author: User, days: int) -> dict[str, object]:
    """The fields that a new link gets, except for its token and its thing."""
    return {
        "organisation_id": author.home_id,
        "author": author,
        "expires_at": timezone.now() + datetime.timedelta(days=days),
    }
