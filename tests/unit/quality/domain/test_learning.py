import numpy as np

from quality.domain.learning import learning_curve


def test_a_moving_mean_by_hand():
    assert [(p.n, p.mean) for p in learning_curve([1, 1, 0, 1, 1, 1])] == [(5, 5 / 7), (6, 6 / 8)]
    assert learning_curve([1, 1, 1, 1]) == []


def test_who_becomes_lazy_falls():
    rng = np.random.default_rng(0)
    scores = [*(rng.random(60) < 0.95), *(rng.random(60) < 0.4)]
    curve = learning_curve([float(score) for score in scores])

    assert len(curve) <= 60
    assert curve[-1].n == 120
    before = next(point for point in reversed(curve) if point.n <= 60)
    assert before.low > curve[-1].high
