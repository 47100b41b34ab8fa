"""Erasing a person changes no ladder: ladders say nothing about people."""

from ladder.models import Ladder, LadderVersion, OrganisationLadder
from people.erasure.rules import INTERNAL, KEPT, Rule, register
from people.models import Organisation

RULES = (
    Rule("ladder.Ladder", INTERNAL, KEPT, "not personal", plain=("slug", "title")),
    Rule(
        "ladder.LadderVersion",
        INTERNAL,
        KEPT,
        "not personal",
        plain=("slug", "title", "status", "document", "checksum", "meets_at"),
    ),
    Rule("ladder.Track", INTERNAL, KEPT, "not personal", plain=("slug", "title")),
    Rule("ladder.Level", INTERNAL, KEPT, "not personal", plain=("slug", "title")),
    Rule("ladder.Competency", INTERNAL, KEPT, "not personal", plain=("slug", "name", "area")),
    Rule("ladder.OrganisationLadder", INTERNAL, KEPT, "the organisation's", plain=("scheme",)),
)


def empty(organisation: Organisation) -> None:
    """Delete an organisation's own ladders. Left to the cascade, the organisation would go first, and the guard that
    keeps published versions would no longer see that it is being removed."""
    for model in (OrganisationLadder, LadderVersion, Ladder):
        model._default_manager.filter(organisation=organisation).delete()  # noqa: SLF001


register(RULES, organisation_step=empty)
