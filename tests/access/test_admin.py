"""The admin shows accounts and nothing that anybody said; the one way to that is the glass, which is heard breaking."""

import datetime
from unittest.mock import Mock

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from assessments.models import SupportAccess
from assessments.support.access import OPEN_FOR
from config.admin import site
from people.login.sessions import SessionStore
from people.models import Membership, User
from people.policy import TABLE, Action, Role, State
from tests.access.asking import browser
from tests.access.forms import Page
from tests.access.world import World
from tests.people.login.test_reauth import with_code

pytestmark = pytest.mark.django_db
SHOWN = {"people.User", "people.Organisation", "people.Membership", "assessments.SupportAccess"}
# Names of accounts and organisations, and the reasons that staff gave themselves.
FACTS = ("mail", "name", "lantern", "quarry", "reason")
WHY = "Ticket 4711: the radar looks empty to them."


@pytest.fixture
def staff(world: World) -> Client:
    return browser(world, "staff")


def admin_addresses() -> list[str]:
    """Every address of the admin, with each object of the world in it."""
    (resolver,) = [item for item in get_resolver().url_patterns if getattr(item, "namespace", "") == "admin"]
    assert isinstance(resolver, URLResolver)
    found = [reverse(f"admin:{name}") for name in ("index", "login", "logout", "password_change", "jsi18n")]
    for model in site._registry:
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{label}_changelist"), reverse(f"{label}_changelist") + "?q=a", reverse(f"{label}_add")]
        for row in model._default_manager.all():
            found += [reverse(f"{label}_{page}", args=[row.pk]) for page in ("change", "history", "delete")]
    return found


def test_no_page_of_the_admin_tells_what_anybody_said(world: World, staff: Client) -> None:
    assert {model._meta.label for model in site._registry} == SHOWN
    assert "django.contrib.admin" not in settings.INSTALLED_APPS  # which would take in what packages register
    facts = {canary for name, canary in world.canary_of.items() if name.startswith(FACTS)}
    said = [canary for canary in world.canaries if canary not in facts]
    assert len(said) > 50
    seen, waiting = set(), admin_addresses()
    assert len(waiting) > 60
    shown = ""
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 400:
            continue
        seen.add(path)
        response = staff.get(path)
        assert response.status_code in {200, 302, 403, 404}, (path, response.status_code)
        text = response.content.decode()
        assert [canary for canary in said if canary in text] == [], path
        assert "no-store" in response.headers["Cache-Control"], path
        if response.status_code == 200 and "html" in response.headers["Content-Type"]:
            shown += text
            waiting += [link for link in Page(path, text).links if link.startswith("/admin/")]
    # The other half: it does show what it is for.
    assert world.users["member"].email in shown
    assert world.canary_of["lantern"] in shown
    assert world.canary_of["reason"] in shown


def test_its_lists_answer_no_questions_but_their_own(world: World, staff: Client) -> None:
    """Django's would say of any row whether its password's hash, or the key of one of its sessions, begins so."""
    request = RequestFactory().get("/")
    for model, page in site._registry.items():
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        offered = {str(name) for name in page.list_filter}
        fields = model._meta.get_fields(include_hidden=True)
        names = {field.name for field in fields} | {getattr(field, "attname", field.name) for field in fields}
        assert len(names) > 5
        lookups = {f"{name}{rest}" for name in names - offered for rest in ("", "__startswith", "__pk__startswith")}
        lookups |= {f"{name}__startswith" for name in offered} | {"user__password__startswith", "exact", "__exact"}
        assert {lookup for lookup in lookups if page.lookup_allowed(lookup, "a", request)} == set(), path
        # It is this that decides; the first and the last of each page are asked for.
        assert [staff.get(path, {lookup: "a"}).status_code for lookup in (min(lookups), max(lookups))] == [400, 400]
    path = reverse("admin:people_user_changelist")
    for lookup in ("sessions__pk__startswith", "password__startswith", "held_level", "authenticator__type"):
        assert staff.get(path, {"email": world.users["member"].email, lookup: "a"}).status_code == 400, lookup
        assert staff.get(path, {lookup: "a"}).status_code == 400, lookup


def test_its_own_filters_work(world: World, staff: Client) -> None:
    me = reverse("admin:people_user_change", args=[world.users["staff"].pk])
    path = reverse("admin:people_user_changelist")
    assert me in staff.get(path).content.decode()
    assert "?is_staff__exact=1" in staff.get(path).content.decode()
    for value, shown in (("1", True), ("0", False)):
        answer = staff.get(path, {"is_staff__exact": value, "q": world.users["staff"].email})
        assert (answer.status_code, me in answer.content.decode()) == (200, shown)


def test_nothing_is_added_or_deleted_there(world: World, staff: Client) -> None:
    before = {model: model._default_manager.count() for model in site._registry}
    for model in site._registry:
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.all()[0]
        assert staff.post(reverse(f"{label}_add"), {}).status_code == 403
        assert staff.post(reverse(f"{label}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    for name in ("organisation", "membership"):
        row = world.things["lantern" if name == "organisation" else "membership_fellow"]
        answer = staff.post(reverse(f"admin:people_{name}_change", args=[row.pk]), {"name": "New", "role": "New"})
        assert answer.status_code == 403
    assert {model: model._default_manager.count() for model in site._registry} == before
    assert not Membership.objects.filter(role="New").exists()


def test_every_post_there_asks_for_its_token(world: World) -> None:
    client = browser(world, "staff", enforce_csrf_checks=True)
    for path in admin_addresses():
        assert client.post(path, {"is_active": ""}).status_code == 403, path
    assert User.objects.get(pk=world.users["member"].pk).is_active


def test_an_account_is_closed_there_and_its_sessions_with_it(world: World, staff: Client) -> None:
    member = world.users["member"]
    session = SessionStore()
    session["_auth_user_id"] = str(member.pk)
    session.save()
    staff.post(reverse("admin:people_user_change", args=[member.pk]), {"is_active": ""})
    member = User.objects.get(pk=member.pk)
    assert not member.is_active
    assert not member.sessions.exists()
    assert (member.email, member.is_staff) == (world.users["member"].email, False)


def test_staff_change_neither_themselves_nor_those_above(world: World, staff: Client) -> None:
    me, boss = world.users["staff"], world.users["admin"]
    assert staff.post(reverse("admin:people_user_change", args=[me.pk]), {"is_active": ""}).status_code == 403
    User.objects.filter(pk=me.pk).update(is_superuser=False)
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    assert staff.post(reverse("admin:people_user_change", args=[boss.pk]), {"is_active": ""}).status_code == 403
    fellow = world.users["fellow"]
    staff.post(reverse("admin:people_user_change", args=[fellow.pk]), {"is_active": "on", "is_staff": "on"})
    assert not User.objects.get(pk=fellow.pk).is_staff


# Breaking the glass


def test_the_table_gives_support_one_thing() -> None:
    assert {row for row in TABLE if row[0] in {Role.STAFF, Role.SUPPORT}} == {
        (Role.STAFF, Action.OPEN_FOR_SUPPORT, State.SUBMITTED),
        (Role.SUPPORT, Action.READ_REPORT, State.SUBMITTED),
    }


def test_a_reason_opens_one_report_for_an_hour_and_is_told(
    world: World, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, canary = world.users["member"], world.canary_of["private"]
    report = reverse("show_opened_report", args=[world.ids["private"]])
    assert canary not in staff.get(report, follow=True).content.decode()
    mail.outbox = []
    response = staff.post(reverse("open_report", args=[world.ids["private"]]), {"reason": WHY}, follow=True)
    assert response.request["PATH_INFO"] == report
    assert canary in response.content.decode()
    (row,) = SupportAccess.objects.filter(assessment=world.ids["private"])
    assert (row.staff, row.person, row.reason) == (world.users["staff"], member, WHY)
    assert row.ends_at - row.opened_at < OPEN_FOR + datetime.timedelta(seconds=5)
    (message,) = mail.outbox
    assert message.to == [member.email]
    assert WHY in message.body
    assert "Staff" in message.body
    # The person sees it; other reports of theirs stay closed.
    own = browser(world, "member")
    assert WHY in own.get(reverse("list_support_accesses")).content.decode()
    other = reverse("show_opened_report", args=[world.ids["shared"]])
    assert staff.get(other).headers["Location"] == reverse("open_report", args=[world.ids["shared"]])
    # No button of the author's is offered on it.
    assert not [form for form in Page(report, response.content.decode()).forms if form.method == "POST"]
    now = timezone.now() + OPEN_FOR
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert staff.get(report).headers["Location"] == reverse("open_report", args=[world.ids["private"]])


@pytest.mark.parametrize("reason", ["", "   ", "short", "x" * 501, "a reason with \0 in it"])
def test_without_a_reason_it_stays_closed(world: World, staff: Client, reason: str) -> None:
    mail.outbox = []
    count = SupportAccess.objects.count()
    response = staff.post(reverse("open_report", args=[world.ids["private"]]), {"reason": reason})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert (SupportAccess.objects.count(), mail.outbox) == (count, [])


def test_no_silent_way(world: World, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row and the mail come together or not at all; the row is kept for good, and is its writer's alone."""
    count = SupportAccess.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr("assessments.support.access.post", Mock(side_effect=RuntimeError))
        with pytest.raises(RuntimeError):
            staff.post(reverse("open_report", args=[world.ids["private"]]), {"reason": WHY})
    rows = SupportAccess.objects.filter(assessment=world.ids["supported"])
    for change in (lambda: rows.update(reason="Something else"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert (SupportAccess.objects.count(), rows.count()) == (count, 1)
    other = world.users["director"]
    User.objects.filter(pk=other.pk).update(is_staff=True)
    TOTP.activate(other, generate_totp_secret())
    report = reverse("show_opened_report", args=[world.ids["supported"]])
    assert world.canary_of["supported"] in staff.get(report).content.decode()
    assert with_code(User.objects.get(pk=other.pk)).get(report).status_code == 302


def test_it_outlives_the_report(world: World, staff: Client) -> None:
    own = browser(world, "member")
    own.post(reverse("delete_assessment", args=[world.ids["supported"]]))
    assert SupportAccess.objects.filter(assessment=world.ids["supported"]).count() == 1
    assert "a report that you deleted since" in own.get(reverse("list_support_accesses")).content.decode()
    assert staff.get(reverse("show_opened_report", args=[world.ids["supported"]])).status_code == 404
    assert staff.get(reverse("admin:assessments_supportaccess_changelist")).status_code == 200
