"""Who may do what: one table that query sets, views, buttons and the permission test read.

A row says: a person in this role may do this to an assessment in this state. What no row allows is refused.
"""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is to one assessment."""

    AUTHOR = "author"
    """Signed in, and the answers are theirs."""
    VISITOR = "visitor"
    """Not signed in, and the answers were given in this very session, by nobody who has an account yet."""


class Action(StrEnum):
    ANSWER = "answer"
    SUBMIT = "submit"
    READ_REPORT = "read the report"
    MARK_MILESTONES = "mark milestones"
    DELETE = "delete"


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


TABLE: frozenset[tuple[Role, Action, State]] = frozenset(
    {
        (Role.AUTHOR, Action.ANSWER, State.DRAFT),
        (Role.AUTHOR, Action.SUBMIT, State.DRAFT),
        (Role.AUTHOR, Action.READ_REPORT, State.SUBMITTED),
        (Role.AUTHOR, Action.MARK_MILESTONES, State.SUBMITTED),
        (Role.AUTHOR, Action.DELETE, State.DRAFT),
        (Role.AUTHOR, Action.DELETE, State.SUBMITTED),
        (Role.VISITOR, Action.ANSWER, State.DRAFT),
        (Role.VISITOR, Action.SUBMIT, State.DRAFT),
        (Role.VISITOR, Action.READ_REPORT, State.SUBMITTED),
        (Role.VISITOR, Action.MARK_MILESTONES, State.SUBMITTED),
        (Role.VISITOR, Action.DELETE, State.DRAFT),
        (Role.VISITOR, Action.DELETE, State.SUBMITTED),
    }
)


def allowed(role: Role, action: Action, state: str) -> bool:
    return (role, action, state) in TABLE
