"""What several sums over the same answers give away together, and how to tell them so that it is enough answers.

A volunteer is told the score of each round, and how each kind of their answers held up over several rounds. Both are
sums over the same answers, so one sum minus another may leave a single answer standing: ten cats in a first round, one
cat and nine dogs in a second; "eleven cats" minus "the first round" is that one cat. Statistical disclosure control
calls this differencing (Willenborg & de Waal 2001, chapter 6).

Take kinds and rounds as the nodes of a graph and every answer as an edge between its kind and its round. A combination
of told sums gives each node a number, and an answer counts in it by the sum of its two ends; it cancels where they are
opposite. The answers that remain are those between parts of the graph with different numbers: a cut. So the fewest
answers that anybody can single out, with whatever arithmetic, is the minimum cut (Stoer & Wagner 1997).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

LEAST = 10  # answers (I4)


def fewest_told(counts: NDArray[np.int64]) -> int:
    """The least number of answers that sums by kind and by round give away; 0 where there are no answers.

    `counts` int[kinds, rounds]: answers of each kind in each round.

    >>> fewest_told(np.array([[10, 1, 0], [0, 9, 10]]))
    1
    >>> fewest_told(np.array([[5, 6, 4], [5, 4, 6]]))
    10
    """
    table = np.asarray(counts, dtype=np.int32)
    if table.ndim != 2 or (table < 0).any():
        raise ValueError(f"Expected counts of shape [kinds, rounds], none negative; got shape {table.shape}.")
    kinds = table.shape[0]
    graph = np.zeros((sum(table.shape),) * 2, dtype=np.int32)
    graph[:kinds, kinds:] = table
    graph += graph.T
    network = csr_array(graph)
    # Parts without an answer in common give nothing away about one another.
    parts = connected_components(network, directed=False)[1]
    first = {part: node for node, part in reversed(list(enumerate(parts.tolist())))}
    cuts = [
        int(maximum_flow(network, first[part], node).flow_value)
        for node, part in enumerate(parts.tolist())
        if node != first[part]
    ]
    return min(cuts, default=0)


def tellable(answers: Sequence[tuple[str, Hashable]], *, least: int = LEAST) -> list[tuple[str, ...]]:
    """Groups of kinds whose sums may be told beside those of the rounds; rare kinds go together until it is safe.

    `answers`: (kind, round) of each. [] where it is safe only for all kinds together, which tells nothing of any.

    >>> tellable([("cat", 1)] * 5 + [("dog", 1)] * 5 + [("cat", 2)] * 5 + [("dog", 2)] * 5)
    [('cat',), ('dog',)]
    >>> tellable([("cat", 1)] * 9 + [("dog", 1)])
    []
    """
    totals = Counter(kind for kind, _ in answers)
    groups: list[tuple[str, ...]] = [(kind,) for kind in sorted(totals)]
    rounds = {name: index for index, name in enumerate(dict.fromkeys(name for _, name in answers))}
    while groups:
        row = {kind: index for index, group in enumerate(groups) for kind in group}
        counts = np.zeros((len(groups), len(rounds)), dtype=np.int64)
        for kind, name in answers:
            counts[row[kind], rounds[name]] += 1
        if fewest_told(counts) >= least:
            return groups if len(groups) > 1 or len(totals) == 1 else []
        if len(groups) == 1:
            break
        rare, next_rare, *others = sorted(groups, key=lambda group: (sum(totals[kind] for kind in group), group))
        groups = sorted([*others, tuple(sorted(rare + next_rare))])
    return []
