"""An attacker that combines figures at will: stochastic gradient boosting of trees (Friedman 2002)."""

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from synth.realism.attack import crossed


def boosted(features: np.ndarray, target: np.ndarray, groups: list[str], *, seed: int = 0, n: int = 5) -> np.ndarray:
    """float64[rows]: log odds of bool[rows], each row scored by trees that never saw its source."""
    fold = crossed(target, groups, n, seed)
    out = np.zeros(len(features))
    for number in range(n):
        held = fold == number
        if not held.any() or len(np.unique(target[~held])) < 2:
            continue
        # Small trees, a part of the rows and figures for each: hundreds of pictures carry no more.
        trees = GradientBoostingClassifier(
            n_estimators=120,
            learning_rate=0.08,
            max_leaf_nodes=8,
            min_samples_leaf=15,
            subsample=0.7,
            max_features=0.2,
            random_state=seed,
        )
        # Balanced, so that no fold's share of the sides shows.
        side = target[~held]
        trees.fit(features[~held], side, sample_weight=np.where(side, 0.5 / side.mean(), 0.5 / (~side).mean()))
        out[held] = trees.decision_function(features[held])
    return out
