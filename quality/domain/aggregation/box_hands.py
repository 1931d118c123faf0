"""How each person draws boxes: off-centre, too large or small, unsteadily. Crossed random effects.

    x_jo = t_o + b_j + e_jo,    b_j ~ N(mu, tau^2),    mu ~ N(0, m^2),    e_jo ~ N(0, sigma_j^2)

x_jo: where person j drew object o, against a reference box; t_o: where o lies, against the same. Where the reference is
the true box, t_o ~ N(0, g^2): whoever drew it had a hand too, and a handful of objects shall not settle what all share.
Where it is what people drew, o may lie anywhere, and tells only how people differ from one another. With t integrated
out b is normal (Henderson's mixed model equations, solved by conjugate gradients); boxes far off count less (Cauchy
weights); tau follows by expectation maximisation, sigma_j from true boxes alone, shrunk to everybody's: judged by the
others whoever draws like the most would seem the steadiest.

Without any true box nothing shows what all share, and the median person is taken to be right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from quality.domain.answers import Boxes

Array = NDArray[np.float64]

_CENTRE, _SIZE = slice(0, 2), slice(2, 4)
# Of centre (in box sizes) and log size. What people, and truths, of several simulated sets were like.
_TAU, _TAU_WORTH = (0.05**2, 0.1**2), 3.0  # people
_SHARED = (0.1**2, 0.3**2)
_TRUTH = (0.03**2, 0.06**2)
_SIGMA, _SIGMA_WORTH, _OWN_SIGMA_WORTH = (0.1**2, 0.15**2), 6.0, 40.0  # boxes
_LARGEST_SQUARE = 0.3  # squared deviations above this are accidents
_ORDINARY = 3.0  # sigmas
_ROUNDS = 4


@dataclass(frozen=True)
class Drawings:
    """Boxes that people drew of objects. `deviations` float[n, 4] from the object's reference (`deviation`); `people`
    and `objects` int[n] of each; `known` bool[objects]: the reference is the true box."""

    deviations: Array
    people: NDArray[np.intp]
    objects: NDArray[np.intp]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Hands:
    """`bias` float[people, 4]: centre x, y in true box sizes, log width, log height; `variance` float[people, 2] around
    it, of centre and of log size; `between` float[2]: variance of people's biases."""

    bias: Array
    variance: Array
    between: Array

    @classmethod
    def of_nobody(cls, n_people: int) -> Hands:
        return cls(np.zeros((n_people, 4)), np.tile(_SIGMA, (n_people, 1)), np.array(_TAU))


def centre_size(boxes: Boxes) -> tuple[Array, Array]:
    """`float[n, 4]` edges -> centres and sizes, `float[n, 2]` each."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6)


def deviation(boxes: Boxes, reference: Boxes) -> Array:
    """Centre x, y in reference sizes, log width and log height ratio, `float[n, 4]`."""
    (centre, size), (true_centre, true_size) = centre_size(boxes), centre_size(reference)
    return np.hstack([(centre - true_centre) / true_size, np.log(size / true_size)])


def undo(boxes: Boxes, bias: Array) -> Boxes:
    """Edges `float[n, 4]` as somebody without the `bias` float[n, 4] would have drawn them."""
    centre, size = centre_size(boxes)
    size = size / np.exp(bias[:, _SIZE])
    centre = centre - bias[:, _CENTRE] * size
    return np.hstack([centre - size / 2, centre + size / 2])


def learn(drawn: Drawings, believed: Hands) -> Hands:
    """Everybody's hand from all drawings, starting from what is believed of them."""
    bias, variance, between = believed.bias.copy(), believed.variance.copy(), believed.between.copy()
    left = np.zeros_like(drawn.deviations)
    n_people = len(bias)
    for _ in range(_ROUNDS):
        for kind, columns in enumerate((_CENTRE, _SIZE)):
            square = 2 * _TAU_WORTH * _TAU[kind]
            for column in range(columns.start, columns.stop):
                weight = 1 / (variance[drawn.people, kind] + (left[:, column] / _ORDINARY) ** 2)
                x = drawn.deviations[:, column]
                bias[:, column], shared, left[:, column] = _solve(drawn, x, weight, n_people, between[kind], kind)
                unsure = 1 / (1 / between[kind] + np.bincount(drawn.people, weight, n_people))
                square += float(((bias[:, column] - shared) ** 2 + unsure).sum())
            between[kind] = square / (2 * n_people + 2 * _TAU_WORTH)
            variance[:, kind] = _variance(drawn, left[:, columns], n_people, kind)
    if not drawn.known[drawn.objects].any():
        bias -= np.median(bias, axis=0)
    return Hands(bias, variance, between)


def _solve(
    drawn: Drawings, x: Array, weight: Array, n_people: int, between: float, kind: int
) -> tuple[Array, float, Array]:
    """b float[people], mu and e float[n] of one coordinate `x` float[n], the `weight` of each drawing given."""
    people, objects = drawn.people, drawn.objects
    held = np.bincount(objects, weight, len(drawn.known)) + np.where(drawn.known, 1 / _TRUTH[kind], 0.0)
    share = _SHARED[kind] / (between + n_people * _SHARED[kind])  # mu is this share of the sum of all b

    def against_others(values: Array) -> Array:
        return values - (np.bincount(objects, weight * values, len(held)) / held)[objects]

    def summed(values: Array) -> Array:
        return np.asarray(np.bincount(people, weight * against_others(values), n_people), dtype=np.float64)

    def precision(b: Array) -> Array:
        return summed(b[people]) + (b - share * b.sum()) / between

    shape = (n_people, n_people)
    alone = 1 / (np.bincount(people, weight, n_people) + 1 / between)
    b, _ = cg(
        LinearOperator(shape, precision, dtype=np.float64),
        summed(x),
        rtol=1e-10,
        M=LinearOperator(shape, lambda b: alone * b, dtype=np.float64),
    )
    return b, share * float(b.sum()), against_others(x - b[people])


def _variance(drawn: Drawings, left: Array, n_people: int, kind: int) -> Array:
    """sigma^2 float[people] from what is `left` float[n, 2] of drawings of known objects."""
    known = drawn.known[drawn.objects]
    square = np.bincount(drawn.people, known * np.minimum(left**2, _LARGEST_SQUARE).mean(axis=1), n_people)
    n = np.bincount(drawn.people, known, n_people)
    everybody = (square.sum() + _SIGMA_WORTH * _SIGMA[kind]) / (n.sum() + _SIGMA_WORTH)
    result: Array = (square + _OWN_SIGMA_WORTH * everybody) / (n + _OWN_SIGMA_WORTH)
    return result
