"""Workers of a data set, graded on its gold by the same rubrics and estimators as on the site.

As there, the consensus of the other workers on open tasks tells of somebody beside gold (`reliability.peers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quality.domain.answers import Answer
from quality.domain.consensus import Vote, fuse
from quality.domain.reliability import ESTIMATORS, Prior, Quantity, Reliability
from quality.domain.reliability.class_ import ClassEstimator
from quality.domain.reliability.scored import changes_of
from quality.domain.rubrics import RUBRICS
from quality.domain.scoring import peer_result

_Row = tuple[str, str, Answer, str]  # task, worker, answer, stratum ("" for none)
# Open answers of one worker that are held against the others, and of all workers together: more tell little more.
_HEARD_EACH, _HEARD = 60, 4_000


@dataclass(frozen=True)
class Graded:
    """What gold tells of each worker; who met none stands at the population's."""

    kind: str
    states: Mapping[str, Mapping[str, Any] | None]
    prior: Prior

    @classmethod
    def of(
        cls,
        kind: str,
        answers: Iterable[_Row],
        truths: Mapping[str, Answer],
        sizes: Mapping[str, tuple[int, int]],
    ) -> Graded:
        """Grade the answers to gold tasks, in their order; `sizes`: (h, w) of the gold tasks' pictures."""
        estimator = ESTIMATORS[kind]
        states: dict[str, dict[str, Any] | None] = {}
        for task, worker, answer, stratum in answers:
            states.setdefault(worker, None)
            if task in truths:
                result = RUBRICS[kind](answer, truths[task], size=sizes[task])
                states[worker] = estimator.update(states[worker], result, stratum=stratum or None)
        return cls._fitted(kind, states)

    @classmethod
    def _fitted(cls, kind: str, states: Mapping[str, dict[str, Any] | None]) -> Graded:
        prior = ESTIMATORS[kind].population(state for state in states.values() if state is not None)
        return cls(kind, dict(sorted(states.items())), prior)

    def beside_peers(self, tasks: Iterable[tuple[Mapping[str, Answer], tuple[int, int]]]) -> Graded:
        """With what the others say on open `tasks`, each its answers by worker and (h, w) of its picture."""
        estimator = ESTIMATORS[self.kind]
        known: dict[Any, Reliability] = dict(self.people())
        states = {worker: dict(state) if state else None for worker, state in self.states.items()}
        heard: Counter[str] = Counter()
        most = min(max(_HEARD // max(len(states), 1), 1), _HEARD_EACH)
        for answers, size in tasks:
            waiting = [worker for worker in sorted(answers) if heard[worker] < most]
            for worker in waiting:
                others = [Vote(other, answer) for other, answer in sorted(answers.items()) if other != worker]
                crowd = fuse(self.kind, others, known, labels=(), prior=None, size=size)
                result = peer_result(answers[worker], crowd, kind=self.kind, size=size)
                if result is not None:
                    heard[worker] += 1
                    states[worker] = estimator.hear(states[worker], result)
        return self._fitted(self.kind, states)

    def people(self) -> dict[str, Reliability]:
        return {worker: ESTIMATORS[self.kind].estimate(state, self.prior) for worker, state in self.states.items()}

    def profile(self, worker: str) -> dict[str, Quantity]:
        """The kind's own quantities (class: right answers for each true label), then the score in each stratum."""
        estimator, state = ESTIMATORS[self.kind], self.states.get(worker)
        if state is None and not self.prior.parts:
            return {}
        strata = sorted({name for one in self.states.values() if one for name in one.get("strata", {})})
        quantities = (
            estimator.right(state, self.prior)
            if isinstance(estimator, ClassEstimator)
            else estimator.profile(state, self.prior)
        )
        return quantities | {f"in {name}": estimator.stratum(state, name, self.prior) for name in strata}

    def changes(self, worker: str) -> int:
        """How often this worker changed for the worse."""
        return changes_of(self.states.get(worker))
