"""Who may do what: one table for query sets, views, buttons and the permission test.

A row says: a person in this role may do this to a thing in this state. What no row allows is refused. A role is what
somebody is to that thing at the time of the request; stored in the session, it would outlive their leaving. Owners and
admins have no row that reads answers: they see who has completed what, and counts over a group in a closed round.
"""

from collections.abc import Iterable
from enum import StrEnum
from itertools import product


class Role(StrEnum):
    """What somebody is to an assessment, a copy, a review, a team or an organisation."""

    AUTHOR = "author"
    """Logged in, and the answers are theirs."""
    VISITOR = "visitor"
    """Not logged in, and the answers were given in this session and belong to no account yet."""
    RECIPIENT = "recipient"
    """Whom a copy names: a person, or a manager of that moment, or one whose question got a yes, while they manage the
    team without a break. `assessments/models/sharing.py` says who that is."""
    SUBJECT = "subject"
    """The member whom a review is about, while they are in its organisation."""
    REVIEWER = "reviewer"
    """The manager whose review it is, while they manage the team as they have since it began, closed or not."""
    TEAM_MANAGER = "team manager"
    TEAM_MEMBER = "team member"
    OWNER = "owner"
    ADMIN = "admin"
    ORGANISATION_MEMBER = "organisation member"
    STAFF = "staff"
    """Of the operator's staff, in a session where the second factor was used. This alone gives access to no answers."""
    SUPPORT = "support"
    """Staff who have given a reason for opening this report, for an hour; its author can see it."""


class Action(StrEnum):
    # The audit log stores the names, which must not change, and people read the values there.
    # An assessment
    ANSWER = "answer"
    SUBMIT = "submit"
    READ_REPORT = "read the report"
    CORRECT = "correct an answer, and take that back"
    WRITE_NOTE = "name the report and write beside it"
    MARK_MILESTONES = "mark milestones"
    DELETE = "delete"
    SHARE = "share"
    OPEN_FOR_SUPPORT = "open it for support, for a reason that its author gets to know"
    # A copy given to others
    READ_COPY = "read the copy"
    WITHDRAW = "withdraw the copy"
    ANSWER_QUESTION = "answer a question to read the copy"
    # A review
    CHOOSE = "choose to rate first or to read now"
    RATE = "rate"
    READ_TOGETHER = "read both side by side"
    EDIT_AGENDA = "edit the agenda"
    SIGN = "sign off"
    # A team
    SEE_TEAM = "see who is in the team"
    READ_MATRIX = "read the matrix"
    ASK_TO_READ = "ask an author for a copy given before their time"
    START_REVIEW = "start a review"
    INVITE = "invite"
    OFFER_COACHING = "offer to coach, and take it back"
    LEAVE_TEAM = "leave the team"
    CHANGE_TEAM = "change the team and who is in it"
    # An organisation
    SEE_ORGANISATION = "see the organisation"
    READ_COMPLETION = "see who has completed what"
    READ_FIGURES = "read the figures over people"
    MANAGE_PEOPLE = "change members and roles"
    NAME_OWNERS = "make and unmake owners"
    CHANGE_ORGANISATION = "change settings"
    READ_LOG = "read the audit log"
    REMOVE_ORGANISATION = "remove the organisation"
    MANAGE_ROUNDS = "open and close rounds"
    TAKE_PART = "begin a round’s own self-assessment"
    LEAVE = "leave"


class State(StrEnum):
    # An assessment
    DRAFT = "draft"
    SUBMITTED = "submitted"
    # A copy, for one reader: not opened by them yet, or open to them
    WAITING = "waiting"
    OPEN = "open"
    # A review
    BLIND = "blind"
    """One side or both are missing: neither sees the other's."""
    REVEALED = "revealed"
    SIGNED = "signed"
    # A team, an organisation or a round
    ACTIVE = "active"
    CLOSED = "closed"


def _rows(roles: Iterable[Role], actions: Iterable[Action], states: Iterable[State]) -> set[tuple[Role, Action, State]]:
    return set(product(roles, actions, states))


_OWN = (Role.AUTHOR, Role.VISITOR)
_PAIR = (Role.SUBJECT, Role.REVIEWER)
_LEADS = (Role.OWNER, Role.ADMIN)

TABLE: frozenset[tuple[Role, Action, State]] = frozenset(
    # Answers belong to the person who gave them.
    _rows(_OWN, (Action.ANSWER, Action.SUBMIT, Action.DELETE), (State.DRAFT,))
    | _rows(_OWN, (Action.READ_REPORT, Action.CORRECT, Action.MARK_MILESTONES, Action.DELETE), (State.SUBMITTED,))
    | _rows((Role.AUTHOR,), (Action.SHARE, Action.WRITE_NOTE), (State.SUBMITTED,))
    # The only way for staff to read what somebody said.
    | _rows((Role.STAFF,), (Action.OPEN_FOR_SUPPORT,), (State.SUBMITTED,))
    | _rows((Role.SUPPORT,), (Action.READ_REPORT,), (State.SUBMITTED,))
    # A copy opens to a manager whom it names when they chose to read it, or when their own review is in. Managing the
    # team opens nothing: whoever appoints managers could read everything.
    | _rows((Role.AUTHOR,), (Action.WITHDRAW, Action.READ_COPY, Action.ANSWER_QUESTION), (State.WAITING, State.OPEN))
    | _rows((Role.RECIPIENT,), (Action.READ_COPY,), (State.OPEN,))
    # A review is the manager's alone until both sides are there; then it is both's.
    | _rows((Role.REVIEWER,), (Action.CHOOSE, Action.RATE), (State.BLIND,))
    | _rows(_PAIR, (Action.READ_TOGETHER,), (State.REVEALED, State.SIGNED))
    | _rows(_PAIR, (Action.EDIT_AGENDA, Action.SIGN), (State.REVEALED,))
    # A team
    | _rows((Role.TEAM_MANAGER, Role.TEAM_MEMBER, *_LEADS), (Action.SEE_TEAM,), (State.ACTIVE, State.CLOSED))
    | _rows((Role.TEAM_MANAGER,), (Action.READ_MATRIX, Action.START_REVIEW, Action.ASK_TO_READ), (State.ACTIVE,))
    | _rows((Role.TEAM_MEMBER,), (Action.OFFER_COACHING,), (State.ACTIVE,))
    | _rows((Role.TEAM_MANAGER, Role.TEAM_MEMBER), (Action.LEAVE_TEAM,), (State.ACTIVE,))
    | _rows((Role.TEAM_MANAGER, *_LEADS), (Action.INVITE,), (State.ACTIVE,))
    | _rows(_LEADS, (Action.CHANGE_TEAM,), (State.ACTIVE, State.CLOSED))
    # An organisation
    | _rows((Role.ORGANISATION_MEMBER, *_LEADS), (Action.SEE_ORGANISATION, Action.LEAVE), (State.ACTIVE,))
    | _rows(
        _LEADS, (Action.READ_COMPLETION, Action.MANAGE_PEOPLE, Action.MANAGE_ROUNDS, Action.INVITE), (State.ACTIVE,)
    )
    # A round. Its figures are made once, as it closes, without the people whom this row lets read them.
    | _rows((Role.ORGANISATION_MEMBER, *_LEADS), (Action.TAKE_PART,), (State.ACTIVE,))
    | _rows(_LEADS, (Action.READ_FIGURES,), (State.CLOSED,))
    | _rows(
        (Role.OWNER,),
        (Action.CHANGE_ORGANISATION, Action.NAME_OWNERS, Action.READ_LOG, Action.REMOVE_ORGANISATION),
        (State.ACTIVE,),
    )
)


def allowed(roles: Role | Iterable[Role], action: Action, state: str) -> bool:
    """Whether any of the roles may do this to a thing in this state."""
    return any((role, action, state) in TABLE for role in ([roles] if isinstance(roles, Role) else roles))
