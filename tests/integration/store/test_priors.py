"""What a project's people have in common follows from them alone, not from where their rows happen to lie."""

import numpy as np
import pytest

from quality.domain.rubrics import RUBRICS
from quality.store.models import ReliabilitySnapshot
from quality.store.reliability import estimator_of, prior_of
from tests.factories import GuestFactory, ProjectFactory

pytestmark = pytest.mark.django_db
TRUTH = {"kind": "box", "boxes": [[20, 20, 60, 60, "cat"], [100, 20, 140, 60, "cat"]]}


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(5)
    one, other = ProjectFactory(kind="box"), ProjectFactory(kind="box")
    people = GuestFactory.create_batch(60)
    states = [state_of(one, rng.beta(4, 2, size=12)) for _ in people]
    pairs = list(zip(people, states, strict=True))
    for project, order in ((one, pairs), (other, pairs[::-1])):
        for person, state in order:
            ReliabilitySnapshot.objects.create(
                project=project, annotator=person, mean=0.5, low=0, high=1, n_gold=12, parameters=state, method="m"
            )
    assert prior_of(one).mean == prior_of(other).mean


def state_of(project, spreads):
    """After answers whose two boxes are off by so much of their size."""
    estimator, state = estimator_of(project), None
    for spread in spreads.tolist():
        said = [[x + 20 * spread, 20, x + 40 + 20 * spread, 60, "cat"] for x in (20, 100)]
        state = estimator.update(state, RUBRICS["box"]({"kind": "box", "boxes": said}, TRUTH, size=(200, 200)))
    return state
