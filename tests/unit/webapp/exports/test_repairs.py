"""Repairs of label volumes: only what was asked for, and said where."""

import gzip
import io
import json
import zipfile

import nibabel as nib
import numpy as np
import pytest

from quality.domain import masks
from webapp.exports.rows import IGNORE, Dataset, Row, Slice, Volume
from webapp.exports.writers import nifti
from webapp.images.geometry import Placement, Turn

SIDE, SLICES, AXIS = 24, 9, 2
LABELS = [("liver", "Liver"), ("spleen", "Spleen")]
TURN = Turn(transpose=True, flip_y=True)


def disc(cx, cy, radius):
    """bool[row, column] of the display."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return (columns + 0.5 - cx) ** 2 + (rows + 0.5 - cy) ** 2 <= radius**2


def answered(index, label, mask=None, crop=(0, 0, SIDE, SIDE)):
    """`mask` bool of the original as displayed; None: nothing there."""
    answer = {"kind": "nothing"}
    if mask is not None:
        answer = {"kind": "mask", "rle": masks.encode(mask[crop[1] : crop[3], crop[0] : crop[2]])}
    return Row(
        task=f"{index}-{label}",
        image=f"image-{index}",
        name="scan.nii.gz",
        group="patient",
        width=SIDE,
        height=SIDE,
        placement=Placement(crop, crop[2] - crop[0], crop[3] - crop[1]),
        label=label,
        answer=answer,
        source="crowd",
        slice=Slice(1, AXIS, index, TURN),
    )


def exported(rows, *repairs):
    """(label volume as displayed, uint8[slice, row, column]; the manifest and its one item)."""
    volumes = {1: Volume("scan.nii.gz", (SIDE, SIDE, SLICES), np.eye(4))}
    data = Dataset("p", "P", "mask", "?", LABELS, "CC0", "2026-01-01", volumes=volumes, repairs=repairs)
    out = io.BytesIO()
    nifti.write(data, sorted(rows, key=lambda row: row.image), out)
    archive = zipfile.ZipFile(out)
    manifest = json.loads(archive.read("manifest.json"))
    (item,) = manifest["items"]
    labels = np.asarray(nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(item["file"]))).dataobj)
    return np.stack([TURN.show(labels[:, :, k]) for k in range(SLICES)]), manifest, item


@pytest.fixture
def scan():
    """A disc on slices 1, 2 and 4, 7 of the liver's; 0 and 8 empty; 3, 5 and 6 unanswered. The spleen is nowhere but on
    slice 3, where nobody was asked about it."""
    rows = [answered(k, "liver", disc(10 + k, 12, 5)) for k in (1, 2, 4, 7)]
    rows += [answered(k, "liver") for k in (0, 8)]
    return rows + [answered(k, "spleen") for k in range(SLICES) if k != 3]


def test_nothing_is_done_unless_asked_for(scan):
    labels, manifest, item = exported(scan)
    assert (labels[3] == IGNORE).all()
    assert "repairs" not in manifest
    assert "filled" not in item


def test_a_single_missing_slice_is_filled_and_named(scan):
    labels, manifest, item = exported(scan, "fill")
    between = disc(13, 12, 5)
    assert (labels[3] == 1)[between].mean() > 0.95
    assert set(np.unique(labels[3][~between])) <= {1, IGNORE}  # nobody looked for the spleen there
    assert (labels[5:7] == IGNORE).all()  # two in a row are not made up
    assert manifest["repairs"] == ["fill"]
    assert item["filled"] == {"liver": [3]}
    assert item["changed_voxels"] == {"liver": 0, "spleen": 0}


def test_answers_stay_as_they_are_when_gaps_are_filled(scan):
    plain, *_ = exported(scan)
    filled, *_ = exported(scan, "fill")
    kept = [k for k in range(SLICES) if k != 3]
    assert np.array_equal(plain[kept], filled[kept])


def test_ends_and_absent_organs_are_never_made_up():
    rows = [answered(k, "liver", disc(12, 12, 6)) for k in (3, 4, 5)]
    labels, *_ = exported(rows, "fill", "largest", "smooth")
    assert (labels[[0, 1, 2, 6, 7, 8]] == IGNORE).all()
    assert set(np.unique(labels[4])) == {1, IGNORE}  # no spleen was looked for anywhere


def test_the_largest_part_is_that_in_space_across_a_gap(scan):
    """A speck goes; the disc behind a gap of two slices, which hangs together with the rest across it, stays."""
    speck = disc(7 + 10, 12, 5)
    speck[1, 1] = True
    rows = [row for row in scan if (row.label, row.image) != ("liver", "image-7")] + [answered(7, "liver", speck)]
    labels, _, item = exported(rows, "largest")
    assert labels[7, 1, 1] == 0
    assert (labels[7] == 1).sum() == disc(17, 12, 5).sum()
    assert item["changed_voxels"] == {"liver": 1, "spleen": 0}
    assert (labels[5] == IGNORE).all()


def test_smoothing_evens_a_step_and_says_how_much_it_changed():
    rows = [answered(k, "liver", disc(12, 12, 3 if k == 4 else 8)) for k in range(SLICES)]
    rows += [answered(k, "spleen") for k in range(SLICES)]
    plain, *_ = exported(rows)
    even, _, item = exported(rows, "smooth")
    assert (even[4] == 1).sum() > (plain[4] == 1).sum()
    assert item["changed_voxels"]["liver"] == int((even != plain).sum()) > 0


def test_what_no_picture_showed_stays_ignore():
    crop = (4, 4, 20, 20)
    rows = [answered(k, "liver", disc(12, 12, 6), crop) for k in (2, 4)]
    labels, _, item = exported(rows, "fill")
    assert item["filled"] == {"liver": [3]}
    outside = np.ones((SIDE, SIDE), bool)
    outside[4:20, 4:20] = False
    assert (labels[2:5, outside] == IGNORE).all()
