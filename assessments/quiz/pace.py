"""How long people take for a question, measured from the quizzes they finished."""

from collections import defaultdict
from statistics import median
from typing import Any

from assessments.models import Assessment, Outcome
from ladder.models import LadderVersion

ENOUGH = 20
"""So many runs, before the median of one's own site counts for more than the words."""
NEWEST = 1000


def measure() -> str:
    """Keep for each ladder version the median seconds a question of its newest runs. What the step did, in a line."""
    # A correction is no run of its own.
    whole = {"assessment__kind": Assessment.Kind.SELF, "assessment__corrects__isnull": True}
    found = Outcome.objects.filter(seconds__isnull=False, **whole)
    rows = found.order_by("-assessment__submitted_at").values_list("assessment__ladder_version", "seconds", "answers")
    taken: defaultdict[Any, list[float]] = defaultdict(list)
    for version, seconds, answers in rows[:NEWEST]:
        if answers and seconds is not None:
            taken[version].append(seconds / len(answers))
    paces = {version: max(1, round(median(runs))) for version, runs in taken.items() if len(runs) >= ENOUGH}
    for version, pace in paces.items():
        LadderVersion.objects.filter(pk=version).update(pace=pace)
    return f"seconds a question: {', '.join(map(str, paces.values()))}" if paces else "too few runs so far"
