"""What the search looks through: an entry for each text of the ladder, with the page that shows it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ladder.document.format import Competency, LadderDocument, Level
from people.markup import plain_of

# Kind of an entry → its rank: of equally good hits, the higher rank comes first.
RANKS = {
    "competency": 9,
    "level": 8,
    "track": 7,
    "specialisation": 6,
    "way-in": 5,
    "way-across": 5,
    "beyond": 5,
    "title": 4,
    "question": 4,
    "scheme": 3,
    "milestone": 3,
    "scale": 2,
    "page": 2,
    "step": 1,
    "action": 0,
}


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One thing to find. `view` and `slug` are its page, `fragment` its place there; `under` is what it belongs to."""

    kind: str
    title: str
    text: str
    view: str
    slug: str = ""
    fragment: str = ""
    names: tuple[str, ...] = ()
    under: str = ""
    step: int = 0
    # What the page is asked for with `?q=`, if it is the page for titles.
    query: str = ""

    @property
    def rank(self) -> int:
        return RANKS[self.kind]

    @property
    def address(self) -> str:
        """Where it is below /ladder/, as the ladder's own texts name it."""
        return (
            PAGES[self.view][0]
            + (f"{self.slug}/" if self.slug else "")
            + (f"#{self.fragment}" if self.fragment else "")
        )


# View → its address below /ladder/, and what the page is about.
PAGES = {
    "show_ladder": ("", "The career map"),
    "show_level": ("levels/", ""),
    "show_competency": ("competencies/", ""),
    "list_competencies": ("competencies/", "All competencies"),
    "compare_tracks": ("tracks/", "The tracks"),
    "list_specialisations": ("specialisations/", "Specialisations"),
    "list_paths": ("paths/", "Ways in and out"),
    "list_questions": ("questions/", "Questions people ask"),
    "find_title": ("titles/", "Titles"),
}


def entries_of(ladder: LadderDocument) -> Iterator[IndexEntry]:
    """Every text of the ladder, without its markup."""
    for entries in (_competencies, _levels, _tracks, _paths, _rest):
        for entry in entries(ladder):
            yield replace(entry, text=plain_of(entry.text))


def by_address(ladder: LadderDocument) -> dict[str, IndexEntry]:
    """What the addresses below /ladder/ lead to, pages among them."""
    pages = (IndexEntry("page", title, "", view) for view, (_address, title) in PAGES.items() if title)
    found: dict[str, IndexEntry] = {}
    for entry in (*entries_of(ladder), *pages):
        if not entry.query:
            found.setdefault(entry.address, entry)
    return found


def _competencies(ladder: LadderDocument) -> Iterator[IndexEntry]:
    areas = {area.slug: area.name for area in ladder.areas}
    names = {item.slug: item.name for item in ladder.competencies}
    for item in ladder.competencies:
        yield IndexEntry(
            kind="competency",
            title=item.name,
            text=item.summary,
            view="show_competency",
            slug=item.slug,
            names=(item.name, *_slugs(item), *item.terms),
            under=areas[item.area],
        )
        for step in item.described:
            said = " ".join(dict.fromkeys(filter(None, (item.short[step - 1], item.full[step - 1]))))
            yield IndexEntry(
                "step", item.name, said, "show_competency", item.slug, f"step-{step}", under=item.name, step=step
            )
    for action in ladder.actions:
        name = names[action.competency]
        fragment = f"towards-{action.to_step}"
        yield IndexEntry(
            "action", name, action.text, "show_competency", action.competency, fragment, under=name, step=action.to_step
        )
    for scale in ladder.scale:
        text = ", ".join(filter(None, (scale.scope, scale.independence, scale.effect)))
        yield IndexEntry("scale", scale.name, text, "list_competencies", "", "scale", (scale.name,), step=scale.step)


def _slugs(item: Competency | Level) -> list[str]:
    """Its slug as words, and those that it had before."""
    return [slug.replace("-", " ") for slug in (item.slug, *item.was)]


def _levels(ladder: LadderDocument) -> Iterator[IndexEntry]:
    tracks = {track.slug: track.title for track in ladder.tracks}
    for level in ladder.levels:
        said = (
            level.sentence,
            level.changes,
            *level.responsibilities,
            *level.success,
            f"{level.scope}.",
            level.note or "",
        )
        yield IndexEntry(
            kind="level",
            title=level.title,
            text=" ".join(filter(None, said)),
            view="show_level",
            slug=level.slug,
            names=(level.title, level.short_title, *level.aliases, *_slugs(level)[1:]),
            under=tracks[level.track],
        )
    titles = {level.slug: level.title for level in ladder.levels}
    # Milestones are shown on the page of the level before the one they lead to.
    before = {link.target: link.source for link in reversed(ladder.links) if link.kind == "promotion"}
    for milestone in ladder.milestones:
        target = milestone.levels[0]
        page = before.get(target, target)
        yield IndexEntry(
            "milestone", titles[target], milestone.text, "show_level", page, "milestones", under=titles[page]
        )
    for scheme in ladder.schemes:
        rungs = "; ".join(f"{rung.title}. {rung.note or ''}" for rung in scheme.rungs)
        names = (scheme.title, *(rung.title for rung in scheme.rungs))
        yield IndexEntry("scheme", scheme.title, f"{scheme.summary} {rungs}", "show_ladder", "", "schemes", names)


def _tracks(ladder: LadderDocument) -> Iterator[IndexEntry]:
    for track in ladder.tracks:
        if track.title and not track.trunk:
            aspects = (f"{item.aspect}: {item.by_track.get(track.slug, '')}" for item in ladder.track_aspects)
            yield IndexEntry(
                kind="track",
                title=track.title,
                text=" ".join((track.summary, *aspects)),
                view="compare_tracks",
                names=(track.title, f"{track.title} track", track.slug.replace("-", " ")),
            )


def _paths(ladder: LadderDocument) -> Iterator[IndexEntry]:
    for way in ladder.ways_in:
        text = " ".join((way.summary, *way.steps, *(carry.text for carry in way.carries)))
        yield IndexEntry("way-in", way.title, text, "list_paths", "", f"in-{way.slug}", (way.title, *way.roles))
    for across in ladder.ways_across:
        yield IndexEntry(
            "way-across", across.title, across.text, "list_paths", "", f"across-{across.slug}", (across.title,)
        )
    for beyond in ladder.beyond:
        yield IndexEntry(
            "beyond", beyond.title, beyond.text, "list_paths", "", f"beyond-{beyond.slug}", (beyond.title,)
        )


def _rest(ladder: LadderDocument) -> Iterator[IndexEntry]:
    for item in ladder.specialisations:
        names = (
            item.title,
            *(f"{word} {name}" for word in item.title_words for name in _names(ladder)),
        )
        yield IndexEntry("specialisation", item.title, item.summary, "list_specialisations", "", item.slug, names)
    for question in ladder.questions:
        yield IndexEntry(
            "question", question.question, question.answer, "list_questions", "", question.slug, (question.question,)
        )
    for ambiguous in ladder.ambiguous_titles:
        text = " ".join(candidate.why for candidate in ambiguous.candidates)
        yield IndexEntry(
            "title", ambiguous.titles[0], text, "find_title", names=ambiguous.titles, query=ambiguous.titles[0]
        )
    for other in ladder.other_professions:
        yield IndexEntry(
            "title", other.titles[0], other.explanation, "find_title", names=other.titles, query=other.titles[0]
        )


def _names(ladder: LadderDocument) -> list[str]:
    """What those in the job are called, at length and in short."""
    if ladder.people is None:
        return []
    short = [short for short, spelled in ladder.title_words.spellings.items() if spelled == ladder.people.one]
    return [ladder.people.one, *short]
