"""Ladders say nothing about people."""

from people.retention import Fate, Rule, register

RULES = (
    Rule(
        model="ladder.Framework",
        fate=Fate.KEPT,
        why="not personal",
        plain=("slug", "title", "status", "document", "checksum"),
    ),
    Rule(model="ladder.Track", fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(model="ladder.Level", fate=Fate.KEPT, why="not personal", plain=("slug", "title")),
    Rule(model="ladder.Competency", fate=Fate.KEPT, why="not personal", plain=("slug", "name", "area")),
    Rule(model="ladder.OrganisationLadder", fate=Fate.KEPT, why="the organisation's", plain=("scheme",)),
)

register(RULES)
