"""Erasing a person changes no ladder: ladders say nothing about people."""

from people.erasure.rules import INTERNAL, KEPT, Rule, register

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

register(RULES)
