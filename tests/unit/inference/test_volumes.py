"""From slices to volumes: what is filled, what is found, what stays unknown."""

import nibabel as nib
import numpy as np
import pytest

from inference.engine.evaluate import dice
from inference.engine.volumes.assemble import IGNORE, Answers, assemble, to_labels, write_nifti
from inference.engine.volumes.boxes import interpolate, match
from inference.engine.volumes.checks import area_jumps, cut_ends, gaps, swapped_sides
from inference.engine.volumes.shapes import fill, largest_part, mask_between, signed_distance, smooth


def disc(cx, cy, radius, size=(40, 50)):
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return (columns + 0.5 - cx) ** 2 + (rows + 0.5 - cy) ** 2 <= radius**2


def test_boxes_move_linearly_between_key_slices():
    found = interpolate({2: [(0, 0, 10, 10)], 6: [(8, 4, 18, 14)], 7: [(8, 4, 18, 14)]})
    assert found == {3: [(2, 1, 12, 11)], 4: [(4, 2, 14, 12)], 5: [(6, 3, 16, 13)]}


def test_nothing_is_proposed_outside_the_key_slices():
    assert interpolate({4: [(0, 0, 5, 5)]}) == {}
    assert interpolate({}) == {}


def test_two_kidneys_are_matched_by_where_they_lie():
    left, right = (0.0, 0.0, 10.0, 10.0), (30.0, 0.0, 40.0, 10.0)
    assert match([left, right], [right, left]) == [(0, 1), (1, 0)]
    assert match([left], [(200.0, 200.0, 210.0, 210.0)]) == []
    found = interpolate({0: [left, right], 2: [(32.0, 0.0, 42.0, 10.0), (2.0, 0.0, 12.0, 10.0)]})
    assert found == {1: [(1, 0, 11, 10), (31, 0, 41, 10)]}


def test_signed_distance_by_hand():
    mask = np.zeros((1, 5), bool)
    mask[0, 1:4] = True
    assert signed_distance(mask).tolist() == [[-1, 1, 2, 1, -1]]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_missing_slice_of_a_moving_growing_disc(share):
    low, high = disc(15, 15, 6), disc(31, 22, 10)
    expected = disc(15 + 16 * share, 15 + 7 * share, 6 + 4 * share)
    assert dice(mask_between(low, high, share), expected) > 0.94


def test_fill_is_only_between():
    found = fill({3: disc(20, 20, 8), 6: disc(20, 20, 8)})
    assert sorted(found) == [4, 5]
    assert dice(found[4], disc(20, 20, 8)) > 0.97
    assert not mask_between(disc(20, 20, 8), np.zeros((40, 50), bool), 0.5).any()


def test_smoothing_evens_a_step_and_makes_no_slice_appear_or_vanish():
    volume = np.stack([disc(20, 20, r) for r in (10, 10, 6, 10, 10)] + [np.zeros((40, 50), bool)])
    evened = smooth(volume)
    assert evened[2].sum() > volume[2].sum()
    assert dice(evened[0], volume[0]) > 0.97
    assert not evened[5].any()


def test_largest_part_of_three_dimensions():
    volume = np.zeros((4, 40, 50), bool)
    volume[:3] = disc(15, 15, 6)
    volume[1] |= disc(40, 30, 4)
    assert np.array_equal(largest_part(volume), np.stack([disc(15, 15, 6)] * 3 + [volume[3]]))


def test_gaps_jumps_and_ends_are_found():
    assert [f.slices for f in gaps({2, 3, 6, 8})] == [(4, 5), (7,)]
    masks = {k: disc(20, 20, 8) for k in range(6)} | {3: disc(20, 20, 3)}
    assert [f.slices for f in area_jumps(masks)] == [(3,)]
    growing = {k: disc(20, 20, 3 + 2 * k) for k in range(6)}
    assert area_jumps(growing) == []
    assert [f.slices for f in cut_ends(masks, 10)] == [(6,)]  # slice 0 is the first there is
    taper = {k: disc(20, 20, r) for k, r in enumerate((2, 6, 10, 6, 2), start=2)}
    assert cut_ends(taper, 10) == []


def test_swapped_sides_are_found():
    left, right = {k: disc(10, 20, 5) for k in range(5)}, {k: disc(35, 20, 5) for k in range(5)}
    assert swapped_sides(left, right) == []
    left[3], right[3] = right[3], left[3]
    assert [f.slices for f in swapped_sides(left, right)] == [(3,)]
    assert [f.slices for f in swapped_sides(right, left)] == [(3,)]


def test_i11_what_nobody_answered_is_ignored_not_background():
    marked = {k: disc(20, 20, 8) for k in (3, 4, 6)}
    built = assemble(Answers(marked, frozenset({0, 8})), 9, (40, 50))
    assert built.filled == (5,)
    assert np.flatnonzero(built.known).tolist() == [0, 3, 4, 5, 6, 8]
    labels = to_labels({2: built}.items())
    assert set(np.unique(labels[0])) == {0}
    assert set(np.unique(labels[1])) == set(np.unique(labels[7])) == {IGNORE}
    assert set(np.unique(labels[5])) == {0, 2}


def test_an_organ_that_nobody_marked_makes_its_volume_unknown():
    nothing = assemble(Answers({}), 4, (40, 50))
    other = assemble(Answers({1: disc(20, 20, 8), 2: disc(20, 20, 8)}, frozenset({0, 3})), 4, (40, 50))
    labels = to_labels({1: other, 2: nothing}.items())
    assert set(np.unique(labels)) == {1, IGNORE}


def test_nifti_keeps_the_source_s_geometry(tmp_path):
    affine = np.array([[0, 0, 3.0, 5], [-1.2, 0.1, 0, 6], [0.1, 1.2, 0, 7], [0, 0, 0, 1]])
    source = nib.Nifti1Image(np.zeros((40, 7, 50), np.float32), affine)
    source.header["descrip"] = b"scanner"
    nib.save(source, tmp_path / "source.nii.gz")
    built = assemble(Answers({k: disc(20, 20, 8) for k in range(7)}), 7, (40, 50), one_part=False)
    write_nifti(to_labels({3: built}.items()), tmp_path / "source.nii.gz", tmp_path / "out.nii.gz", axis=1)
    out = nib.load(tmp_path / "out.nii.gz")
    assert out.shape == (40, 7, 50)
    assert np.allclose(out.affine, affine, atol=1e-6)
    assert np.array_equal(np.asarray(out.dataobj)[:, 4], 3 * disc(20, 20, 8))
    assert out.get_data_dtype() == np.uint8
