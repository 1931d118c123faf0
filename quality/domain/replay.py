"""What a project's recorded answers would have come to under another policy: quality against votes.

    outcome = replay(recording, Policy("at most 5 % wrong", RiskGoal(0.05), redundancy=10), rng=rng)
    outcome.votes, outcome.quality.mean

Rounds, as the site lives them: every task that wants answers takes its next recorded ones, in an order drawn by `rng`;
each annotator's gold answers follow theirs in the policy's proportion and teach their reliability; tasks whose answers
or annotators' standing changed are fused again, gold as if nobody knew its answer, so that what came of it sets right
what the crowd expects; and the stopping rule is asked. It ends when no task wants more or the
recording holds none for those that do. Nothing is invented: a policy can only spend what was recorded. Answers that
leaned on a proposal weigh as on the site; those that began from a planted error teach where the truth is known, and
count nowhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from quality.domain.answers import Answer
from quality.domain.consensus import LAZY, Fused, Vote, fuse
from quality.domain.prevalence import prevalence
from quality.domain.recalibration import Recalibration, expected_quality, realised_quality, recalibrated
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.rubrics import RUBRICS, RubricResult
from quality.domain.scoring import KnownAnswer, peer_result
from quality.domain.stats import bootstrap_interval
from quality.domain.stopping import FixedRedundancy, StoppingRule, risk_of
from quality.domain.unlabelled import as_if_unlabelled

MATERIAL = 0.05  # a mean that moved so far makes the person's votes worth weighing again
MOST_ROUNDS = 200


@dataclass(frozen=True)
class Recorded:
    """`proposal`, `edit`, `prompted`: as in `Vote`. `planted`: it began from an error that was planted on purpose;
    `kept_planted`: whether that stayed in it, None where it did no harm or nobody knows."""

    task: Hashable
    annotator: Hashable
    answer: Answer
    proposal: Hashable | None = None
    edit: float | None = None
    prompted: bool = False
    planted: bool = False
    kept_planted: bool | None = None

    @property
    def vote(self) -> Vote:
        return Vote(self.annotator, self.answer, self.proposal, self.edit, self.prompted)


@dataclass(frozen=True)
class Recording:
    """`answers`: those of open and gold tasks, oldest first. `gold`: truths that teach reliability. `checks`: truths of
    open tasks that nothing is learnt from. `sizes`: pictures' (h, w) px by task. `lazy`: how often proposals are
    accepted unlooked at, 0-1."""

    kind: str
    labels: Sequence[str]
    answers: Sequence[Recorded]
    gold: Mapping[Hashable, KnownAnswer]
    checks: Mapping[Hashable, KnownAnswer]
    sizes: Mapping[Hashable, tuple[int, int]]
    lazy: float = LAZY

    @property
    def redundancy(self) -> int:
        """Most answers that count of any open task."""
        counts = Counter(given.task for given in self.answers if given.task not in self.gold and not given.planted)
        return max(counts.values(), default=1)

    def with_checks(self, share: float, *, rng: np.random.Generator) -> Recording:
        """The same with a random `share` of the gold set aside as checks: open tasks whose truth is known."""
        tasks = list(self.gold)
        aside = {tasks[i] for i in rng.permutation(len(tasks))[: round(share * len(tasks))]}
        return replace(
            self,
            gold={task: truth for task, truth in self.gold.items() if task not in aside},
            checks={**self.checks, **{task: self.gold[task] for task in aside}},
        )


@dataclass(frozen=True)
class Policy:
    """`redundancy`: answers a task gets at most. `gold_rate`: gold among all answers, 0-1; None = as recorded."""

    name: str
    rule: StoppingRule = field(default_factory=FixedRedundancy)
    redundancy: int = 1000
    gold_rate: float | None = None


@dataclass(frozen=True)
class Figure:
    """A mean over `n` tasks with its 95 % bootstrap interval; NaN where n is 0."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Outcome:
    """What a policy came to. `tasks`: open ones; `votes`: theirs; `gold_votes`: what learning cost beside them. `risk`:
    mean error that the crowd itself expects. `fused`: the labels, by task; `used`: answers taken, by task."""

    policy: Policy
    tasks: int
    votes: int
    gold_votes: int
    risk: float
    fused: Mapping[Hashable, Fused] = field(repr=False)
    used: Mapping[Hashable, int] = field(repr=False)

    @property
    def spent(self) -> int:
        return self.votes + self.gold_votes


def replay(recording: Recording, policy: Policy, *, rng: np.random.Generator) -> Outcome:
    """Play `policy` over `recording`; `rng` draws the order of answers, so that several seeds show the spread."""
    game = _Game(recording, policy, rng)
    settled = False
    for _ in range(MOST_ROUNDS):
        if game.take():
            settled = False
            game.learn()
            game.fuse()
        elif settled:
            break
        else:
            game.learn()
            game.fuse(everything=True)  # under what is known by now of people and classes; some tasks may open again
            settled = True
    risks = [risk for risk in game.risk.values() if risk is not None]
    return Outcome(
        policy=policy,
        tasks=len(game.waiting),
        votes=sum(len(votes) for votes in game.votes.values()),
        gold_votes=game.gold_votes,
        risk=float(np.mean(risks)) if risks else float("nan"),
        fused=game.fused,
        used={task: len(votes) for task, votes in game.votes.items()},
    )


def score(
    outcome: Outcome,
    recording: Recording,
    truths: Mapping[Hashable, KnownAnswer],
    *,
    rng: np.random.Generator,
) -> tuple[Figure, dict[Hashable, float]]:
    """How good a policy's labels are by the kind's rubric (0-1) against `truths`: the figure, and each task's score.

    Tasks that nobody could tell score 0: there is no label where one is known.
    """
    scores: dict[Hashable, float] = {}
    for task, truth in truths.items():
        if task not in outcome.used:
            continue
        fused = outcome.fused.get(task)
        if fused is None:
            scores[task] = 0.0
            continue
        size = recording.sizes[task]
        result = RUBRICS[recording.kind](fused.answer, truth.answer, known_region=truth.known_region, size=size)
        if result.score is not None:
            scores[task] = result.score
    return figure(list(scores.values()), rng=rng), scores


def figure(values: Sequence[float], *, rng: np.random.Generator) -> Figure:
    if not values:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    low, high = bootstrap_interval(values, rng=rng, n_resamples=1000)
    return Figure(float(np.mean(values)), low, high, len(values))


@dataclass(frozen=True)
class _Seen:
    """Of a gold task, answers that its label is fused from, and the label's (expected, realised) quality."""

    counted: int = 0
    pair: tuple[float, float] | None = None


class _Game:
    """The state of one replay."""

    def __init__(self, recording: Recording, policy: Policy, rng: np.random.Generator) -> None:
        self.recording, self.policy, self._rng = recording, policy, rng
        by_task: dict[Hashable, list[Recorded]] = defaultdict(list)
        self._gold: dict[Hashable, list[Recorded]] = defaultdict(list)
        for given in recording.answers:
            if given.task in recording.gold:
                self._gold[given.annotator].append(given)
            elif not given.planted:
                by_task[given.task].append(given)
        self.waiting = {task: [given[i] for i in rng.permutation(len(given))] for task, given in by_task.items()}
        self.votes: dict[Hashable, list[Vote]] = {task: [] for task in by_task}
        self.fused: dict[Hashable, Fused] = {}
        self.risk: dict[Hashable, float | None] = dict.fromkeys(by_task)
        self.gold_votes = 0
        self._done: set[Hashable] = set()
        self._stale: set[Hashable] = set()
        self._heard: Counter[Hashable] = Counter()  # votes of a task that were held against the others
        self._open_votes: Counter[Hashable] = Counter()
        # Gold answers come in whole ones: a person's share of them is rounded by a draw of their own.
        self._given = Counter(given.annotator for answers in by_task.values() for given in answers)
        people = sorted({given.annotator for given in recording.answers}, key=str)
        self._rounding = dict(zip(people, rng.random(len(people)), strict=True))
        self._taught: Counter[Hashable] = Counter()
        self._states: dict[Hashable, dict[str, Any]] = {}
        self._known: dict[Hashable, Reliability] = {}
        self._lessons: dict[Hashable, list[tuple[Vote, RubricResult]]] = defaultdict(list)
        self._seen: dict[Hashable, _Seen] = {}
        self._learnt = Recalibration()
        self._weighed_with: dict[Hashable, float] = {}

    def take(self) -> int:
        """Every task takes the answers it wants, as far as they were recorded; returns how many were taken."""
        taken = 0
        for task, waiting in self.waiting.items():
            counted = len(self.votes[task])
            wanted = self.policy.rule.wanted(
                counted=counted,
                target=self.policy.redundancy,
                risk=self.risk[task],
                known=self._mean_known(self.votes[task]),
                done=task in self._done,
            )
            if wanted <= counted:
                self._done.add(task)
                continue
            chosen, self.waiting[task] = waiting[: wanted - counted], waiting[wanted - counted :]
            for given in chosen:
                self.votes[task].append(given.vote)
                self._open_votes[given.annotator] += 1
                self._stale.add(task)
            taken += len(chosen)
        return taken

    def _mean_known(self, votes: Sequence[Vote]) -> float:
        known = [self._known[vote.annotator].n for vote in votes if vote.annotator in self._known]
        return sum(known) / len(votes) if votes else 0.0

    def learn(self) -> None:
        """Gold answers that go with the answers taken so far teach what their annotators are like, and so do the others
        who answered the same open tasks."""
        self._listen()
        estimator = ESTIMATORS[self.recording.kind]
        for annotator, given in self._gold.items():
            for answer in given[self._taught[annotator] : self._gold_due(annotator)]:
                truth = self.recording.gold[answer.task]
                result = RUBRICS[self.recording.kind](
                    answer.answer,
                    truth.answer,
                    known_region=truth.known_region,
                    size=self.recording.sizes[answer.task],
                )
                if answer.kept_planted is not None:
                    result = RubricResult(result.score, {**result.details, "kept_planted": answer.kept_planted})
                self._states[annotator] = estimator.update(self._states.get(annotator), result)
                if not answer.planted:
                    self._lessons[answer.task].append((answer.vote, result))
                self._taught[annotator] += 1
                self.gold_votes += 1
        prior = estimator.population(list(self._states.values()), profile=False)
        self._known = {annotator: estimator.estimate(state, prior) for annotator, state in self._states.items()}
        moved = {annotator for annotator, known in self._known.items() if self._has_moved(annotator, known.mean)}
        self._weighed_with.update({annotator: self._known[annotator].mean for annotator in moved})
        if moved:
            self._stale.update(task for task, votes in self.votes.items() if any(v.annotator in moved for v in votes))

    def _listen(self) -> None:
        """Hold each answer once against the others', when its task has its answers; none that leant on a proposal."""
        estimator, prior = ESTIMATORS[self.recording.kind], self._class_prior()
        for task in (task for task in self.waiting if task in self._done):
            votes, size = self.votes[task], self.recording.sizes[task]
            for i in range(self._heard[task], len(votes)):
                if votes[i].proposal is not None and not votes[i].prompted:
                    continue
                others = self._fuse(task, [*votes[:i], *votes[i + 1 :]], self._known, prior)
                result = peer_result(votes[i].answer, others, kind=self.recording.kind, size=size)
                if result is not None:
                    author = votes[i].annotator
                    self._states[author] = estimator.hear(self._states.get(author), result)
            self._heard[task] = len(votes)

    def _gold_due(self, annotator: Hashable) -> int:
        """How many gold answers go with a person's open ones; with those as recorded, in the same proportion."""
        recorded, rate = len(self._gold[annotator]), self.policy.gold_rate
        as_recorded = recorded / max(self._given[annotator], 1)
        ratio = as_recorded if rate is None else rate / (1 - rate)
        return min(int(self._open_votes[annotator] * ratio + self._rounding[annotator]), recorded)

    def _has_moved(self, annotator: Hashable, mean: float) -> bool:
        before = self._weighed_with.get(annotator)
        return before is None or abs(before - mean) > MATERIAL

    def fuse(self, *, everything: bool = False) -> None:
        """Fuse again what changed, or all tasks."""
        prior = self._class_prior()
        self._look_at_gold(prior, everything=everything)
        for task in sorted(self.votes if everything else self._stale, key=str):
            fused = self._fuse(task, self.votes[task], self._known, prior)
            if fused is None:
                self.fused.pop(task, None)
            else:
                self.fused[task] = replace(recalibrated(self.recording.kind, fused, self._learnt), probability_map=None)
            self.risk[task] = risk_of(self.recording.kind, self.fused.get(task))
        self._stale.clear()

    def _fuse(
        self,
        task: Hashable,
        votes: Sequence[Vote],
        known: Mapping[Hashable, Reliability],
        prior: Mapping[str, float] | None,
    ) -> Fused | None:
        sizes, labels = self.recording.sizes, self.recording.labels
        lazy = self.recording.lazy
        return fuse(self.recording.kind, votes, known, labels=labels, prior=prior, size=sizes[task], lazy=lazy)

    def _look_at_gold(self, prior: Mapping[str, float] | None, *, everything: bool) -> None:
        """Gold under the same rule as open tasks and as if nobody knew its answer: what was expected of it, and what it
        was, is learnt from."""
        for task, lessons in self._lessons.items():
            seen = self._seen.get(task, _Seen())
            wanted = self.policy.rule.wanted(
                counted=seen.counted,
                target=self.policy.redundancy,
                risk=None if seen.pair is None else 1 - self._learnt.apply(seen.pair[0]),
                known=self._mean_known([vote for vote, _ in lessons[: seen.counted]]),
            )
            counted = min(max(wanted, seen.counted), len(lessons))
            if everything or counted > seen.counted:
                self._seen[task] = _Seen(counted, self._pair(task, lessons[:counted], prior))
        pairs = [seen.pair for seen in self._seen.values() if seen.pair]
        self._learnt = Recalibration.fit([expected for expected, _ in pairs], [realised for _, realised in pairs])

    def _pair(
        self, task: Hashable, lessons: Sequence[tuple[Vote, RubricResult]], prior: Mapping[str, float] | None
    ) -> tuple[float, float] | None:
        kind = self.recording.kind
        unlearnt = {v.annotator: as_if_unlabelled(kind, self._known[v.annotator], result) for v, result in lessons}
        fused = self._fuse(task, [vote for vote, _ in lessons], {**self._known, **unlearnt}, prior)
        if fused is None:
            return None
        realised = realised_quality(kind, fused.answer, self.recording.gold[task], size=self.recording.sizes[task])
        return expected_quality(kind, fused.probabilities, fused.uncertainty), realised

    def _class_prior(self) -> dict[str, float] | None:
        """How common each class is among open tasks, by the consensus so far (I5)."""
        if self.recording.kind != "class" or not self.fused:
            return None
        return prevalence((fused.probabilities for fused in self.fused.values()), self.recording.labels)
