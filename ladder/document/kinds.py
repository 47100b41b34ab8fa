"""What the fields of a ladder's files hold: slugs, lines, texts, and lists with an entry for each step. Pure."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from people.markup import plain_of

TEXT_MAX = 5000
# The most steps that a ladder has, besides "not yet". The database holds no higher answer.
STEPS_MAX = 9
# The weight that makes a competency a must-have: it must be met, whatever the others are.
MUST_HAVE = 3
# What a specialisation adds to weighs at least this much.
SPECIALIST_WEIGHT = 2
# How much of a whole cell stands for it where a short sentence would.
FIRST_LINES, FIRST_LETTERS = 2, 160

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


def without_nul(value: str) -> str:
    """Refuse NUL, which PostgreSQL can't store: publishing would fail half-way."""
    if "\0" in value:
        raise ValueError("expected text without the character NUL")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(without_nul)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX), AfterValidator(without_nul)]
# What may be left out: an empty one is the same as none.
Said = Annotated[str, StringConstraints(max_length=TEXT_MAX), AfterValidator(without_nul)]
Named = Annotated[str, StringConstraints(max_length=200), AfterValidator(without_nul)]
Percent = Annotated[int, Field(ge=0, le=100)]
Step = Annotated[int, Field(ge=0, le=STEPS_MAX)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def is_list_of_steps(value: Any) -> Any:
    if isinstance(value, dict):
        raise ValueError("expected a list with step 1 first, or a map such as {4: …} of steps that the ladder has")  # noqa: TRY004
    return value


# One for each step, step 1 first; None where there is none.
type ForEachStep[Kind] = Annotated[tuple[Kind | None, ...], BeforeValidator(is_list_of_steps)]


def raised(described: Sequence[int], step: int, by: int) -> int:
    """The step so many described ones further up, at most the highest. `described` rises."""
    above = [found for found in described if found > step]
    return above[min(by, len(above)) - 1] if above and by else step


def first_lines(text: str) -> str:
    """The beginning of a text, without its markup, cut between words."""
    lines = [line for line in plain_of(text).splitlines() if line.strip()]
    shown = " ".join(lines[:FIRST_LINES])
    if len(shown) > FIRST_LETTERS:
        return f"{shown[:FIRST_LETTERS].rsplit(' ', 1)[0]} …"
    return f"{shown} …" if len(lines) > FIRST_LINES else shown
