"""Warnings about a valid ladder: promotions that ask for less, levels that can't be told apart, wording. Pure."""

from collections import Counter
from collections.abc import Iterator

from ladder.document.format import LadderDocument
from ladder.document.wording import action_problems, anchor_problems, tone_problems, too_alike

type Found = tuple[tuple[str | int, ...], str]

ACTIONS_PER_STEP = 2


def warnings(ladder: LadderDocument) -> Iterator[Found]:
    """Yield (place, message) for each thing worth a second look; the ladder loads all the same."""
    yield from _edges(ladder)
    yield from _must_haves(ladder)
    yield from _anchors(ladder)
    yield from _actions(ladder)
    yield from _tone(ladder.document(), ())


def _edges(ladder: LadderDocument) -> Iterator[Found]:
    for n, link in enumerate(ladder.links):
        if link.kind != "promotion":
            continue
        lower, upper = ladder.expectations[link.source], ladder.expectations[link.target]
        for slug, cell in lower.items():
            if upper[slug].step < cell.step:
                change = f"from {cell.step} at {link.source} to {upper[slug].step} at {link.target}"
                yield ("links", n), f"the expected step of {slug} falls {change}"
        if all(upper[slug] == cell for slug, cell in lower.items()):
            yield ("links", n), f"{link.target} asks exactly what {link.source} asks, so no answers tell them apart"
        elif all(upper[slug].step == cell.step for slug, cell in lower.items()):
            yield ("links", n), f"{link.target} asks for no higher step than {link.source}"


def _must_haves(ladder: LadderDocument) -> Iterator[Found]:
    for level in ladder.levels:
        if not any(cell.weight == 3 for cell in ladder.expectations[level.slug].values()):
            yield ("expectations", level.slug), "has no must-have: surplus elsewhere can't be told from readiness"


def _anchors(ladder: LadderDocument) -> Iterator[Found]:
    for n, competency in enumerate(ladder.competencies):
        for step, anchor in enumerate(competency.anchors):
            for problem in anchor_problems(anchor):
                yield ("competencies", n, "anchors", step), f"the anchor of step {step + 1} {problem}"
        for low, high in too_alike(competency.anchors):
            yield ("competencies", n, "anchors"), f"the anchors of steps {low} and {high} say nearly the same"


def _actions(ladder: LadderDocument) -> Iterator[Found]:
    counts = Counter((action.competency, action.to_step) for action in ladder.actions)
    for n, competency in enumerate(ladder.competencies):
        for step in range(2, 6):
            found = counts[competency.slug, step]
            if found < ACTIONS_PER_STEP:
                said = f"has {found} actions towards step {step}, expected {ACTIONS_PER_STEP} or more"
                yield ("competencies", n), said
    for n, action in enumerate(ladder.actions):
        for problem in action_problems(action.text):
            yield ("actions", n, "text"), problem


def _tone(value: object, where: tuple[str | int, ...]) -> Iterator[Found]:
    """Every other text of the document; anchors and actions have rules of their own, which include these."""
    if where[:1] == ("actions",) or where[2:3] == ("anchors",):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _tone(item, (*where, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _tone(item, (*where, n))
    elif isinstance(value, str):
        for problem in tone_problems(value):
            yield where, problem
