"""Majority: shares of the votes, smoothed by .3 of a vote spread over the labels; ties go to the commoner label."""

from __future__ import annotations

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities

_SMOOTHING = 0.3
_TIE = 1e-6


def majority(votes: LabelVotes) -> Probabilities:
    counts = votes.counts()
    shares = counts + _TIE * counts.sum(axis=0) / counts.sum() + _SMOOTHING / len(votes.labels)
    return votes.clamped(shares / shares.sum(axis=1, keepdims=True))
