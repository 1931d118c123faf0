import json
from pathlib import Path

import numpy as np
import pytest

from synth import manifest
from synth.manifest import Item, Manifest, PackError, PackLabel

LABELS = (PackLabel("cat", "Cat"), PackLabel("dog", "Dog"))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A folder with one grey picture, 6 px wide and 4 px high."""
    manifest.write_picture(tmp_path, "images/0001.png", np.full((4, 6, 3), 128, np.uint8))
    return tmp_path


def body(**changes: object) -> dict:
    item = {"image": "images/0001.png", "answer": {"kind": "class", "label": "cat"}, "group": "slide 1"}
    base = {"format": "goldvein-gold-pack", "version": 1, "name": "demo", "kind": "class"}
    return {
        **base,
        "labels": [{"key": "cat", "name": "Cat"}, {"key": "dog", "name": "Dog"}],
        "items": [item],
        **changes,
    }


def mask_body(**item: object) -> dict:
    return body(kind="mask", items=[{"image": "images/0001.png", "label": "cat", **item}])


def test_what_is_written_reads_back(pack: Path) -> None:
    box = {"kind": "box", "boxes": [[1.0, 0.0, 5.5, 4.0, "dog"]]}
    written = Manifest(
        "demo", "box", LABELS, (Item("images/0001.png", box, known_region={"boxes": [[0.0, 0.0, 6.0, 4.0]]}),)
    )
    manifest.write(pack, written)
    assert manifest.read(pack) == written


def test_a_mask_file_becomes_the_same_answer_as_its_run_lengths(pack: Path) -> None:
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    manifest.write_picture(pack, "labels/0001_cat.png", mask.astype(np.uint8) * 255)
    from_file = manifest.parse(mask_body(mask="labels/0001_cat.png"), pack).items[0].answer
    from_runs = manifest.parse(mask_body(answer=manifest.mask_answer(mask)), pack).items[0].answer
    assert from_file == from_runs
    assert manifest.answer_mask(from_file, (4, 6)).tolist() == mask.tolist()


def test_an_empty_mask_is_said_in_words(pack: Path) -> None:
    assert manifest.mask_answer(np.zeros((4, 6), bool)) == {"kind": "nothing"}
    assert manifest.parse(mask_body(answer={"kind": "nothing"}), pack).items[0].answer == {"kind": "nothing"}


@pytest.mark.parametrize("counts", ["", "0", "N8", "zzzzzz", "o" * 40, "é", "H2", "08", "9>"])
def test_run_lengths_that_lie_are_refused(pack: Path, counts: str) -> None:
    with pytest.raises(PackError):
        manifest.parse(mask_body(answer={"kind": "mask", "rle": {"size": [4, 6], "counts": counts}}), pack)


def test_run_lengths_are_read_as_pycocotools_writes_them(pack: Path) -> None:
    rng = np.random.default_rng(3)
    for share in (0.05, 0.5, 0.95):
        mask = rng.random((300, 200)) < share
        runs = list(manifest._runs(manifest.mask_answer(mask)["rle"]["counts"]))
        flat = mask.ravel(order="F")
        assert sum(runs[1::2]) == int(flat.sum())
        assert np.repeat(np.arange(len(runs)) % 2 == 1, runs).tolist() == flat.tolist()


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/passwd", "images/../../secret.png", "images\\0001.png", "a\0b", "images"]
)
def test_no_path_leaves_the_pack(pack: Path, name: str) -> None:
    (pack.parent / "secret.png").write_bytes((pack / "images/0001.png").read_bytes())
    with pytest.raises(PackError):
        manifest.parse(body(items=[{"image": name, "answer": {"kind": "class", "label": "cat"}}]), pack)


def test_no_link_leaves_the_pack(pack: Path) -> None:
    outside = pack.parent / "outside.png"
    outside.write_bytes((pack / "images/0001.png").read_bytes())
    (pack / "images/link.png").symlink_to(outside)
    with pytest.raises(PackError, match="leads out of the pack"):
        manifest.parse(body(items=[{"image": "images/link.png", "answer": {"kind": "class", "label": "cat"}}]), pack)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"format": "zip"}, "goldvein-gold-pack"),
        ({"version": 2}, "version 1"),
        ({"kind": "points"}, "kind must be one of"),
        ({"labels": []}, "labels must be a list"),
        ({"labels": [{"key": "cat"}, {"key": "cat"}]}, "same key"),
        ({"items": []}, "items must be a list"),
        ({"items": [{"image": "images/0001.png", "answer": {"kind": "class", "label": "cow"}}]}, "one of the pack's"),
        ({"items": [{"image": "images/0001.png", "answer": {"kind": "nothing"}}]}, "kind class"),
        ({"items": [{"image": "images/0001.png", "answer": None}]}, "JSON object"),
        ({"items": [{"image": "images/0009.png", "answer": {}}]}, "not in the pack"),
        ({"items": body()["items"] * 2}, "second time"),
        ({"name": ""}, "name must be text"),
        ({"generator": 3}, "generator must be a JSON object"),
    ],
)
def test_a_wrong_manifest_gets_one_sentence(pack: Path, changes: dict, sentence: str) -> None:
    with pytest.raises(PackError, match=sentence):
        manifest.parse(body(**changes), pack)


@pytest.mark.parametrize(
    "box",
    [
        [0, 0, 9, 4, "cat"],
        [3, 0, 3, 4, "cat"],
        [0, 0, float("nan"), 4, "cat"],
        [0, 0, 1, "cat"],
        [0, 0, 1, 1, "cow"],
        [True, 0, 2, 2, "cat"],
        "box",
    ],
)
def test_a_box_outside_or_malformed_is_refused(pack: Path, box: object) -> None:
    with pytest.raises(PackError):
        manifest.parse(
            body(kind="box", items=[{"image": "images/0001.png", "answer": {"kind": "box", "boxes": [box]}}]), pack
        )


def test_half_a_pixel_over_the_edge_is_cut(pack: Path) -> None:
    answer = {"kind": "box", "boxes": [[-0.5, 0, 6.4, 4, "cat"]]}
    item = manifest.parse(body(kind="box", items=[{"image": "images/0001.png", "answer": answer}]), pack).items[0]
    assert item.answer["boxes"] == [[0.0, 0.0, 6.0, 4.0, "cat"]]


def test_files_that_are_not_what_they_should_be(pack: Path) -> None:
    with pytest.raises(PackError, match="folder with manifest.json"):
        manifest.read(pack)
    (pack / "manifest.json").write_bytes(b"\xff{")
    with pytest.raises(PackError, match="not JSON"):
        manifest.read(pack)
    (pack / "images/0001.png").write_bytes(b"")
    (pack / "manifest.json").write_text(json.dumps(body()))
    with pytest.raises(PackError, match="not a picture"):
        manifest.read(pack)


def test_gates_are_optional(pack: Path) -> None:
    assert manifest.read_gates(pack) == {}
    (pack / "gates.json").write_text('{"realism": {"passed": true}}')
    assert manifest.read_gates(pack)["realism"]["passed"] is True
    (pack / "gates.json").write_text("[]")
    with pytest.raises(PackError, match="gates.json"):
        manifest.read_gates(pack)
