"""Who may read the copies that exist.

The person it names; and of those who manage its team now, who opened it already, or whom the log (before it began, the
membership) shows to have managed the team when it was shared. For each other manager its author is asked once. Goes on
where it stopped: a copy that has a reader or a question is done.
"""

from django.db import migrations, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

AT_ONCE = 1000


def fill_in(apps, schema_editor):
    share, reader, question = (apps.get_model("assessments", name) for name in ("Share", "CopyReader", "CopyQuestion"))
    mine = {"copy": OuterRef("pk")}
    todo = share.objects.exclude(Exists(reader.objects.filter(**mine))).exclude(Exists(question.objects.filter(**mine)))
    last = None
    while True:
        rest = todo.filter(pk__gt=last) if last else todo
        copies = list(
            rest.order_by("pk").only(
                "organisation_id", "team_id", "recipient_id", "author_id", "shared_at", "source_id"
            )[:AT_ONCE]
        )
        if not copies:
            return
        last = copies[-1].pk
        with transaction.atomic():
            readers, questions = _of(apps, copies)
            reader.objects.bulk_create((reader(**row) for row in readers), ignore_conflicts=True)
            question.objects.bulk_create((question(**row) for row in questions), ignore_conflicts=True)


def _of(apps, copies):
    managers, appointed = _managers(apps, {copy.team_id for copy in copies if copy.team_id})
    opened, met = _read(apps, copies)
    readers, questions = [], []
    for copy in copies:
        row = {"organisation_id": copy.organisation_id, "copy_id": copy.pk}
        if copy.recipient_id:
            named = {"reader_id": copy.recipient_id, "why": "named", "given_at": copy.shared_at}
            readers.append(row | named | {"open_since": copy.shared_at})
        for user, joined_at in managers.get(copy.team_id, {}).items():
            if user == copy.author_id:
                continue
            since = appointed.get((copy.team_id, user), joined_at)
            if since <= copy.shared_at or (copy.organisation_id, copy.source_id, user) in opened:
                given = {"reader_id": user, "why": "manager", "given_at": max(copy.shared_at, joined_at)}
                readers.append(row | given | {"open_since": met.get((copy.pk, user))})
            else:
                asked = {"author_id": copy.author_id, "asker_id": user, "asked_at": timezone.now()}
                questions.append(row | asked)
    return readers, questions


def _managers(apps, teams):
    """By team, who manages it now and is in its organisation, and since when; and when the log says they began."""
    membership, event = apps.get_model("people", "Membership"), apps.get_model("people", "AuditEvent")
    here = membership.objects.filter(organisation=OuterRef("organisation"), user=OuterRef("user"), left_at__isnull=True)
    rows = apps.get_model("people", "TeamMembership").objects.filter(
        Exists(here), team__in=teams, role="manager", left_at__isnull=True
    )
    managers = {}
    for row in rows:
        managers.setdefault(row.team_id, {})[row.user_id] = row.joined_at
    logged = event.objects.filter(
        verb__in=["team_joined", "team_role_changed"], detail="manager", outcome="done", thing__in=teams
    )
    return managers, {(row.thing, row.person): row.at for row in logged.order_by("at")}


def _read(apps, copies):
    """Who opened which report in an organisation, or sees it in the matrix; and since when reviews open copies."""
    opening, review = apps.get_model("assessments", "Opening"), apps.get_model("assessments", "Review")
    sources = [copy.source_id for copy in copies]
    opened = opening.objects.filter(source__in=sources, reader__isnull=False)
    met = {}
    opens = Q(choice="read_now") | Q(revealed_at__isnull=False)
    for row in review.objects.filter(opens, share__in=[copy.pk for copy in copies]).order_by("opened_at"):
        met.setdefault((row.share_id, row.manager_id), row.revealed_at or row.opened_at)
    return set(opened.values_list("organisation", "source", "reader")), met


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("assessments", "0011_copy_readers"), ("people", "0010_rate_counts")]
    operations = [migrations.RunPython(fill_in, migrations.RunPython.noop, atomic=False)]
