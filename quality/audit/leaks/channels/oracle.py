"""The score oracle: answer wrongly on purpose, skip, and regress on every number that moves.

A known answer pays a wrong one nothing, an open question pays by whatever evidence there is. A round's score is a sum
over its answers, so that ridge regression of scores on who was in which round says which tasks cost most. No truth
is used: which way each strategy moves a score follows from the rules of the game alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quality.audit.leaks.area import ONE_SIDED, area
from quality.audit.leaks.attacks import scored, too_few
from quality.audit.leaks.evidence import Evidence, ScoredRound, TaskKey
from quality.audit.leaks.verdict import Attack

KEY = "oracle"
LIMIT = 0.60
ENOUGH_ROUNDS = 200
EARLY = 50  # rounds after which an impatient attacker looks
CURVE = (10, 25, 50, 75, 100, 150, 200)
# What an answer earns on gold less what it earns on a question without evidence, in units of the mean score.
EXPECTED = {"wrong": -1.0, "guess": -0.7, "cannot tell": -0.25, "right": 0.4}
RIDGE = 3.0  # rounding and the open questions' own spread, in units of one task's effect


def attacks(evidence: Evidence) -> list[Attack]:
    rounds = sorted(evidence.rounds, key=lambda entry: entry.at)
    if not rounds:
        return [Attack(KEY, "score", None, LIMIT, "no round was scored")]
    found = []
    for name, targets in (("score", _only(rounds, "score")), ("everything", _everything(rounds))):
        if targets is None:
            continue
        curve = _curve(evidence, rounds, targets)
        looks = sorted({min(EARLY, len(rounds)), min(ENOUGH_ROUNDS, len(rounds))})
        found += [_attack(evidence, f"{name}, {n} rounds", rounds[:n], targets[:n], curve) for n in looks]
    return found


def _attack(
    evidence: Evidence, name: str, rounds: Sequence[ScoredRound], targets: NDArray[np.float64], curve: list[dict]
) -> Attack:
    scores, gold, first = suspicion(evidence, rounds, targets)
    is_early = len(rounds) < ENOUGH_ROUNDS <= len(evidence.rounds)
    shortfall = too_few(gold, what="tasks")
    if len(evidence.rounds) < ENOUGH_ROUNDS:
        shortfall = f"too few rounds: {len(evidence.rounds)} were played, {ENOUGH_ROUNDS} are needed"
    attack = scored(KEY, name, scores, gold, {"round": first}, LIMIT, shortfall)
    reached = next((point["rounds"] for point in curve if point["auc"] >= LIMIT and point["lowest"] > 0.5), None)
    details = {"curve": curve, "rounds_to_limit": reached, "rounds": len(evidence.rounds)}
    return replace(attack, strongest=(), details=details, is_early=is_early)


def suspicion(
    evidence: Evidence, rounds: Sequence[ScoredRound], targets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[int]]:
    """Ridge weights float[t] of the tasks that `rounds` bear on, their sides, and the round where each came first."""
    tasks = {task: 0 for entry in rounds for task, strategy in entry.answers if EXPECTED.get(strategy)}
    known = [task for task in tasks if task in evidence.truth.gold]
    column = {task: i for i, task in enumerate(known)}
    design = np.zeros((len(rounds), len(known)))
    first: dict[TaskKey, int] = {}
    for i, entry in enumerate(rounds):
        for task, strategy in entry.answers:
            if task in column:
                design[i, column[task]] += EXPECTED.get(strategy, 0.0)
                first.setdefault(task, i)
    left = _without_strategies(rounds, targets)
    # Dual form: there are fewer rounds than tasks.
    weights = design.T @ np.linalg.solve(design @ design.T + RIDGE * np.eye(len(rounds)), left)
    gold = np.array([evidence.truth.gold[task] for task in known], dtype=bool)
    return weights, gold, [first[task] for task in known]


def _without_strategies(rounds: Sequence[ScoredRound], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the shares of each strategy in a round do not explain."""
    kinds = sorted({strategy for entry in rounds for _, strategy in entry.answers})
    counts = np.array([[sum(s == kind for _, s in entry.answers) for kind in kinds] for entry in rounds], dtype=float)
    known = np.column_stack([np.ones(len(rounds)), counts])
    return np.asarray(targets - known @ np.linalg.lstsq(known, targets, rcond=None)[0])


def _only(rounds: Sequence[ScoredRound], name: str) -> NDArray[np.float64] | None:
    """One visible figure of every round, None where it never moved."""
    values = np.array([entry.changes.get(name, np.nan) for entry in rounds])
    values[np.isnan(values)] = np.nanmean(values) if (~np.isnan(values)).any() else 0.0
    return values if np.ptp(values) > 0 else None


def _everything(rounds: Sequence[ScoredRound]) -> NDArray[np.float64] | None:
    """All visible figures, standardised and weighed by how they go with the score."""
    score = _only(rounds, "score")
    if score is None:
        return None
    total = np.zeros(len(rounds))
    for name in sorted({name for entry in rounds for name in entry.changes}):
        values = _only(rounds, name)
        if values is not None:
            standard = (values - values.mean()) / values.std()
            total += standard * np.corrcoef(values, score)[0, 1]
    return total


def _curve(evidence: Evidence, rounds: Sequence[ScoredRound], targets: NDArray[np.float64]) -> list[dict[str, float]]:
    """How well the attack does after so many rounds; `lowest` is a one-sided 95 % lower bound."""
    points = []
    for number in sorted({*CURVE, len(rounds)}):
        if number <= len(rounds):
            scores, gold, first = suspicion(evidence, rounds[:number], targets[:number])
            if gold.any() and not gold.all():
                found = area(scores, gold, {"round": first})
                lowest = found.auc - ONE_SIDED * found.error
                points.append({"rounds": number, "auc": round(found.auc, 4), "lowest": round(lowest, 4)})
    return points
