"""What a report is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self

from assessments.models import Assessment, Outcome, Share
from assessments.scoring.values import RULE, Answer
from ladder.rubric import Rubric

NO_EVIDENCE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a report is computed from. `evidence` is competency → line, as far as the reader may see it."""

    rubric: Rubric
    answers: Mapping[str, Answer]
    evidence: Mapping[str, str] = NO_EVIDENCE
    held: str | None
    targets: tuple[str, ...]
    specialisation: str | None = None
    # Whether the level held may be the fallback of the start form, which nobody said.
    may_be_assumed: bool = False
    # What the person said at the start. A copy does not know it, and speaks the ladder's own words.
    small_company: bool = False
    programme: bool = False
    # The stored result where an earlier rule found it; `by_today` computes again beside it.
    earlier: Mapping[str, Any] | None = None
    by_today: bool = True

    @classmethod
    def of(
        cls,
        said: Assessment | Share,
        answers: Mapping[str, Answer],
        evidence: Mapping[str, str] = NO_EVIDENCE,
        *,
        stored: Outcome | Share | None = None,
        by_today: bool = True,
    ) -> Self:
        """The level, aims and ladder of an assessment or a copy, with answers read from it.

        `stored` is where its result is kept, for pages that show one of an earlier rule as it was.
        """
        return cls(
            earlier=stored.result if stored and stored.rule < RULE else None,
            by_today=by_today,
            rubric=said.rubric,
            answers=answers,
            evidence=evidence,
            held=said.held or None,
            targets=tuple(said.targets),
            specialisation=said.specialisation or None,
            may_be_assumed=isinstance(said, Assessment) and said.may_be_assumed,
            small_company=isinstance(said, Assessment) and said.small_company,
            programme=isinstance(said, Assessment) and said.programme,
        )
