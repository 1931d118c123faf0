"""What a crowd tells of somebody in it, with what is uncertain about the crowd itself left in (hierarchical Bayes).

    theta_j ~ sum_k w_k f(theta | shape_k),     w ~ Dirichlet(1, .., 1),     shape_k ~ hyperprior

A crowd is of up to K = 3 kinds of people; f is a family of few parameters (Beta, Gamma, normal), a shape one choice of
them. One shape alone makes intervals too short for whoever is unlike the rest; the best fitting shapes taken for true
make them too short for everybody in a small crowd (Morris 1983). So shares, shapes and who is of which kind are drawn
from their posterior by Gibbs sampling and averaged: what is left is the distribution of a new person's theta.

Everything lives on a grid of theta: a family is a matrix float[H, G] whose rows sum to 1, what a person's data say is
log p(data | theta) float[G], and what is believed of a new person is float[G]. How alike people are has the hyperprior
under which the share by which a person is shrunk is uniform on 0-1 (Christiansen and Morris 1997).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL = 0.9
_KINDS = 3
_WARMING, _ROUNDS = 60, 180
# No crowd is of this family exactly: more people than this count as so many (a coarsened posterior, Miller and Dunson
# 2019), which also keeps the sampler from being stuck where it started. It starts from what 200 people would say.
_MOST_PEOPLE, _FIRST_PEOPLE = 1000.0, 200.0
_SEED = 0
_LOWER_TAILS = np.linspace(0.0, 1 - LEVEL, 101)


@dataclass(frozen=True)
class Grid:
    """Cells of the line theta lives on: their `edges` float[G + 1] and a value inside each, `points` float[G]."""

    edges: Array
    points: Array


def fit(people: Array, log_likelihood: Callable[[Array], Array], family: Array, log_hyperprior: Array) -> Array:
    """What is believed of a new person, float[G].

    `people` float[J, D]: what is known of each, of which `log_likelihood` makes log p(data | theta) float[J, G];
    `family` float[H, G]; `log_hyperprior` of its shapes float[H]. The order of people does not matter.
    """
    if len(people) == 0:
        nobody: Array = softmax(log_hyperprior) @ family
        return nobody
    different, alike = np.unique(people, axis=0, return_counts=True)
    thinned = slice(None, None, -(-len(different) // int(_MOST_PEOPLE)))
    rows, n = log_likelihood(different[thinned]), alike[thinned]
    evidence: Array = np.log(np.maximum(np.exp(rows - rows.max(axis=1, keepdims=True)) @ family.T, 1e-300))
    members: Array = _thirds(rows, n)
    rng, kept = np.random.default_rng(_SEED), np.zeros(len(family))
    for turn in range(_WARMING + _ROUNDS):
        most = _FIRST_PEOPLE * (_MOST_PEOPLE / _FIRST_PEOPLE) ** min(turn / _WARMING, 1.0)
        worth = min(1.0, most / n.sum())
        share = np.maximum(rng.dirichlet(worth * members.sum(axis=0) + 1), 1e-300)
        probability = softmax(worth * (members.T @ evidence) + log_hyperprior)  # [K, H]
        if turn >= _WARMING:
            kept += share @ probability
        shapes = [rng.choice(len(family), p=row) for row in probability]
        members = rng.multinomial(n, softmax(evidence[:, shapes] + np.log(share))).astype(np.float64)
    believed: Array = kept @ family / _ROUNDS
    return believed


def _thirds(rows: Array, n: NDArray[np.intp]) -> Array:
    """A start: the crowd in thirds by each one's likeliest theta, float[J, K]."""
    order = rows.argmax(axis=1).argsort(kind="stable")
    rank = np.empty(len(rows))
    rank[order] = (np.cumsum(n[order]) - n[order] / 2) / n.sum()
    return np.eye(_KINDS)[(rank * _KINDS).astype(int)] * n[:, None]


def posterior(believed: Array, log_likelihood: Array, grid: Grid) -> tuple[float, float, float]:
    """Mean and shortest 90 % interval of one person's theta. It reaches the end of the line where that is likeliest:
    people without a single false box exist."""
    weights = softmax(np.log(np.maximum(believed, 1e-300)) + log_likelihood)
    low, high = shortest(np.cumsum(weights), grid.edges)
    return float(weights @ grid.points), low, high


def shortest(share_below: Array, edges: Array) -> tuple[float, float]:
    """Shortest interval that holds `LEVEL` of a distribution: float[G], its share below each upper edge."""
    below = np.concatenate([[0.0], share_below / share_below[-1]])
    low, high = np.interp(_LOWER_TAILS, below, edges), np.interp(_LOWER_TAILS + LEVEL, below, edges)
    low[0], high[-1] = edges[0], edges[-1]
    best = int((high - low).argmin())
    return float(low[best]), float(high[best])


def uniform_shrinkage(strength: Array, typical: float) -> Array:
    """Log hyperprior of what a shape is worth in answers, on strengths even on a log scale; `typical`: answers a
    person has given."""
    result: Array = np.log(strength) - 2 * np.log(strength + typical)
    return result


def typical(n: Array) -> float:
    """Harmonic mean."""
    return float(n.size / (1 / n).sum())


def softmax(log_weights: Array) -> Array:
    """exp, scaled to sum to 1 along the last axis."""
    weights: Array = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
