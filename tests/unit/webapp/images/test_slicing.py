"""Where the patient's left is: checked on a volume whose voxels say where they lie."""

import numpy as np
import pytest

from webapp.images.importers.slicing import cut_of
from webapp.images.sandbox.limits import BadFile

RAS = np.eye(4)
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def edges(affine, plane):
    """The RAS coordinate that grows towards each edge of the display, read off the turned voxel positions."""
    cut = cut_of(affine, plane)
    shape = (4, 5, 6)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    place = grid @ affine[:3, :3].T
    shown = np.stack([cut.turn.show(np.take(place[..., axis], 1, axis=cut.axis)) for axis in range(3)], axis=-1)
    right, down = shown[0, -1] - shown[0, 0], shown[-1, 0] - shown[0, 0]
    names = ("LR", "PA", "IS")

    def letter(vector):
        axis = int(np.abs(vector).argmax())
        return names[axis][int(vector[axis] > 0)]

    return letter(-right) + letter(-down) + letter(right) + letter(down)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize(
    "affine",
    [RAS, LPS, RAS[[1, 2, 0, 3]], LPS[[2, 0, 1, 3]]],
    ids=["RAS", "LPS", "permuted", "permuted and reversed"],
)
def test_the_markers_say_where_the_edges_really_are(affine, plane):
    assert edges(affine, plane) == cut_of(affine, plane).markers


def test_axial_slices_show_the_patients_right_on_the_left():
    assert cut_of(RAS, "axial").markers == "RALP"


def test_auto_takes_the_plane_across_the_coarsest_voxels():
    assert cut_of(np.diag([1.0, 5.0, 1.0, 1.0]), "auto").markers == "RSLI"
    assert cut_of(np.diag([1.0, 1.0, 1.1, 1.0]), "auto").markers == "RALP"


def test_auto_takes_the_acquired_plane_where_the_file_says_so():
    assert cut_of(np.diag([5.0, 1.0, 1.0, 1.0]), "auto", acquired=2).axis == 2


def test_aspect_is_height_over_width_of_a_displayed_pixel():
    assert cut_of(np.diag([2.0, 3.0, 8.0, 1.0]), "axial").aspect == 1.5
    assert cut_of(np.diag([2.0, 3.0, 8.0, 1.0]), "coronal").aspect == 4.0


def test_an_affine_without_three_directions_is_refused():
    with pytest.raises(BadFile, match="some of its axes point the same way"):
        cut_of(np.diag([1.0, 0.0, 1.0, 1.0]), "axial")
