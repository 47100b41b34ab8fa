"""Warnings about a valid ladder: promotions that ask for less, levels that can't be told apart, wording. Pure."""

from collections import Counter
from collections.abc import Iterator

from ladder.document.format import LadderDocument
from ladder.document.kinds import MUST_HAVE
from ladder.document.wording import action_problems, full_problems, short_problems, tone_problems, too_alike, words
from people import markup

type Found = tuple[tuple[str | int, ...], str]

ACTIONS_PER_STEP = 2
QUESTION_WORDS = 9
TITLE_WORDS = range(3, 8)


def warnings(ladder: LadderDocument) -> Iterator[Found]:
    """Yield (place, message) for each thing worth a second look; the ladder loads all the same."""
    yield from _edges(ladder)
    yield from _must_haves(ladder)
    yield from _sentences(ladder)
    yield from _actions(ladder)
    yield from _leads(ladder)
    yield from dead_links(ladder)
    for where, text in _texts(ladder.document(), ()):
        # Sentences and actions have rules of their own, which include these.
        if not (where[:1] == ("actions",) and where[2:] == ("text",)) and where[2:3] not in (("full",), ("short",)):
            yield from ((where, problem) for problem in tone_problems(text))


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
    if not any(cell.weight == MUST_HAVE for row in ladder.expectations.values() for cell in row.values()):
        return
    for level in ladder.levels:
        if not any(cell.weight == MUST_HAVE for cell in ladder.expectations[level.slug].values()):
            yield ("expectations", level.slug), "has no must-have: surplus elsewhere can't be told from readiness"


def _sentences(ladder: LadderDocument) -> Iterator[Found]:
    for n, competency in enumerate(ladder.competencies):
        where = ("competencies", n)
        if not competency.question:
            yield (*where, "question"), "has no question"
        elif len(words(competency.question)) > QUESTION_WORDS:
            yield (
                (*where, "question"),
                f"has {len(words(competency.question))} words, expected {QUESTION_WORDS} or fewer",
            )
        for step, (short, full) in enumerate(zip(competency.short, competency.full, strict=True)):
            for problem in full_problems(full) if full else ():
                yield (*where, "full", step), f"the full sentence of step {step + 1} {problem}"
            for problem in short_problems(short) if short else ():
                yield (*where, "short", step), f"the short sentence of step {step + 1} {problem}"
            if full and not short:
                yield (*where, "short", step), f"step {step + 1} has no short sentence: the quiz shows its first lines"
        for name in ("full", "short"):
            for low, high in too_alike(getattr(competency, name)):
                yield (*where, name), f"the {name} sentences of steps {low} and {high} say nearly the same"


def _actions(ladder: LadderDocument) -> Iterator[Found]:
    counts = Counter((action.competency, action.to_step) for action in ladder.actions)
    for n, competency in enumerate(ladder.competencies):
        for step in competency.described:
            found = counts[competency.slug, step]
            if step > 1 and found < ACTIONS_PER_STEP:
                said = f"has {found} actions towards step {step}, expected {ACTIONS_PER_STEP} or more"
                yield ("competencies", n), said
    for n, action in enumerate(ladder.actions):
        for problem in action_problems(action.text):
            yield ("actions", n, "text"), problem
        if action.title and (found := len(words(action.title))) not in TITLE_WORDS:
            yield ("actions", n, "title"), f"has {found} words, expected {TITLE_WORDS.start} to {TITLE_WORDS.stop - 1}"
    untitled = sum(action.title is None for action in ladder.actions)
    if 0 < untitled < len(ladder.actions):
        yield ("actions",), f"{untitled} of {len(ladder.actions)} have no title"


def addresses(ladder: LadderDocument) -> set[str]:
    """The pages and places below /ladder/ that an answer or the search may lead to."""
    pages = {"", "tracks/", "competencies/", "specialisations/", "paths/", "questions/", "titles/"}
    pages |= {f"levels/{level.slug}/" for level in ladder.levels}
    pages |= {f"competencies/{item.slug}/" for item in ladder.competencies}
    pages |= {f"questions/#{item.slug}" for item in ladder.questions}
    pages |= {f"specialisations/#{item.slug}" for item in ladder.specialisations}
    pages |= {f"paths/#in-{item.slug}" for item in ladder.ways_in}
    pages |= {f"paths/#across-{item.slug}" for item in ladder.ways_across}
    return pages | {f"paths/#beyond-{item.slug}" for item in ladder.beyond}


def _leads(ladder: LadderDocument) -> Iterator[Found]:
    known = addresses(ladder)
    named = [(("questions", n, "see"), item.see) for n, item in enumerate(ladder.questions)]
    named += [(("search", n, "finds"), item.finds) for n, item in enumerate(ladder.search)]
    for where, found in named:
        for address in found:
            if address not in known:
                yield where, f"{address} leads nowhere"


def dead_links(ladder: LadderDocument) -> Iterator[Found]:
    """The links in texts that a page shows as words only, such as a relative one: they may stand on any page."""
    for where, text in _texts(ladder.document(), ()):
        for address in markup.dead_links(text):
            yield where, f"the link to {address} leads nowhere: expected a whole address, such as https://example.org/"


def _texts(value: object, where: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of the document, with its place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*where, key))
