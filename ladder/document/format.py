"""The format of a ladder's files: what a career ladder is, as a document. Pure.

`ladder/document/files.py` reads the YAML, `defaults.py` works out what was left out, `references.py` checks that the
parts fit together, and `docs/ladder-format.md` explains the fields to authors. The docstrings of the models are part
of the JSON Schema.
"""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from ladder.document.defaults import FEWEST_STEPS, completed
from ladder.document.format_1 import converted, is_format_1
from ladder.document.kinds import (
    STEPS_MAX,
    ForEachStep,
    Line,
    Named,
    Part,
    Percent,
    Said,
    Slug,
    Step,
    Text,
    first_lines,
)


class Policy(Part):
    """The numbers of the scoring rule. Percentages are whole numbers from 0 to 100.

    Without `meets_at` it follows from the table: high enough that what one level asks never meets the next.
    """

    meets_at: Percent | None = None
    close_at: Percent = 70
    close_max_blockers: Annotated[int, Field(ge=0, le=50)] = 2
    close_max_short: Step = 1


class People(Part):
    """What those who do the work are called: one of them, and many."""

    one: Line
    many: Line


class ScaleStep(Part):
    step: Step
    name: Line
    scope: Named = ""
    independence: Line | None = None
    effect: Line | None = None

    @property
    def label(self) -> str:
        """The number and the name, unless the name has it: "3 Leading", "Step 3"."""
        return self.name if str(self.step) in self.name else f"{self.step} {self.name}"


class Track(Part):
    """A track without a title is the only one, and is called like the ladder."""

    slug: Slug
    title: Named = ""
    summary: Said = ""
    trunk: bool = False


class Growth(Part):
    """A skill to grow next at a level. It maps to one or two competencies; the first counts."""

    title: Line
    competencies: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=2)]
    text: Line


class Notes(Part):
    """What is told to who stands at a level, once on each of these pages."""

    report: Text | None = None
    plan: Text | None = None
    evidence: Text | None = None
    case: Text | None = None


class Level(Part):
    """`programme`: it ends in the next level by itself where somebody is in a programme. `was`: slugs it had before."""

    slug: Slug
    was: tuple[Slug, ...] = ()
    title: Line
    short_title: Line
    track: Slug
    band: Annotated[int, Field(ge=1, le=50)]
    scope: Named = ""
    typical_time: Line | None = None
    typical_experience: Line | None = None
    sentence: Said = ""
    changes: Said = ""
    responsibilities: tuple[Text, ...] = ()
    success: tuple[Text, ...] = ()
    growth: tuple[Growth, ...] = ()
    note: Text | None = None
    notes: Notes = Notes()
    programme: bool = False
    aliases: tuple[Line, ...] = ()

    @property
    def has_figure(self) -> bool:
        """Whether the typical time is a number of years: "open-ended" is no time that anybody spends."""
        return any(sign.isdigit() for sign in self.typical_time or "")


class OneJob(Part):
    """Levels that are one job in a small company, and what it is called."""

    levels: Annotated[tuple[Slug, ...], Field(min_length=2)]
    title: Line


class Link(Part):
    """An edge of the career graph: a promotion, or a crossing to another track at about the same band."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: Slug = Field(alias="from")
    target: Slug = Field(alias="to")
    kind: Literal["promotion", "crossing"]


class Rung(Part):
    title: Line
    levels: tuple[Slug, ...]
    partly: tuple[Slug, ...] = ()
    note: Text | None = None


class Scheme(Part):
    """The same levels in the words of another company's scheme."""

    slug: Slug
    title: Line
    summary: Text
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]


class Area(Part):
    """An area without a name is the only one, and is called like the ladder."""

    slug: Slug
    name: Named = ""
    summary: Said = ""


class Competency(Part):
    """`short`, `full`, `examples` and `small_company` have an entry for each step, step 1 first, null where none is.

    A step that has neither a short nor a full sentence is not offered. `tracks` names the only tracks that ask it.
    """

    slug: Slug
    was: tuple[Slug, ...] = ()
    name: Line
    area: Slug
    tracks: tuple[Slug, ...] = ()
    summary: Said = ""
    terms: tuple[Line, ...] = ()
    question: Named = ""
    short: ForEachStep[Line]
    full: ForEachStep[Text]
    examples: ForEachStep[tuple[Line, ...]]
    small_company: ForEachStep[Text]

    @cached_property
    def described(self) -> tuple[int, ...]:
        """The steps that have a sentence, rising: those that can be chosen and asked for."""
        pairs = zip(self.short, self.full, strict=True)
        return tuple(step for step, texts in enumerate(pairs, 1) if any(texts))

    def says(self, step: int) -> str:
        """What a step looks like, at full length where there is one; empty for a step without a sentence."""
        return (self.full[step - 1] or self.short[step - 1] or "") if 0 < step <= len(self.full) else ""

    def short_of(self, step: int) -> str:
        """The short sentence of a step, else the first lines of the full one; plain text."""
        if not 0 < step <= len(self.short):
            return ""
        return self.short[step - 1] or first_lines(self.full[step - 1] or "")

    def above(self, step: int) -> int | None:
        """The next step up that has a sentence; None at the top."""
        return next((found for found in self.described if found > step), None)


class LadderAction(Part):
    """Something to do that leads to `to_step` of a competency."""

    competency: Slug
    to_step: Annotated[int, Field(ge=1, le=STEPS_MAX)]
    title: Line | None = None
    text: Text


class Expectation(Part):
    """Expected step and weight 0..3; weight 3 is a must-have, 0 is "not expected"."""

    step: Step
    weight: Annotated[int, Field(ge=0, le=3)]


def read_expectation(value: Any) -> Any:
    """Accept the short notation of the table: `2` weighs 2, `2*` is a must-have, `(2)` supports, `–` not expected."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    mark = str(value).strip()
    if mark in ("–", "-", ""):
        return {"step": 0, "weight": 0}
    if mark.endswith("*") and mark[:-1].isascii() and mark[:-1].isdigit():
        return {"step": int(mark[:-1]), "weight": 3}
    if mark.startswith("(") and mark.endswith(")") and mark[1:-1].isascii() and mark[1:-1].isdigit():
        return {"step": int(mark[1:-1]), "weight": 1}
    if mark.isascii() and mark.isdigit():
        return {"step": int(mark), "weight": 2}
    raise ValueError("expected a step such as 2, 2* (must-have), (2) (supports) or – (not expected)")


def weight_agrees_with_step(value: Expectation) -> Expectation:
    if (value.weight == 0) != (value.step == 0):
        raise ValueError("a step of 0 and a weight of 0 go together: nothing is expected")
    return value


TableCell = Annotated[Expectation, BeforeValidator(read_expectation), AfterValidator(weight_agrees_with_step)]


class Specialisation(Part):
    slug: Slug
    was: tuple[Slug, ...] = ()
    title: Line
    summary: Text
    why: Text | None = None
    often: Line | None = None
    adds: Annotated[dict[Slug, Annotated[int, Field(ge=1, le=STEPS_MAX)]], Field(min_length=1)]
    title_words: tuple[Line, ...] = ()


class Milestone(Part):
    slug: Slug
    was: tuple[Slug, ...] = ()
    levels: Annotated[tuple[Slug, ...], Field(min_length=1)]
    text: Text


class Candidate(Part):
    level: Slug
    why: Text


class AmbiguousTitle(Part):
    """A title that means different levels in different companies: the person chooses."""

    titles: Annotated[tuple[Line, ...], Field(min_length=1)]
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=2)]


class OtherProfession(Part):
    """Titles of another job, what sets it apart, and `see`: addresses below /ladder/ that lead on from there."""

    titles: Annotated[tuple[Line, ...], Field(min_length=1)]
    explanation: Text
    see: tuple[Line, ...] = ()


class TitleWords(Part):
    """What job titles of this craft are made of. Titles of a ladder without them are found by their names alone.

    `craft` are the words beside a rank ("product"), `spellings` and `phrases` other ways to write one or more words,
    `readings` short forms that stand for several titles. Behind the word of the craft, `other_jobs` make another job.
    """

    craft: tuple[Line, ...] = ()
    spellings: dict[Line, Line] = Field(default_factory=dict)
    phrases: dict[Line, Line] = Field(default_factory=dict)
    other_jobs: tuple[Line, ...] = ()
    readings: dict[Line, Annotated[tuple[Line, ...], Field(min_length=2)]] = Field(default_factory=dict)


class SearchWords(Part):
    """Words that people look for, and the addresses below /ladder/ that come first for them."""

    words: Annotated[tuple[Line, ...], Field(min_length=1)]
    finds: Annotated[tuple[Line, ...], Field(min_length=1)]


class CarryOver(Part):
    competency: Slug
    text: Text


class WayIn(Part):
    slug: Slug
    title: Line
    roles: Annotated[tuple[Line, ...], Field(min_length=1)]
    summary: Text
    leads_to: Text | None = None
    levels: tuple[Slug, ...] = ()
    steps: Annotated[tuple[Text, ...], Field(min_length=1)]
    carries: tuple[CarryOver, ...] = ()


class WayAcross(Part):
    slug: Slug
    title: Line
    text: Text
    suits: Line | None = None
    training: Line | None = None
    carries: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Beyond(Part):
    slug: Slug
    title: Line
    text: Text


class TrackAspect(Part):
    slug: Slug
    aspect: Line
    by_track: dict[Slug, Text]


class Reflection(Part):
    """A question on what one enjoys; `yes` names the track that a yes speaks for. Never scored."""

    slug: Slug
    question: Text
    yes: Slug


class Question(Part):
    """A question people ask. `see` holds addresses below /ladder/, such as `levels/senior-pm/`."""

    slug: Slug
    question: Line
    answer: Text
    see: tuple[Line, ...] = ()


class Source(Part):
    slug: Slug
    title: Line
    note: Text


class Story(Part):
    """Somebody made up, to rate for practice: what the author chose, and why."""

    slug: Slug
    title: Line
    text: Text
    ratings: Annotated[dict[Slug, Step], Field(min_length=1)]
    why: dict[Slug, Text] = Field(default_factory=dict)


class LadderDocument(Part):
    """One ladder, whole. `version` names the version an export was made from; loading gives its own."""

    format: Literal[2] = 2
    slug: Slug
    version: Annotated[int, Field(ge=1)] | None = None
    title: Line
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Za-z]+)?$")] = "en"
    summary: Said = ""
    craft: Line | None = None
    people: People | None = None
    steps: Annotated[int, Field(ge=FEWEST_STEPS, le=STEPS_MAX)]
    policy: Policy = Policy()
    scale: tuple[ScaleStep, ...]
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=50)]
    one_job: tuple[OneJob, ...] = ()
    links: tuple[Link, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1, max_length=100)]
    expectations: dict[Slug, dict[Slug, TableCell]]
    actions: tuple[LadderAction, ...] = ()
    specialisations: tuple[Specialisation, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    ambiguous_titles: tuple[AmbiguousTitle, ...] = ()
    other_professions: tuple[OtherProfession, ...] = ()
    title_words: TitleWords = TitleWords()
    search: tuple[SearchWords, ...] = ()
    track_aspects: tuple[TrackAspect, ...] = ()
    reflections: tuple[Reflection, ...] = ()
    ways_in: tuple[WayIn, ...] = ()
    ways_across: tuple[WayAcross, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    questions: tuple[Question, ...] = ()
    stories: tuple[Story, ...] = ()
    sources: tuple[Source, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, data: Any) -> Any:
        """Read format 1, and work out what was left out."""
        if not isinstance(data, dict):
            return data
        return completed(converted(data) if is_format_1(data) else data)

    def document(self) -> dict[str, Any]:
        """The ladder as plain JSON values, without its version: what is stored, compared and checksummed."""
        return self.model_dump(mode="json", by_alias=True, exclude={"version"})
