"""Fusing whole sets of boxes and masks."""

import numpy as np
import pytest

from quality.domain.aggregation.box_witnesses import Witnessed, votes_worth
from quality.domain.aggregation.boxes import Drawn, fuse_boxes, quorum_of
from quality.domain.aggregation.masks import fuse_masks, fuse_masks_with_hands
from quality.domain.aggregation.masks.place import Place, shared_by_alike, whereabouts
from quality.domain.clusters import cluster_boxes
from quality.domain.metrics import box_iou, dice


def drawn(*rows, label="cell"):
    return Drawn(np.array(rows, dtype=float).reshape(-1, 4), [label] * len(rows))


def disc(x, y, radius, shape=(96, 96)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def test_quorum_is_a_third_but_two_where_there_are_two():
    assert [quorum_of(n) for n in (1, 2, 3, 6, 7, 10)] == [1, 2, 2, 2, 3, 4]


def test_clusters_hold_one_box_a_person_and_cover_all():
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [1, 1, 11, 11], [50, 50, 60, 60]])

    clusters = cluster_boxes(boxes, ["ann", "bob", "ann", "bob"])

    assert sorted(sorted(c.tolist()) for c in clusters) in ([[0], [1, 2], [3]], [[0, 1], [2], [3]])


def test_boxes_by_count_and_average():
    votes = {"t": {"ann": drawn((0, 0, 10, 10)), "bob": drawn((2, 0, 12, 10), (40, 40, 50, 50)), "eve": drawn()}}

    (box,) = fuse_boxes(votes)["t"]

    assert box.edges.tolist() == pytest.approx([1, 0, 11, 10])
    assert (box.label, round(box.probability, 2)) == ("cell", 0.68)


def test_gold_boxes_come_out_as_known():
    (box,) = fuse_boxes({"t": {"ann": drawn()}}, gold={"t": drawn((1, 2, 3, 4))})["t"]

    assert box.edges.tolist() == [1, 2, 3, 4]


def test_a_persons_habit_of_drawing_wide_is_undone():
    rng = np.random.default_rng(0)
    truth, votes = {}, {}
    for t in range(30):
        x, y = rng.uniform(20, 60, 2)
        true = np.array([x, y, x + 20, y + 20])
        truth[f"t{t}"] = drawn(true)
        wide = np.array([-4, -4, 4, 4])
        votes[f"t{t}"] = {name: drawn(true + wide + rng.normal(0, 0.3, 4)) for name in ("ann", "bob")}
    gold = {f"t{t}": truth[f"t{t}"] for t in range(20)}

    fused = fuse_boxes(votes, gold=gold)

    errors = [np.abs(fused[task][0].edges - truth[task].edges[0]).max() for task in truth if task not in gold]
    assert max(errors) < 2.5  # drawn: 4 px off on every side


def test_boxes_of_nobody_are_none():
    assert fuse_boxes({"t": {"ann": drawn(), "bob": drawn()}}) == {"t": []}


def test_masks_that_agree_come_out_as_they_are():
    mask = disc(40, 40, 15)

    fused = fuse_masks({"t": (["ann", "bob", "eve"], np.stack([mask] * 3))})["t"]

    assert (fused.mask == mask).all()
    assert fused.probability[40, 40] > 0.95 > 0.05 > fused.probability[5, 5]


def test_empty_votes_make_an_empty_mask():
    fused = fuse_masks({"t": (["ann"], np.zeros((1, 20, 20), dtype=bool))})["t"]

    assert not fused.mask.any()


def test_gold_masks_come_out_as_known():
    truth = disc(40, 40, 15)

    assert (fuse_masks({"t": (["ann"], disc(60, 60, 9)[None])}, gold={"t": truth})["t"].mask == truth).all()


def test_mask_votes_need_one_worker_each():
    with pytest.raises(ValueError, match="one mask a worker"):
        fuse_masks({"t": (["ann"], np.zeros((2, 20, 20), dtype=bool))})


def mask_set(seed, n_tasks=16):
    """Four who draw 4 px too wide, two who are right, one who outlines something else."""
    rng = np.random.default_rng(seed)
    truth, votes = {}, {}
    workers = ["wide1", "wide2", "wide3", "wide4", "good1", "good2", "lost"]
    for t in range(n_tasks):
        x, y, radius = rng.uniform(35, 50), rng.uniform(35, 50), rng.uniform(12, 18)
        truth[f"t{t}"] = disc(x, y, radius)
        jitter = rng.normal(0, 0.7, (7, 2))
        radii = [radius + 4] * 4 + [radius] * 2 + [8]
        centres = [(x, y)] * 6 + [(80, 80)]
        masks = [disc(cx + dx, cy + dy, r) for (cx, cy), (dx, dy), r in zip(centres, jitter, radii, strict=True)]
        votes[f"t{t}"] = (workers, np.stack(masks))
    return votes, truth


def test_masks_gold_shows_who_draws_wide_and_who_is_lost():
    votes, truth = mask_set(0)
    gold = {f"t{t}": truth[f"t{t}"] for t in range(8)}

    fused, hands = fuse_masks_with_hands(votes, gold=gold)

    majority = np.mean([dice(votes[t][1].mean(axis=0) > 0.5, truth[t]) for t in truth if t not in gold])
    ours = np.mean([dice(fused[t].mask, truth[t]) for t in truth if t not in gold])
    assert ours > 0.93 > 0.86 > majority
    assert hands.of("wide1").bias[0] - hands.of("good1").bias[0] == pytest.approx(4, abs=1)
    assert hands.of("lost").hit_rate < 0.4 < 0.8 < hands.of("good1").hit_rate


def test_masks_do_not_depend_on_order_or_names():
    votes, truth = mask_set(1, n_tasks=6)
    gold = {"t0": truth["t0"], "t1": truth["t1"]}
    turned = {task: (workers[::-1], masks[::-1]) for task, (workers, masks) in reversed(votes.items())}
    renamed = {task: ([f"x-{name}" for name in workers], masks) for task, (workers, masks) in votes.items()}

    plain = fuse_masks(votes, gold=gold)

    for other in (fuse_masks(turned, gold=gold), fuse_masks(renamed, gold=gold)):
        for task, fused in plain.items():
            np.testing.assert_array_equal(fused.mask, other[task].mask)


def test_mask_inputs_are_left_alone():
    votes, truth = mask_set(2, n_tasks=3)
    before = {task: masks.copy() for task, (_, masks) in votes.items()}

    fuse_masks(votes, gold={"t0": truth["t0"]})

    for task, masks in before.items():
        np.testing.assert_array_equal(masks, votes[task][1])


def box_set(rng, habits, *, n_tasks=12, noise=0.5):
    """A box of 20 to 40 px a task, drawn by everybody of `habits`: name -> (shift in box sizes, log size)."""
    truth, votes = {}, {}
    for t in range(n_tasks):
        centre, size = rng.uniform(100, 900, 2), rng.uniform(20, 40)
        truth[f"t{t:02}"] = drawn([*(centre - size / 2), *(centre + size / 2)])
        votes[f"t{t:02}"] = {}
        for name, (shift, log_size) in habits.items():
            half = size * np.exp(log_size) / 2
            edges = np.concatenate([centre + shift * size - half, centre + shift * size + half])
            votes[f"t{t:02}"][name] = drawn(edges + rng.normal(0, noise, 4))
    return votes, truth


def mean_iou(fused, truth, tasks):
    found = [(fused[task][0].edges if fused[task] else np.zeros(4), truth[task].edges) for task in tasks]
    return float(np.mean([box_iou(edges[None], true)[0, 0] for edges, true in found]))


def test_people_without_habits_are_hardly_moved_by_little_gold():
    votes, truth = box_set(np.random.default_rng(3), dict.fromkeys(("ann", "bob", "eve"), (0, 0)))
    rest = sorted(truth)[3:]

    with_gold, without = fuse_boxes(votes, gold={task: truth[task] for task in sorted(truth)[:3]}), fuse_boxes(votes)

    for task in rest:
        np.testing.assert_allclose(with_gold[task][0].edges, without[task][0].edges, atol=0.5)
    assert mean_iou(with_gold, truth, rest) > 0.95


OWN_WAYS = {"ann": (0.0, 0.6), "bob": (0.2, -0.3), "eve": (-0.15, -0.5), "joe": (0.1, 0.1)}


def test_boxes_that_hardly_overlap_as_drawn_are_linked_once_habits_are_undone():
    votes, truth = box_set(np.random.default_rng(5), OWN_WAYS)
    known, rest = sorted(truth)[:4], sorted(truth)[4:]

    fused = fuse_boxes(votes, gold={task: truth[task] for task in known})

    assert all(len(fused[task]) == 1 and fused[task][0].probability > 0.9 for task in rest)
    assert mean_iou(fused, truth, rest) > 0.9


def test_a_vote_counts_for_one_where_nothing_is_known_of_anybody():
    nobody = Witnessed(np.zeros(0), np.zeros(0, bool), np.zeros(0, int), np.zeros(0, int))

    assert votes_worth(nobody, 3).tolist() == [1, 1, 1]


def test_the_box_of_somebody_who_invents_counts_for_less_than_a_vote():
    """Eve invents something on every picture, and on every other one Joe does so with her."""
    rng = np.random.default_rng(1)
    truth, votes = {}, {}
    for t in range(30):
        objects = [(100 * i, 50, 100 * i + 20, 70) for i in range(3)]
        invented = (50 + 200 * int(rng.integers(2)), 300, 70 + 200, 340)
        other = invented if t % 2 else (700, 600, 720, 620)
        truth[f"t{t:02}"] = drawn(*objects)
        votes[f"t{t:02}"] = {
            "ann": drawn(*objects),
            "bob": drawn(*objects),
            "eve": drawn(invented),
            "joe": drawn(other, *objects[:1]),
        }
    known, rest = sorted(truth)[:12], sorted(truth)[12:]

    def invented_ones(fused):
        return sum(len(fused[task]) - 3 for task in rest)

    assert invented_ones(fuse_boxes(votes)) == 9
    assert invented_ones(fuse_boxes(votes, gold={task: truth[task] for task in known})) == 0


def test_without_gold_people_are_undone_towards_the_median_person():
    habits = {"ann": (0.0, 0.0), "bob": (0.0, 0.0), "wide": (0.0, 0.5)}
    votes, truth = box_set(np.random.default_rng(6), habits, n_tasks=20)

    assert mean_iou(fuse_boxes(votes), truth, truth) > 0.95


def test_somebody_never_seen_on_gold_is_known_by_the_others():
    habits = {"ann": (0.0, 0.3), "bob": (0.0, 0.3), "new": (0.0, 0.0)}
    votes, truth = box_set(np.random.default_rng(7), habits, n_tasks=30)
    known, rest = sorted(truth)[:6], sorted(truth)[6:]
    for task in known:
        del votes[task]["new"]
    for task in rest[::2]:
        del votes[task]["ann"]

    assert mean_iou(fuse_boxes(votes, gold={task: truth[task] for task in known}), truth, rest) > 0.93


def test_what_gold_tells_of_people_seen_once_does_not_move_open_tasks():
    """Every outline by somebody else: gold may show an offset shared by all, nothing of anybody in particular."""
    rng = np.random.default_rng(4)
    votes, truth = {}, {}
    for t in range(20):
        truth[f"t{t}"] = disc(45, 45, 15)
        discs = [disc(45 + rng.normal(0, 1), 45 + rng.normal(0, 1), 15 + rng.normal(0, 1.5)) for _ in range(5)]
        votes[f"t{t}"] = ([f"t{t}p{i}" for i in range(5)], np.stack(discs))
    gold = {f"t{t}": truth[f"t{t}"] for t in range(4)}

    _, hands = fuse_masks_with_hands(votes, gold=gold)

    assert hands.known == {}
    assert hands.newcomer.hit_rate <= 0.95


def test_of_votes_that_agree_on_nothing_the_one_in_the_known_place_is_followed():
    """Two organs, left and right; gold asks for the left one, and who outlines which is anybody's guess."""
    rng = np.random.default_rng(8)
    truth, votes = {}, {}
    for t in range(16):
        y = rng.uniform(30, 66)
        truth[f"t{t:02}"], other = disc(28 + rng.normal(0, 2), y, 12), disc(70 + rng.normal(0, 2), y, 12)
        both = [truth[f"t{t:02}"], other]
        votes[f"t{t:02}"] = (["ann", "bob"], np.stack(both if t % 2 else both[::-1]))
    gold = {task: truth[task] for task in sorted(truth)[:6]}

    fused = fuse_masks(votes, gold=gold)

    assert min(dice(fused[task].mask, truth[task]) for task in sorted(truth)[6:]) > 0.9


def test_whoever_fills_the_picture_is_not_followed_against_a_small_outline():
    rng = np.random.default_rng(9)
    everything = np.ones((96, 96), dtype=bool)
    truth = {f"t{t:02}": disc(*rng.uniform(30, 66, 2), rng.uniform(6, 10)) for t in range(16)}
    votes = {task: (["ann", "all"], np.stack([true, everything])) for task, true in truth.items()}
    strangers = {task: ([f"{task}x", f"{task}y"], masks) for task, (_, masks) in votes.items()}
    gold = {task: truth[task] for task in sorted(truth)[:8]}

    fused = fuse_masks(strangers, gold=gold)

    assert min(dice(fused[task].mask, truth[task]) for task in sorted(truth)[8:]) > 0.9


def test_outlines_of_one_object_are_not_judged_apart_by_where_they_lie():
    agreement = np.array([[1.0, 0.8, 0.0, 0.0], [0.8, 1.0, 0.3, 0.0], [0.0, 0.3, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])

    shared = shared_by_alike(np.array([-2.0, -0.5, -1.0, 0.0]), agreement)

    assert shared.tolist() == [-0.5, -0.5, -1.0, 0.0]


def test_objects_that_lie_anywhere_have_no_place():
    corners = [disc(x, y, 6) for x in (12, 84) for y in (12, 84)]
    found = np.array([whereabouts(disc(20, 20, 6)), whereabouts(disc(48, 48, 6)), [np.nan] * 3])

    told = Place.of([*corners, disc(48, 48, 6)]).log_odds(found)

    assert told[[1, 2]].tolist() == [0, 0]
    assert -0.7 < told[0] < 0
    assert Place.of(corners[:2]).log_odds(found).tolist() == [0, 0, 0]


def test_half_or_twice_as_broad_is_as_likely_and_a_crumb_or_the_whole_picture_is_not():
    found = np.array([whereabouts(disc(48, 48, radius)) for radius in (1.5, 6.5, 12, 24, 90)])

    told = Place.of([disc(48, 48, 12)] * 4).log_odds(found)

    assert told[1:4].tolist() == pytest.approx([0, 0, 0], abs=0.01)
    assert max(told[0], told[4]) < -0.5
