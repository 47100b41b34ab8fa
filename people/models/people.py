"""The tables of people, organisations, teams and invitations, and of sessions, mails and rate limits."""

import uuid
import zoneinfo
from importlib import import_module
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from people.database.tenancy import OwnKey, Tenant
from people.ids import uuid7

# PostgreSQL refuses the character NUL with an error; this is a sentence.
NO_NULLS = [ProhibitNullCharactersValidator()]
# The organisation that holds what visitors say before they sign up.
VISITORS_ID = uuid.UUID("01900000-0000-7000-8000-000000000001")


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("We don’t know this time zone. Choose one from the list."))


class Organisation(models.Model):
    """A tenant: a company, a person's own space, or the visitors' space. Every tenant row names one."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Own space")
        COMPANY = "company", _("Organisation")
        VISITORS = "visitors", _("Visitors")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(_("Name"), max_length=120, validators=NO_NULLS)
    slug = models.SlugField(max_length=60, null=True)  # noqa: DJ001  - null, so that own spaces don't share one
    created_at = models.DateTimeField(default=timezone.now)
    # Set in the transaction that deletes the organisation. Without it, a trigger keeps its audit log from going.
    is_erasing = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint("slug", name="organisation_slug_unique"),
            models.CheckConstraint(
                name="organisation_company_has_slug",
                condition=Q(kind="company", slug__isnull=False) | ~Q(kind="company"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person with an own space. The address is stored in lower case."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who logs in with an e-mail address. `home` is their own space, which is erased with their account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("E-mail address"), max_length=254, unique=True)
    name = models.CharField(_("Name"), max_length=120, blank=True, validators=NO_NULLS)
    home = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="resident", editable=False)
    job_title = models.CharField(_("Job title"), max_length=120, blank=True, validators=NO_NULLS)
    # Slugs in the default ladder. The ladder app checks them, because `people` must not import it.
    held_level = models.SlugField(_("Level"), max_length=60, blank=True)
    scheme = models.SlugField(_("Names of levels"), max_length=60, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=60, default="UTC", validators=[validate_time_zone])
    # Mails about a round's due date.
    wants_reminders = models.BooleanField(_("Reminders by mail"), default=True)
    # A weekly mail about the plan, only for people who asked for it.
    wants_digest = models.BooleanField(_("My plan by mail, once a week"), default=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            # Otherwise one address could have two accounts, in upper and in lower case.
            models.CheckConstraint(name="user_email_lower_case", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the address in lower case, and make a new person's own space in the same transaction."""
        self.email = self.email.lower()
        if not self._state.adding or self.home_id:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self.home = Organisation.objects.create(kind=Organisation.Kind.PERSONAL, name=self.name or self.email)
            super().save(*args, **kwargs)


class Team(Tenant):
    """People who work together, inside an organisation; teams nest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="teams")
    parent = OwnKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("Name"), max_length=120, validators=NO_NULLS)
    # For /teams/<slug>/, so it is unique over all organisations.
    slug = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Teams are closed and not deleted: people could no longer read what they agreed there.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="team_not_its_own_parent", condition=~Q(parent=models.F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        return self.filter(left_at__isnull=True)

    def of(self, organisation: Organisation | uuid.UUID | models.OuterRef) -> "MembershipQuerySet":
        """Of people who are in the organisation now."""
        return self.filter(organisation=organisation, left_at__isnull=True)


class Membership(Tenant):
    """A person's time in an organisation. Leaving sets `left_at`; coming back makes a new row."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[MembershipQuerySet] = cast("Any", MembershipQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["joined_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", "user", name="membership_current_unique", condition=Q(left_at__isnull=True)
            ),
            models.CheckConstraint(
                name="membership_leaves_after_joining",
                condition=Q(left_at__isnull=True) | Q(left_at__gte=models.F("joined_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}: {self.role}"


class TeamMembershipQuerySet(models.QuerySet["TeamMembership"]):
    def current(self) -> "TeamMembershipQuerySet":
        return self.filter(left_at__isnull=True)

    def of(self, team: Team) -> "TeamMembershipQuerySet":
        """Of people who are in the team now, as members or managers."""
        return self.filter(organisation=team.organisation_id, team=team, left_at__isnull=True)


class TeamMembership(Tenant):
    """A person's time in a team, as member or manager."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("Manager")
        MEMBER = "member", _("Member")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    team = OwnKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    # Set by the member, for this team: its managers then see in what they could help others.
    offers_coaching = models.BooleanField(_("Offers coaching"), default=False)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TeamMembershipQuerySet] = cast("Any", TeamMembershipQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["joined_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", "team", "user", name="team_membership_current_unique", condition=Q(left_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}: {self.role}"


class Invitation(Tenant):
    """A way into an organisation, perhaps into a team: by mail for one address, or by a link for a few people.

    Only a hash of the token is stored. The role is stored here: a visitor could change one that came with the request.
    """

    class Kind(models.TextChoices):
        MAIL = "mail", _("By mail")
        LINK = "link", _("By link")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    team = OwnKey(Team, on_delete=models.CASCADE, null=True, related_name="invitations")
    kind = models.CharField(max_length=4, choices=Kind)
    email = models.EmailField(_("E-mail address"), max_length=254, blank=True)
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    team_role = models.CharField(max_length=10, choices=TeamMembership.Role, default=TeamMembership.Role.MEMBER)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    max_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invitation_mail_has_address",
                condition=(Q(kind="mail", max_uses=1) & ~Q(email="")) | Q(kind="link", email=""),
            ),
            models.CheckConstraint(name="invitation_not_overused", condition=Q(uses__lte=models.F("max_uses"))),
            models.CheckConstraint(
                name="invitation_never_makes_owners",
                condition=~Q(role="owner"),
                violation_error_message=_("Owners are named by owners, not invited."),
            ),
        ]

    def __str__(self) -> str:
        return self.email or f"link {self.pk}"


class RateCount(models.Model):
    """How often something was done in a span of time (people/limits/). The key is a hash, so it names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    used = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.used} until {self.ends_at:%Y-%m-%d %H:%M}"


class Session(AbstractBaseSession):
    """A session (people/login/sessions.py). `user` is NULL for visitors. Deleting the row ends it.

    Neither the IP address nor the whole User-Agent is kept.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    # When the person logged in, and when they last used it, to about ten minutes.
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    # Such as "Firefox on Windows".
    browser = models.CharField(max_length=60, blank=True)

    class Meta(AbstractBaseSession.Meta):
        pass

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


class OutboxMail(models.Model):
    """A mail that waits, was sent or was given up (people/mail/outbox.py). After that `message` is emptied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    # When a task for it was last queued.
    queued_at = models.DateTimeField(default=timezone.now)
    # Not to be sent before.
    next_at = models.DateTimeField(default=timezone.now)
    # Until then it belongs to one worker.
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # The type of the last attempt's error. Its message may quote the address or the text, and is not kept.
    error = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], name="outbox_waiting", condition=Q(sent_at__isnull=True, given_up_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"


def visitors() -> Organisation:
    """The visitors' space. A migration makes it; in a test database that was flushed, it is made again here."""
    return Organisation.objects.get_or_create(
        pk=VISITORS_ID, defaults={"kind": Organisation.Kind.VISITORS, "name": "Visitors"}
    )[0]
