"""Each format, written from a few rows whose outcome a reader can check by hand."""

import csv
import gzip
import io
import json
import zipfile
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Pillow

from quality.domain import masks
from webapp.exports.rows import IGNORE, Dataset, Row, Slice, Volume, Vote
from webapp.exports.writers import WRITERS
from webapp.images.geometry import Placement, Turn

LABELS = [("liver", "Liver"), ("spleen", "Spleen")]


def dataset(kind: str, **extra) -> Dataset:
    return Dataset("abdomen", "Abdomen", kind, "Outline it", LABELS, "CC0", "2026-01-01T00:00:00+00:00", **extra)


def row(image: str = "a" * 8, label: str | None = None, answer: dict | None = None, **extra) -> Row:
    """A picture of 8 x 4 px served at twice its size."""
    given = {
        "task": f"task-{image}-{label}",
        "name": f"{image}.png",
        "group": "patient",
        "source": "crowd" if answer else "",
    }
    return Row(
        **given,
        image=image,
        width=8,
        height=4,
        placement=Placement((0, 0, 8, 4), 16, 8),
        label=label,
        answer=answer,
        **extra,
    )


def mask_answer(y1: int, y2: int, x1: int, x2: int) -> dict:
    """Served pixels."""
    mask = np.zeros((8, 16), dtype=bool)
    mask[y1:y2, x1:x2] = True
    return {"kind": "mask", "rle": masks.encode(mask)}


def written(name: str, data: Dataset, rows: list[Row]) -> bytes:
    out = io.BytesIO()
    WRITERS[name].write(data, iter(rows), out)
    return out.getvalue()


class TestCoco:
    def test_boxes_are_in_pixels_of_the_original(self):
        answer = {"kind": "box", "boxes": [[2.0, 2.0, 6.0, 8.0, "spleen"]]}
        coco = json.loads(written("coco", dataset("box"), [row(answer=answer)]))
        assert coco["annotations"][0]["bbox"] == [1.0, 1.0, 2.0, 3.0]
        assert coco["annotations"][0]["category_id"] == 2
        assert coco["images"][0]["width"] == 8
        assert coco["images"][0]["goldvein"]["ignore"] == []

    def test_what_nobody_labelled_is_ignored_and_not_background(self):
        """I11"""
        rows = [row(label="liver", answer={"kind": "nothing"}), row(label="spleen")]
        coco = json.loads(written("coco", dataset("mask"), rows))
        assert coco["annotations"] == []
        assert coco["images"][0]["goldvein"]["labelled"] == [1]
        assert coco["images"][0]["goldvein"]["ignore"] == [2]

    def test_a_cannot_tell_is_no_label(self):
        coco = json.loads(written("coco", dataset("class"), [row(answer={"kind": "cannot_tell"})]))
        assert coco["annotations"] == []
        assert coco["images"][0]["goldvein"]["ignore"] == [1, 2]

    def test_masks_are_run_lengths_at_the_size_of_the_original(self):
        coco = json.loads(written("coco", dataset("mask"), [row(label="liver", answer=mask_answer(0, 4, 0, 8))]))
        entry = coco["annotations"][0]
        assert masks.decode(entry["segmentation"]).sum() == entry["area"] == 8
        assert entry["bbox"] == [0, 0, 4, 2]

    def test_classes_name_the_crop_and_its_probability(self):
        whole = row(answer={"kind": "class", "label": "liver"}, probabilities={"liver": 0.9})
        crop = replace(whole, width=100, height=50, placement=Placement((10, 20, 30, 40), 20, 20))
        coco = json.loads(written("coco", dataset("class"), [crop]))
        assert coco["annotations"][0]["bbox"] == [10, 20, 20, 20]
        assert coco["annotations"][0]["score"] == 0.9


class TestLabelImages:
    def read(self, rows: list[Row]) -> np.ndarray:
        archive = zipfile.ZipFile(io.BytesIO(written("png", dataset("mask"), rows)))
        name = next(n for n in archive.namelist() if n.endswith(".png"))
        return np.asarray(Pillow.open(io.BytesIO(archive.read(name))))

    def test_background_where_every_label_was_answered(self):
        labels = self.read(
            [row(label="liver", answer=mask_answer(0, 4, 0, 8)), row(label="spleen", answer={"kind": "nothing"})]
        )
        assert labels.tolist() == [[1, 1, 1, 1, 0, 0, 0, 0]] * 2 + [[0] * 8] * 2

    def test_ignore_where_a_label_was_not_answered(self):
        """I11"""
        labels = self.read([row(label="liver", answer=mask_answer(0, 4, 0, 8)), row(label="spleen")])
        assert labels.tolist() == [[1, 1, 1, 1] + [IGNORE] * 4] * 2 + [[IGNORE] * 8] * 2

    def test_outside_a_crop_nobody_looked(self):
        """I11"""
        crop = Placement((0, 0, 4, 4), 16, 16)
        nothing = [replace(row(label=key, answer={"kind": "nothing"}), placement=crop) for key, _ in LABELS]
        assert self.read(nothing).tolist() == [[0, 0, 0, 0] + [IGNORE] * 4] * 4


class TestLabelVolumes:
    def test_the_affine_is_the_original_and_unseen_slices_are_ignored(self):
        """I11"""
        affine = np.array([[-0.7, 0, 0, 90], [0, 0.7, 0, -120], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])
        data = dataset("mask", volumes={7: Volume("scan", (4, 8, 3), affine)})
        # Shown turned: rows of the display are the array's second axis, from its end.
        where = Slice(7, 2, 1, Turn(transpose=True, flip_y=True))
        place = {"width": 4, "height": 8, "placement": Placement((0, 0, 4, 8), 4, 8), "slice": where}
        diagonal = {"kind": "mask", "rle": masks.encode(np.eye(8, 4, dtype=bool))}
        shown = [
            replace(row(label="liver", answer=diagonal), **place),
            replace(row(label="spleen", answer={"kind": "nothing"}), **place),
        ]
        archive = zipfile.ZipFile(io.BytesIO(written("nifti", data, shown)))
        name = next(n for n in archive.namelist() if n.endswith(".nii.gz"))
        volume = nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(name)))
        labels = np.asarray(volume.dataobj)
        np.testing.assert_allclose(volume.affine, affine, atol=1e-6)
        assert (labels[:, :, [0, 2]] == IGNORE).all()
        assert [tuple(map(int, p)) for p in np.argwhere(labels[:, :, 1] == 1)] == [(0, 7), (1, 6), (2, 5), (3, 4)]


class TestTables:
    def test_votes_with_their_weights(self):
        votes = [
            Vote("ann", {"kind": "class", "label": "liver"}, 1.5, reliability=0.9, low=0.8, high=0.95),
            Vote("bob", {"kind": "class", "label": "spleen"}, 0.0, counted=False),
        ]
        answered = row(
            answer={"kind": "class", "label": "liver"}, probabilities={"liver": 0.8}, uncertainty=0.3, votes=votes
        )
        archive = zipfile.ZipFile(io.BytesIO(written("csv", dataset("class"), [answered, row(image="b" * 8)])))
        labels = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode())))
        assert [(r["label"], r["state"], r["probability"]) for r in labels] == [
            ("liver", "labelled", "0.8"),
            ("", "ignore", ""),
        ]
        listed = list(csv.DictReader(io.StringIO(archive.read("votes.csv").decode())))
        assert [(v["annotator"], v["label"], v["weight"], v["counted"]) for v in listed] == [
            ("ann", "liver", "1.5", "1"), ("bob", "spleen", "0.0", "0")]  # fmt: skip


@pytest.mark.parametrize("name", list(WRITERS))
def test_no_rows_is_an_empty_file_of_the_format(name: str):
    content = written(name, dataset(WRITERS[name].kinds[-1]), [])
    assert (
        json.loads(content)["images"] == []
        if name == "coco"
        else zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    )
