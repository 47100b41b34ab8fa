"""The format of a ladder's files: what a career ladder is, as a document. Pure.

`ladder/document/files.py` reads the YAML, `references.py` checks that the parts fit together, and
`docs/ladder-format.md` explains the fields to authors. The docstrings of the models are part of the JSON Schema.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


def without_nul(value: str) -> str:
    """Refuse NUL, which PostgreSQL can't store: publishing would fail half-way."""
    if "\0" in value:
        raise ValueError("expected text without the character NUL")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(without_nul)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1500), AfterValidator(without_nul)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Policy(Part):
    """The numbers of the scoring rule. Percentages are whole numbers from 0 to 100."""

    meets_at: Percent
    close_at: Percent
    close_max_blockers: Annotated[int, Field(ge=0, le=50)]
    close_max_short: Annotated[int, Field(ge=0, le=5)]


class ScaleStep(Part):
    step: Annotated[int, Field(ge=0, le=5)]
    name: Line
    scope: Line
    independence: Line | None = None
    effect: Line | None = None


class Track(Part):
    slug: Slug
    title: Line
    summary: Text
    trunk: bool = False


class Level(Part):
    slug: Slug
    title: Line
    short_title: Line
    track: Slug
    band: Annotated[int, Field(ge=1, le=20)]
    scope: Line
    typical_time: Line | None = None
    typical_experience: Line | None = None
    sentence: Text
    changes: Text
    responsibilities: Annotated[tuple[Text, ...], Field(min_length=1)]
    success: Annotated[tuple[Text, ...], Field(min_length=1)]
    leads_on: tuple[Slug, ...] = ()
    note: Text | None = None
    aliases: tuple[Line, ...] = ()


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
    slug: Slug
    name: Line
    summary: Text


class Competency(Part):
    """`anchors` holds five sentences, for step 1 first."""

    slug: Slug
    name: Line
    area: Slug
    summary: Text
    terms: tuple[Line, ...] = ()
    anchors: Annotated[tuple[Text, ...], Field(min_length=5, max_length=5)]


class LadderAction(Part):
    """Something to do that leads to `to_step` of a competency."""

    competency: Slug
    to_step: Annotated[int, Field(ge=1, le=5)]
    text: Text


class Expectation(Part):
    """Expected step 0..5 and weight 0..3; weight 3 is a must-have, 0 is "not expected"."""

    step: Annotated[int, Field(ge=0, le=5)]
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
    title: Line
    summary: Text
    adds: Annotated[dict[Slug, Annotated[int, Field(ge=1, le=5)]], Field(min_length=1)]
    title_words: tuple[Line, ...] = ()


class Milestone(Part):
    slug: Slug
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
    titles: Annotated[tuple[Line, ...], Field(min_length=1)]
    explanation: Text


class CarryOver(Part):
    competency: Slug
    text: Text


class WayIn(Part):
    slug: Slug
    title: Line
    roles: Annotated[tuple[Line, ...], Field(min_length=1)]
    summary: Text
    steps: Annotated[tuple[Text, ...], Field(min_length=1)]
    carries: tuple[CarryOver, ...] = ()


class WayAcross(Part):
    slug: Slug
    title: Line
    text: Text
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


class LadderDocument(Part):
    """One ladder, whole. `version` names the version an export was made from; loading gives its own."""

    slug: Slug
    version: Annotated[int, Field(ge=1)] | None = None
    title: Line
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Za-z]+)?$")] = "en"
    summary: Text
    policy: Policy
    scale: Annotated[tuple[ScaleStep, ...], Field(min_length=6, max_length=6)]
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=50)]
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
    track_aspects: tuple[TrackAspect, ...] = ()
    reflections: tuple[Reflection, ...] = ()
    ways_in: tuple[WayIn, ...] = ()
    ways_across: tuple[WayAcross, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    questions: tuple[Question, ...] = ()
    sources: tuple[Source, ...] = ()

    def document(self) -> dict[str, Any]:
        """The ladder as plain JSON values, without its version: what is stored, compared and checksummed."""
        return self.model_dump(mode="json", by_alias=True, exclude={"version"})
