"""The tables of people, organisations, teams and invitations."""

import uuid
import zoneinfo
from typing import Any, ClassVar, cast

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.addresses import ADDRESS_MAX, canonical
from people.database.columns import AddressColumn, FoldedColumn, LineColumn, NameColumn, folded
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
    # A person's own space may be called by their address.
    name = NameColumn(_("Name"), max_length=254, validators=NO_NULLS)
    folded = FoldedColumn(of="name")
    slug = models.SlugField(max_length=60, null=True)  # noqa: DJ001  - null, so that own spaces don't share one
    # By whose clock the days of its rounds begin and end.
    zone = models.CharField(
        _("Time zone"), max_length=60, default="UTC", db_default="UTC", validators=[validate_time_zone]
    )
    created_at = models.DateTimeField(default=timezone.now)
    # Set in the transaction that deletes the organisation. Without it, a trigger keeps its audit log from going.
    is_erasing = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["folded", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint("slug", name="organisation_slug_unique"),
            models.CheckConstraint(
                name="organisation_company_has_slug",
                condition=Q(kind="company", slug__isnull=False) | ~Q(kind="company"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.spelled(username or ""))

    def spelled(self, address: str) -> str:
        """An address that somebody typed, as the account that it belongs to has it: in its one form, or as it was
        stored before there was one, if another account has that."""
        one, before = canonical(address), address.strip().lower().replace("\0", "").encode(errors="ignore").decode()
        is_older = before != one and len(before) <= ADDRESS_MAX
        return before if is_older and self.filter(email=before).exists() else one

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person with an own space."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who logs in with an e-mail address. `home` is their own space, which is erased with their account and
    bears their name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("E-mail address"), max_length=254, unique=True)
    # NULL for an address whose one form belongs to another account (people/login/one_form.py).
    email_canonical = AddressColumn(null=True, editable=False)
    email_clash = models.BooleanField(default=False, db_default=False, editable=False)
    name = NameColumn(_("Name"), max_length=120, blank=True, validators=NO_NULLS)
    home = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="resident", editable=False)
    job_title = LineColumn(_("Job title"), max_length=120, blank=True, validators=NO_NULLS)
    # Slugs in the default ladder. The ladder app checks them, because `people` must not import it.
    held_level = models.SlugField(_("Level"), max_length=60, blank=True)
    scheme = models.SlugField(_("Names of levels"), max_length=60, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=60, default="UTC", validators=[validate_time_zone])
    # Mails about a round's due date.
    wants_reminders = models.BooleanField(_("Reminders by mail"), default=True)
    # A weekly mail about the plan, only for people who asked for it.
    wants_digest = models.BooleanField(_("My plan by mail, once a week"), default=False)
    # Single letters and digits, inside a question only.
    uses_keys = models.BooleanField(_("Keyboard shortcuts"), default=True, db_default=True)
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
            models.UniqueConstraint(
                fields=["email_canonical"],
                name="user_email_canonical_unique",
                condition=Q(email_canonical__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return str(self.name or self.email)

    @property
    def sort_name(self) -> str:
        """What lists sort and search by."""
        return folded(self.display_name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the address in its one form, and make a new person's own space in the same transaction."""
        one = canonical(self.email)
        # An older spelling stays until `fill_in` has seen whose its one form is.
        if self._state.adding or self.email_canonical is not None:
            self.email = one
        if self.email == one:
            self.email_canonical, self.email_clash = one, False
        changed = set(kwargs.get("update_fields") or ("name", "email"))
        if "email" in changed and kwargs.get("update_fields"):
            kwargs["update_fields"] = changed | {"email_canonical", "email_clash"}
        if not self._state.adding or self.home_id:
            super().save(*args, **kwargs)
            if changed & {"name", "email"}:
                said = {"name": self.display_name, "folded": self.sort_name}
                Membership.objects.filter(user=self).exclude(sort_name=said["folded"]).update(sort_name=said["folded"])
                Organisation.objects.filter(pk=self.home_id).exclude(name=said["name"]).update(**said)
            return
        with transaction.atomic():
            self.home = Organisation.objects.create(kind=Organisation.Kind.PERSONAL, name=self.display_name)
            super().save(*args, **kwargs)


class Team(Tenant):
    """People who work together, inside an organisation; teams nest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="teams")
    parent = OwnKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = NameColumn(_("Name"), max_length=120, validators=NO_NULLS)
    folded = FoldedColumn(of="name")
    # Unique in its organisation only: else the next free one would tell how other organisations call their teams.
    slug = models.SlugField(max_length=80, db_index=False)
    # Of /teams/<old_slug>/, the address before 0.2.0. Nobody gets a new one.
    old_slug = models.SlugField(max_length=80, null=True, db_index=False, editable=False)  # noqa: DJ001  - null: has none
    created_at = models.DateTimeField(default=timezone.now)
    # Teams are closed and not deleted: people could no longer read what they agreed there.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["folded", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="team_not_its_own_parent", condition=~Q(parent=models.F("id"))),
            models.UniqueConstraint("organisation", "slug", name="team_slug_unique_in_organisation"),
            models.UniqueConstraint(fields=["old_slug"], name="team_old_slug_unique"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def slugs(self) -> tuple[str | None, str]:
        """What the team's addresses name: its organisation and itself."""
        return self.organisation.slug, self.slug


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        return self.filter(left_at__isnull=True)

    def of(self, organisation: Organisation | uuid.UUID | models.OuterRef) -> "MembershipQuerySet":
        """Of people who are in the organisation now."""
        return self.filter(organisation=organisation, left_at__isnull=True)

    def called(self, words: str) -> "MembershipQuerySet":
        """Of people whose name holds the words, whatever their case and accents; or who have this address, whole."""
        if "@" in words:
            return self.filter(user__email=User.objects.spelled(words))
        return self.filter(sort_name__contains=folded(words))


def sort_name_in(organisation: str, user: str) -> models.Subquery:
    """What to sort rows by that have keys to an organisation and to somebody who is in it now."""
    here = Membership.objects.of(models.OuterRef(organisation)).filter(user=models.OuterRef(user))
    return models.Subquery(here.values("sort_name")[:1])


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
    # The person's folded name, else their address: User.save keeps it true.
    sort_name = FoldedColumn(of="user.display_name")
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
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "sort_name", "id"], name="membership_by_name", condition=Q(left_at=None)
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
    email_canonical = AddressColumn(of="email", default="", db_default="", editable=False)
    # What whoever invites calls them; their own once they accept and have said no other, and then empty here.
    name = NameColumn(_("Name"), max_length=120, blank=True, default="", db_default="", validators=NO_NULLS)
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    team_role = models.CharField(max_length=10, choices=TeamMembership.Role, default=TeamMembership.Role.MEMBER)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    # When its mail went out, or is to go out.
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
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "email_canonical"], name="invitation_by_address", condition=Q(revoked_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.email or f"link {self.pk}"

    @property
    def leads(self) -> bool:
        """Whether it makes somebody an admin or a manager."""
        return self.role != Membership.Role.MEMBER or self.team_role == TeamMembership.Role.MANAGER

    @property
    def waits(self) -> bool:
        """Whether its mail goes out on a later day (people/mail/budgets.py)."""
        return self.sent_at is not None and self.sent_at > timezone.now()


def visitors() -> Organisation:
    """The visitors' space. A migration makes it; in a test database that was flushed, it is made again here."""
    return Organisation.objects.get_or_create(
        pk=VISITORS_ID, defaults={"kind": Organisation.Kind.VISITORS, "name": "Visitors"}
    )[0]
