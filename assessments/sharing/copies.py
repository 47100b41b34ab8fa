"""Giving a copy of a submitted self-assessment, and taking it back."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, CopyQuestion, CopyReader, Outcome, Review, Share
from assessments.sharing.mail import tell_asker, tell_author
from assessments.signals import copy_given
from people.audit.log import Entry, Kind, Verb, record, record_all
from people.database.transactions import transactional
from people.models import Membership, Team, TeamMembership, User
from people.organisations.lock import lock_organisation
from people.texts import isolated


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """A team that somebody is in, with its managers other than themselves."""

    team: Team
    managers: tuple[User, ...]

    @property
    def names(self) -> str:
        return ", ".join(isolated(manager.display_name) for manager in self.managers)


class SharingError(Exception):
    """The copy can't be given; the message is a sentence for the person."""


@transactional
def share_with_team(
    assessment: Assessment, team: Team, *, with_notes: bool, readers: Collection[uuid.UUID] | None = None
) -> Share:
    """Give the managers of a team a copy. Giving it twice gives it once, with the notes as said last.

    `readers` are those whom the author was shown: one who was appointed meanwhile must not read what was not given to
    them. Without it, all who manage the team at this moment; and nobody else, when the copy was given before.
    Raises SharingError when the author is not a member of the team (any more).
    """
    author = assessment.rater
    # Without the lock, somebody who leaves at the same time would leave this copy behind.
    lock_organisation(team.organisation_id)
    if author is None or not _is_member(author, team):
        raise SharingError(_("Only members of a team share with its managers."))
    share, is_new = _give(assessment, author, team.organisation_id, with_notes, team=team)
    managers = {manager.pk for manager in managers_of([team], author)[team.pk]}
    given = managers if readers is None and is_new else managers & set(readers or ())
    _name_readers(share, given, CopyReader.Why.MANAGER)
    copy_given.send(sender=Share, share=share)
    record(share.organisation_id, Verb.COPY_GIVEN, share, kind=Kind.COPY, person=share.author_id)
    return share


@transactional
def share_with_person(
    assessment: Assessment, recipient: User, organisation_id: uuid.UUID, *, with_notes: bool
) -> Share:
    """Give a named person of the same organisation a copy."""
    author = assessment.rater
    both = Membership.objects.of(organisation_id).filter(user__in=[author, recipient])
    lock_organisation(organisation_id)
    if author is None or author == recipient or both.count() != 2:
        raise SharingError(_("Choose somebody of your organisation."))
    share, _is_new = _give(assessment, author, organisation_id, with_notes, recipient=recipient)
    _name_readers(share, [recipient.pk], CopyReader.Why.NAMED)
    record(share.organisation_id, Verb.COPY_GIVEN, share, kind=Kind.COPY, person=share.author_id)
    return share


def share_corrected(assessment: Assessment, copy: Share) -> Share:
    """Give the corrected report to those whom an older copy of it names, with or without notes as that one.

    Raises SharingError where the author is no longer a member there.
    """
    notes = bool(copy.notes)
    if copy.team:
        readers = CopyReader.objects.standing().filter(organisation=copy.organisation_id, copy=copy)
        given = set(readers.values_list("reader", flat=True))
        return share_with_team(assessment, copy.team, with_notes=notes, readers=given)
    assert copy.recipient is not None  # noqa: S101  - a copy is for a team or for a person
    return share_with_person(assessment, copy.recipient, copy.organisation_id, with_notes=notes)


@transactional
def put_question(share: Share, asker: User) -> None:
    """Ask the author, once, to read a copy that was given before one's time. Raises SharingError."""
    lock_organisation(share.organisation_id)
    question, is_new = CopyQuestion.objects.get_or_create(
        organisation_id=share.organisation_id,
        copy=share,
        asker=asker,
        defaults={"author_id": share.author_id, "asked_by": asker},
    )
    if is_new:
        tell_author(question)
        record(share.organisation_id, Verb.READING_ASKED, share, kind=Kind.COPY, person=share.author_id)


@transactional
def settle_question(question: CopyQuestion, answer: str) -> bool:
    """Say yes or no; a no can become a yes later, and a yes ends by taking the copy back.

    Returns whether it names them now: nobody who manages the team no more.
    """
    lock_organisation(question.organisation_id)
    locked = CopyQuestion.objects.select_for_update().filter(pk=question.pk, organisation=question.organisation_id)
    said = locked.exclude(answer=CopyQuestion.Answer.YES).first()
    if said is None:
        return CopyReader.objects.of(question.copy, question.asker_id).exists()
    locked.update(answer=answer, answered_at=timezone.now())
    share = question.copy
    if answer == CopyQuestion.Answer.YES and share.team:
        managers = {manager.pk for manager in managers_of([share.team], question.author)[share.team.pk]}
        _name_readers(share, managers & {question.asker_id}, CopyReader.Why.ASKED)
        copy_given.send(sender=Share, share=share)
    can_read = CopyReader.objects.of(share, question.asker_id).exists()
    if can_read:
        question.answer = answer
        tell_asker(question)
    record(share.organisation_id, Verb.READING_ANSWERED, share, kind=Kind.COPY, person=question.asker_id, detail=answer)
    return can_read


def with_readers(copies: QuerySet[Share]) -> QuerySet[Share]:
    """Copies with those whom they still name, as `read_by`. One statement more."""
    readers = CopyReader.objects.standing().select_related("reader").order_by("reader__name", "reader__email")
    return copies.prefetch_related(Prefetch("readers", readers, to_attr="read_by"))


def withdraw(share: Share) -> None:
    """Delete the copy: from the next request on nobody reads it. What a manager wrote on their own stays theirs."""
    _delete(Share.objects.filter(pk=share.pk), share.organisation_id)


@transactional
def erase_with_copies(assessment: Assessment) -> None:
    """Delete a report with its corrections; its copies first, each organisation locked: a review there could be about
    to meet one."""
    copies = Share.objects.of_report(assessment)
    for organisation_id in copies.order_by("organisation").values_list("organisation", flat=True).distinct():
        _delete(copies.filter(organisation=organisation_id), organisation_id)
    Assessment.objects.get(pk=assessment.report_id, organisation=assessment.organisation_id).erase()


def withdraw_from_team(user: User, team: Team) -> None:
    """What leaving a team does to the copies given to its managers."""
    _delete(Share.objects.of(team).filter(author=user), team.organisation_id)


def withdraw_all_from_team(team: Team) -> None:
    """What closing a team does to them: all of its members' copies go."""
    _delete(Share.objects.of(team), team.organisation_id)


def withdraw_from_organisation(user: User, organisation_id: uuid.UUID) -> None:
    """What leaving an organisation does: copies given in it, and copies received in it, go."""
    given_or_received = Q(author=user) | Q(recipient=user)
    _delete(Share.objects.filter(given_or_received, organisation=organisation_id), organisation_id)


def end_reading(user: User, teams: Collection[uuid.UUID] | QuerySet[Any], organisation_id: uuid.UUID) -> None:
    """What ends with somebody's time as a manager of these teams: they read no copies given there. Appointed again,
    they ask; a no stays one."""
    rows = {"organisation": organisation_id, "copy__team__in": teams}
    CopyReader.objects.filter(**rows, reader=user).delete()
    CopyQuestion.objects.filter(**rows, asker=user).exclude(answer=CopyQuestion.Answer.NO).delete()


@transactional
def _delete(shares: QuerySet[Share], organisation_id: uuid.UUID) -> None:
    lock_organisation(organisation_id)
    going = list(shares.values_list("pk", "author_id"))
    Review.objects.filter(share__in=shares, revealed_at__isnull=False).update(withdrawn_at=timezone.now())
    shares.delete()
    record_all(organisation_id, [Entry(Verb.COPY_WITHDRAWN, Kind.COPY, pk, person=author) for pk, author in going])


def teams_of(user: User) -> list[OwnTeam]:
    """The active teams that a person is in, as they are now. Two statements; one for somebody in none."""
    current = _current().filter(user=user, team__closed_at__isnull=True).select_related("team")
    teams = sorted((row.team for row in current), key=lambda team: team.folded)
    managers = managers_of(teams, user)
    return [OwnTeam(team, tuple(managers[team.pk])) for team in teams]


def managers_of(teams: Sequence[Team], author: User) -> dict[uuid.UUID, list[User]]:
    """By team, who manages it now, without the author. One statement; none without a team."""
    managers: dict[uuid.UUID, list[User]] = {team.pk: [] for team in teams}
    if teams:
        rows = _current().filter(team__in=teams, role=TeamMembership.Role.MANAGER).exclude(user=author)
        for row in rows.select_related("user"):
            managers[row.team_id].append(row.user)
    return managers


def _current() -> QuerySet[TeamMembership]:
    """Who is in a team now, and in its organisation."""
    memberships = Membership.objects.of(OuterRef("organisation")).filter(user=OuterRef("user"))
    return TeamMembership.objects.current().filter(Exists(memberships))


def _is_member(user: User, team: Team) -> bool:
    return (
        Membership.objects.of(team.organisation_id).filter(user=user).exists()
        and TeamMembership.objects.of(team).filter(user=user, team__closed_at__isnull=True).exists()
    )


def _name_readers(share: Share, people: Collection[uuid.UUID], why: CopyReader.Why) -> None:
    """Name these people in the copy, and drop those who no longer count. A person can read at once, a manager once
    their review opens the copy."""
    now = timezone.now()
    rows = CopyReader.objects.filter(organisation=share.organisation_id, copy=share)
    rows.exclude(pk__in=rows.standing()).delete()
    CopyReader.objects.bulk_create(
        (
            CopyReader(
                organisation_id=share.organisation_id,
                copy=share,
                reader_id=person,
                why=why,
                given_at=now,
                open_since=now if why == CopyReader.Why.NAMED else None,
            )
            for person in sorted(people)
        ),
        ignore_conflicts=True,
    )


def _give_way(corrected: Assessment, **given: Any) -> None:
    """Let a copy from before a correction become the corrected one's, unless two people have met in it."""
    older = Share.objects.from_before(corrected).filter(**given).order_by("-shared_at").first()
    if older and not Share.objects.filter(source=corrected, **given).exists():
        Share.objects.filter(pk=older.pk).update(source=corrected)


def _give(
    assessment: Assessment, author: User, organisation_id: uuid.UUID, with_notes: bool, **to: Any
) -> tuple[Share, bool]:
    """Write the copy into the organisation of those it is for; an older copy of the same report is written over, also
    one from before a correction, unless a review was revealed with it.

    With the copy, whether it is new.
    """
    outcome = Outcome.objects.get(assessment=assessment)
    slugs = assessment.rubric.competency_slugs
    notes = {slugs[rating.competency_id]: rating.evidence for rating in assessment.ratings.all() if rating.evidence}
    copied = {
        "ladder_version_id": assessment.ladder_version_id,
        "held": assessment.held or "",
        "targets": assessment.targets,
        "specialisation": assessment.specialisation,
        "answers": outcome.answers,
        "notes": notes if with_notes else {},
        "result": outcome.result,
        "track": outcome.track,
        "place_low": outcome.place_low,
        "place_high": outcome.place_high,
        "rule": outcome.rule,
        "is_named": outcome.is_named,
        "submitted_at": assessment.submitted_at,
        "corrected_at": assessment.corrected_at,
        "shared_at": timezone.now(),
    }
    if assessment.corrects_id:
        _give_way(assessment, organisation_id=organisation_id, author=author, **to)
    return Share.objects.update_or_create(
        organisation_id=organisation_id, author=author, source=assessment, **to, defaults=copied
    )
