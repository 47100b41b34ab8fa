"""Ladders say nothing about people."""

from people.erasure.rules import Fate, Level, Rule, register

RULES = (
    Rule(
        model="ladder.Framework",
        level=Level.INTERNAL,
        fate=Fate.KEPT,
        why="not personal",
        plain=("slug", "title", "status", "document", "checksum"),
    ),
    Rule(model="ladder.Track", level=Level.INTERNAL, fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(model="ladder.Level", level=Level.INTERNAL, fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(
        model="ladder.Competency",
        level=Level.INTERNAL,
        fate=Fate.KEPT,
        why="not personal",
        plain=("slug", "name", "area"),
    ),
    Rule(
        model="ladder.OrganisationLadder",
        level=Level.INTERNAL,
        fate=Fate.KEPT,
        why="the organisation's",
        plain=("scheme",),
    ),
)

register(RULES)
