"""Ladders say nothing about people."""

from people.erasure.rules import Fate, Rule, Sensitivity, register

RULES = (
    Rule(
        model="ladder.Framework",
        level=Sensitivity.INTERNAL,
        fate=Fate.KEPT,
        why="not personal",
        plain=("slug", "title", "status", "document", "checksum"),
    ),
    Rule(model="ladder.Track", level=Sensitivity.INTERNAL, fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(model="ladder.Level", level=Sensitivity.INTERNAL, fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(
        model="ladder.Competency",
        level=Sensitivity.INTERNAL,
        fate=Fate.KEPT,
        why="not personal",
        plain=("slug", "name", "area"),
    ),
    Rule(
        model="ladder.OrganisationLadder",
        level=Sensitivity.INTERNAL,
        fate=Fate.KEPT,
        why="the organisation's",
        plain=("scheme",),
    ),
)

register(RULES)
