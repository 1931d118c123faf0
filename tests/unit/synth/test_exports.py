"""What the site's exporter writes is read as training data: the same pixels, the same labels, and whose they are."""

import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as PillowImage

from quality.domain import masks
from synth import cli, manifest
from synth.data import read_labelled
from synth.errors import DataError
from synth.exports import export_labelled, export_scenes, read_export
from synth.maps import map_scenes
from webapp.exports.rows import Dataset, Row, Slice
from webapp.exports.writers import tables
from webapp.images.geometry import Placement
from webapp.images.importers.slicing import cut_of

LABELS = (("liver", "Liver"), ("spleen", "Spleen"))


def row(name: str, answer: dict | None, **given: object) -> Row:
    size = given.pop("size", (24, 20))
    crop = given.pop("crop", (0, 0, *size))
    body = {"task": f"{name} {given.get('label')}", "image": name, "group": "", "label": None, "source": "crowd"}
    placement = Placement(crop, crop[2] - crop[0], crop[3] - crop[1])
    return Row(**{**body, "name": name, "width": size[0], "height": size[1], "placement": placement, "answer": answer,
                  "uncertainty": 0.02, **given})  # fmt: skip


def write(path: Path, kind: str, rows: list[Row], labels=LABELS) -> Path:
    dataset = Dataset("p", "P", kind, "Where?", labels, "CC0", "2026-11-21T00:00:00+00:00", target=0.95)
    with path.open("wb") as out:
        tables.write(dataset, rows, out)
    return path


def mask_of(*places: slice, shape: tuple[int, int] = (20, 24)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[places] = True
    return mask


def outline(mask: np.ndarray) -> dict:
    return {"kind": "mask", "rle": masks.encode(mask)}


def named(key: str) -> dict:
    return {"kind": "class", "label": key}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.png", "deep/c.png")):
        pixels = np.random.default_rng(number).integers(0, 255, (20, 24, 3), dtype=np.uint8)
        PillowImage.fromarray(pixels).save(tmp_path / "data" / name)
    return tmp_path / "data"


def test_only_pictures_whose_labels_are_all_good_count_as_labelled(tmp_path: Path, pictures: Path) -> None:
    left, right = mask_of(slice(2, 8), slice(3, 9)), mask_of(slice(10, 18), slice(12, 20))
    rows = [
        row("a.png", outline(left), label="liver"),
        row("a.png", outline(right), label="spleen", source="revised"),
        row("b.png", outline(left), label="liver"),
        row("b.png", outline(right), label="spleen", uncertainty=0.3),
        row("import/c.png", {"kind": "nothing"}, label="liver"),
        row("import/c.png", None, label="spleen", source=""),
        row("gold.png", outline(left), label="liver", source="gold", is_gold=True),
    ]
    export = read_export(write(tmp_path / "e.zip", "mask", rows), "mask")
    assert export.labels_from == {"crowd": 3, "revised": 1}
    labelled, others = export_scenes(export, pictures)
    assert [scene.name for scene in labelled] == ["a.png"]
    assert [scene.name for scene in others] == ["b.png", "import/c.png"]
    assert np.array_equal(labelled[0].mask("liver"), left)
    assert np.array_equal(labelled[0].mask("spleen"), right)
    assert np.array_equal(labelled[0].pixels, np.asarray(PillowImage.open(pictures / "a.png")))
    data = map_scenes(labelled, others, size=24, labels_from=export.labels_from)
    assert data.is_labelled.tolist() == [True, False, False]
    lower = read_export(tmp_path / "e.zip", "mask", min_quality=0.7)
    assert len(export_scenes(lower, pictures)[0]) == 2


def test_a_part_of_a_picture_is_learnt_as_it_was_shown(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "export").mkdir()
    rows = [
        row("a.png cell 1", named("liver"), crop=(2, 3, 10, 11), probabilities={"liver": 0.97, "spleen": 0.03}),
        row("a.png cell 2", named("spleen"), crop=(8, 0, 24, 16), source="expert", group="slide 1"),
        row("b.png", named("spleen"), crop=(0, 0, 8, 8), probabilities={"liver": 0.2, "spleen": 0.8}),
    ]
    with zipfile.ZipFile(write(tmp_path / "e.zip", "class", rows)) as archive:
        archive.extractall(tmp_path / "export")  # a folder is as good
    data = export_labelled(read_export(tmp_path / "export", "class"), pictures, size=8)
    assert [data.keys[n] for n in data.labels] == ["liver", "spleen"]
    assert data.groups == ("a.png cell 1", "slide 1")
    assert data.labels_from == {"crowd": 1, "expert": 1}
    whole = np.asarray(PillowImage.open(pictures / "a.png"))
    assert np.array_equal(data.pixels[0], whole[3:11, 2:10])


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "SAL"])
def test_slices_of_volumes_lie_as_they_were_shown(tmp_path: Path, plane: str, codes: str) -> None:
    """Against the site's own way of cutting, whatever way the file's axes run."""
    voxels = np.random.default_rng(0).normal(100, 20, (20, 22, 24)).astype(np.float32)
    orientation = nib.orientations.axcodes2ornt(tuple(codes))
    affine = nib.orientations.inv_ornt_aff(orientation, (20, 22, 24))
    turned = nib.Nifti1Image(voxels, affine)
    nib.save(turned, tmp_path / "scan.nii.gz")
    cut = cut_of(turned.affine, plane)
    shown = cut.turn.show(np.take(voxels, 5, axis=cut.axis))
    low, high = np.percentile(voxels, [0.5, 99.5])
    mask = shown > 130
    task = row(
        "scan.nii.gz slice 5",
        outline(mask),
        size=shown.shape[::-1],
        label="liver",
        slice=Slice(1, cut.axis, 5, cut.turn),
    )
    export = read_export(write(tmp_path / "e.zip", "mask", [task], LABELS[:1]), "mask")
    (scene,), _ = export_scenes(export, tmp_path)
    assert np.array_equal(scene.pixels[..., 0], np.rint(np.clip((shown - low) / (high - low), 0, 1) * 255))
    assert scene.is_slice
    assert scene.mask("liver")[mask].all()


def test_what_is_no_such_export_or_does_not_fit_is_told_in_one_sentence(tmp_path: Path, pictures: Path) -> None:
    export = write(tmp_path / "e.zip", "class", [row("gone.png", named("liver"), source="expert")])
    with pytest.raises(DataError, match="learns from mask answers; .* holds class answers"):
        read_export(export, "mask")
    with pytest.raises(DataError, match="labels of gone.png, which is not there"):
        export_labelled(read_export(export, "class"), pictures, size=8)
    with pytest.raises(DataError, match="no export of labels"):
        read_export(pictures / "a.png", "mask")
    big = row("a.png", named("liver"), source="expert", size=(99, 99))
    with pytest.raises(DataError, match=r"was \(0, 0, 99, 99\) of its original; a.png has 24 x 20 px"):
        export_labelled(read_export(write(tmp_path / "f.zip", "class", [big]), "class"), pictures, size=8)
    low = row("a.png", named("liver"), probabilities={"liver": 0.5, "spleen": 0.5})
    with pytest.raises(DataError, match="no label with an expected quality of 0.95 or more"):
        read_export(write(tmp_path / "g.zip", "class", [low]), "class")
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({"kind": "class", "labels": [{"key": "liver"}]}))
        archive.writestr("labels.csv", "task,image\n1,a\n")
    with pytest.raises(DataError, match="lacks the column name"):
        read_export(tmp_path / "h.zip", "class")


@pytest.mark.parametrize(
    ("model", "train", "sample"),
    [("cells", ["--steps", "2", "--batch", "2"], ["--steps", "2"]), ("cgan", ["--epochs", "1"], [])],
)
def test_crowd_labels_stay_known_from_picture_to_picture(
    tmp_path: Path, pictures: Path, model: str, train: list[str], sample: list[str]
) -> None:
    """The pack says so, and so does a model that was trained on the pack."""
    rows = [row(name, named(key), crop=(0, 0, 16, 16), probabilities={key: 1.0})
            for name, key in (("a.png", "liver"), ("b.png", "spleen"))]  # fmt: skip
    export = write(tmp_path / "e.zip", "class", rows)
    first, pack = tmp_path / "first", tmp_path / "pack"
    learn = [model, "train", "--data", str(pictures), "--from-export", str(export), "--size", "16", *train]
    assert cli.main([*learn, "--out", str(first)]) == 0
    assert cli.main([model, "sample", "--checkpoint", str(first), "--n", "4", "--out", str(pack), *sample]) == 0
    made = manifest.read(pack)
    assert made.labels_from == {"crowd": 2}
    assert made.is_from_crowd
    assert read_labelled(pack).labels_from == {"crowd": 2}
    second, again = tmp_path / "second", tmp_path / "again"
    assert cli.main([model, "train", "--data", str(pack), "--out", str(second), *train]) == 0
    assert cli.main([model, "sample", "--checkpoint", str(second), "--n", "2", "--out", str(again), *sample]) == 0
    assert manifest.read(again).is_from_crowd


def test_a_packs_account_of_its_labels_is_checked(tmp_path: Path) -> None:
    manifest.write_picture(tmp_path, "a.png", np.zeros((4, 4, 3), np.uint8))
    body = {"format": manifest.FORMAT, "version": 1, "name": "p", "kind": "class", "labels": [{"key": "a"}],
            "items": [{"image": "a.png", "answer": named("a")}], "labels_from": {"crowd": "many"}}  # fmt: skip
    with pytest.raises(manifest.PackError, match="labels_from must say how many"):
        manifest.parse(body, tmp_path)
