"""Fair play: evidence that somebody plays for points instead of looking, for a moderator to judge; never a verdict.

    findings(answers)

Each test has a null that honest people satisfy and counts how many it tested; Holm's correction keeps the chance that
anybody honest is listed by any of them, in the whole project, below `LEVEL`.
"""

from __future__ import annotations

from collections.abc import Sequence

from quality.domain.fairplay.accounts import handovers
from quality.domain.fairplay.base import Finding, Given, Table, is_stronger, significant
from quality.domain.fairplay.monotony import long_runs, one_answer
from quality.domain.fairplay.speed import sped_up, too_fast
from quality.domain.fairplay.twins import copies

LEVEL = 0.05
TESTS = {
    "fast": too_fast,
    "faster": sped_up,
    "one answer": one_answer,
    "runs": long_runs,
    "copies": copies,
    "handovers": handovers,
}
_ABOUT_LABELS = {"one answer", "runs"}


def findings(answers: Sequence[Given]) -> list[Finding]:
    """What is significant over all tests, the surest first. The answers of one project; their order does not matter.

    Of drawings, "nothing" and "can't tell" count as what was said and every drawing as the same thing, except where
    copies are looked for.
    """
    table = Table(answers)
    plain = Table([_plain(answer) for answer in answers]) if any(answer.drawn for answer in answers) else table
    found: list[Finding] = []
    for kind, test in TESTS.items():
        signals, tested = test(plain if kind in _ABOUT_LABELS else table)
        found += significant(kind, signals, tested=tested, level=LEVEL / len(TESTS))
    return sorted(found, key=lambda finding: finding.p)


def _plain(answer: Given) -> Given:
    return Given(answer.person, answer.task, "a drawing" if answer.drawn else answer.said, answer.at)


__all__ = ["LEVEL", "TESTS", "Finding", "Given", "findings", "is_stronger"]
