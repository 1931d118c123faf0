"""Quantities of an annotator, each learnt from gold, the others' consensus and the crowd alike.

A quantity says how it is counted in a state's sums. The sums of answers to gold tasks have a likelihood of their own
(`proportion`, `rate`, `location`); those of answers held against the others (state["peers"]) have one through the line
that was learnt for this quantity (`peers`).

    detection = Share(lambda sums: (objects(sums), found(sums)))
    fitted = detection.fit(states)               # what the crowd has in common
    detection.posterior(state, fitted)           # Quantity(mean, low, high, n); fitted None: nobody is known
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from quality.domain.reliability import location, peers, proportion, rate
from quality.domain.reliability.base import Quantity, State
from quality.domain.reliability.crowd import Array
from quality.domain.reliability.location import Crowd, Normal
from quality.domain.reliability.peers import Line

Counted = tuple[float, float]  # tries and successes, or pictures and events


@dataclass(frozen=True)
class Fitted:
    """People's `shares` at the points of a grid, the `line` to what the peers say of them (None: they say nothing), and
    by how much successes come in clumps."""

    shares: tuple[float, ...]
    line: Line | None = None
    dispersion: float = 1.0


@dataclass(frozen=True)
class Share:
    """A share of successes, by `count` of a state. `heard`: what the peers' values sum up to (`peers.sums_of`), where
    that is not the same count of their sums."""

    count: Callable[[State], Counted]
    heard: Callable[[State], State] | None = None

    def fit(self, states: Sequence[State], *, dispersion: float = 1.0) -> Fitted:
        own = _columns([self.count(state) for state in states]) / dispersion
        shares = proportion.fit(*own.T)
        log_shares = np.log(np.maximum(shares or proportion.nobody(), 1e-300))

        def log_known(rows: Array) -> Array:
            return log_shares + proportion.log_likelihood(*np.split(rows, 2, axis=1))

        heard = [self._heard(state, dispersion) for state in states]
        return Fitted(shares, peers.fit(own, heard, log_known, proportion.GRID.points), dispersion)

    def posterior(self, state: State, fitted: Fitted | None) -> Quantity:
        fitted = fitted or Fitted(())
        told = self.told([state], fitted)[0] if fitted.line else None
        return proportion.posterior(*self.count(state), fitted.shares, dispersion=fitted.dispersion, told=told)

    def told(self, states: Sequence[State], fitted: Fitted) -> Array:
        """Log likelihood of each by the peers at the points of `proportion.GRID`, float[J, G]."""
        heard = [self._heard(state, fitted.dispersion) for state in states]
        if fitted.line is None:
            return np.zeros((len(states), proportion.GRID.points.size))
        return fitted.line.log_likelihood(heard, proportion.GRID.points)

    def _heard(self, state: State, dispersion: float) -> State:
        if self.heard:
            return self.heard(state)
        n, hits = self.count(state.get("peers", {}))
        return peers.sums_of(n / dispersion, hits / dispersion, hits / dispersion)


@dataclass(frozen=True)
class Rate:
    """Events a picture."""

    count: Callable[[State], Counted]

    def fit(self, states: Sequence[State]) -> Fitted:
        own = _columns([self.count(state) for state in states])
        shares = rate.fit(*own.T)
        believed = np.asarray(shares or rate.nobody())

        def log_known(rows: Array) -> Array:
            return np.log(np.maximum(believed, 1e-300)) + rate.log_likelihood(*np.split(rows, 2, axis=1))

        points = rate.GRID.points
        heard = [self._heard(state) for state in states]
        return Fitted(shares, peers.fit(own, heard, log_known, points, peers.measures(points, believed)))

    def posterior(self, state: State, fitted: Fitted | None) -> Quantity:
        fitted = fitted or Fitted(())
        told = fitted.line.log_likelihood([self._heard(state)], rate.GRID.points)[0] if fitted.line else None
        return rate.posterior(*self.count(state), fitted.shares, told=told)

    def _heard(self, state: State) -> State:
        pictures, events = self.count(state.get("peers", {}))
        # As a Poisson count would scatter: its squares are not kept.
        return peers.sums_of(pictures, events, events + events**2 / pictures if pictures else 0.0)


@dataclass(frozen=True)
class Place:
    """Where measurements centre, and how far they scatter; `default`: before anybody is known. The others' consensus
    tells of the centre; of the spread gold alone does."""

    sums: Callable[[State], State]
    default: Normal

    def fit(self, states: Sequence[State]) -> tuple[Crowd, Line | None]:
        own = [location.moments_of(self.sums(state)) for state in states]
        crowd = location.fit([row for row in own if row[0] > 0], self.default)
        log_shares = np.log(np.maximum(crowd.at_centre, 1e-300))

        def log_known(rows: Array) -> Array:
            return log_shares + location.log_likelihood(rows, crowd)

        points = crowd.centres.points
        scale = peers.measures(points, crowd.at_centre)
        heard = [self._heard(state) for state in states]
        return crowd, peers.fit(np.array(own).reshape(-1, 3), heard, log_known, points, scale)

    def posterior(self, state: State, fitted: tuple[Crowd, Line | None] | None) -> tuple[Quantity, Quantity]:
        crowd, line = fitted or (location.nobody(self.default), None)
        told = line.log_likelihood([self._heard(state)], crowd.centres.points)[0] if line else None
        return location.posterior(self.sums(state), crowd, told=told)

    def _heard(self, state: State) -> State:
        return peers.sums_of(*location.moments_of(self.sums(state.get("peers", {}))))


def _columns(counts: Sequence[Counted]) -> Array:
    return np.array(counts, dtype=np.float64).reshape(-1, 2)
