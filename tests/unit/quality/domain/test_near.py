import numpy as np
import pytest

from quality.domain.outlines import signed_distance
from quality.domain.outlines.near import near_distances


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 2), (40, 50)])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.5, 1.0])
def test_near_the_outline_it_is_the_exact_distance(shape, density):
    votes = np.random.default_rng(0).random((3, *shape)) < density
    before = votes.copy()

    near = near_distances(votes)

    np.testing.assert_array_equal(votes, before)
    np.testing.assert_allclose(near, np.clip([signed_distance(vote) for vote in votes], -4.5, 4.5), atol=1e-6)
