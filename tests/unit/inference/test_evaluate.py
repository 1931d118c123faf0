"""Evaluation: figures by hand, folders of PNG and NIfTI, the command line."""

import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from inference.__main__ import main
from inference.engine import SegmenterError, load
from inference.engine.evaluate import FIGURES, SHARES, Evaluation, dice
from inference.engine.forgetting import forgotten
from inference.engine.readers import Case, Slice, pairs, to_display, volume_case
from inference.engine.statistics import interval, paired


def disc(cx, cy, radius, size=(60, 80)):
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return (columns + 0.5 - cx) ** 2 + (rows + 0.5 - cy) ** 2 <= radius**2


def grey(mask):
    return np.repeat(np.where(mask, 180, 60).astype(np.uint8)[..., None], 3, 2)


def test_dice_by_hand():
    a, b = np.array([[1, 1, 0, 0]], bool), np.array([[0, 1, 1, 1]], bool)
    assert dice(a, b) == 0.4
    assert dice(a & b & ~a, a & ~a) == 1.0


def test_interval_draws_whole_cases():
    alike = interval([[0.5, 0.5], [0.5]])
    assert (alike["n"], alike["cases"], alike["mean"], alike["low"], alike["high"]) == (3, 2, 0.5, 0.5, 0.5)
    split = interval([[0.0] * 50, [1.0] * 50])
    assert (split["low"], split["high"]) == (0.0, 1.0)  # two cases say little, however many slices they have
    assert interval([])["mean"] is None


def test_the_ellipse_baseline_fits_discs():
    slices = [Slice(grey(disc(40, 30, 12)), {"1": disc(40, 30, 12)}) for _ in range(40)]
    case = Case("one", True, slices)
    full = Evaluation(load("ellipse"), "jittered").run([case])["labels"]["1"]
    assert full["slice_dice"]["n"] == 40
    assert full["slice_dice"]["mean"] > 0.9
    assert full["slice_dice"]["mean"] == full["ellipse_in_box"]["mean"]
    assert full["coverage"]["mean"] == 1.0
    assert full["volume_dice"]["mean"] == full["every_slice_dice"]["mean"] == full["assembled_dice"]["mean"]


def tapering(cx=40):
    """A cone of 24 slices in 30: what an organ looks like from slice to slice."""
    discs = {k: disc(cx, 30, 4 + 10 * np.sin(np.pi * (k - 2) / 24)) for k in range(3, 27)}
    blank = np.zeros((60, 80), bool)
    return Case(
        "one", True, [Slice(grey(discs.get(k, blank)), {"1": discs[k]} if k in discs else {}) for k in range(30)]
    )


def test_what_people_forget_costs_volume_and_is_filled_or_called_unknown():
    cases = [tapering(cx) for cx in range(30, 50)]
    found = Evaluation(load("ellipse"), "jittered", people=True, seed=4).run(cases)["labels"]["1"]
    mean = {name: figure["mean"] for name, figure in found.items() if "mean" in figure}
    assert mean["coverage"] < 0.75
    assert mean["volume_dice"] < mean["every_slice_dice"] - 0.15
    assert mean["slice_dice"] == pytest.approx(mean["every_slice_dice"], abs=0.03)
    # Gaps between marked slices: less than a quarter of what they cost is left.
    assert mean["every_slice_dice"] - mean["assembled_dice"] < (mean["every_slice_dice"] - mean["inner_dice"]) / 4
    assert mean["inner_filled"] == mean["ends_unknown"] == mean["absent_unknown"] == 1.0
    assert found["absent_unknown"]["n"] >= 1


def test_forgetting_keeps_the_area_that_people_cover():
    areas, rng = dict.fromkeys(range(40), 100), np.random.default_rng(0)
    gone = [forgotten(areas, rng) for _ in range(200)]
    whole = [g for g in gone if len(g) == 40]
    assert 0.15 < len(whole) / 200 < 0.35
    kept = [1 - len(g) / 40 for g in gone if len(g) < 40]
    assert min(kept) >= 0.74
    assert np.mean(kept) < 0.8


def test_paired_tests_by_hand():
    alike = paired([[0.5] * 8], [[0.5] * 8])
    assert (alike["n"], alike["difference"], alike["wilcoxon_p"]) == (8, 0.0, None)
    better = paired([[0.6 + 0.01 * k] for k in range(10)], [[0.5 + 0.005 * k] for k in range(10)])
    assert (better["n"], better["difference"]) == (10, 0.1225)
    assert better["wilcoxon_p"] == pytest.approx(2 / 2**10, rel=0.01)
    assert paired([[0.6]], [[0.5]])["wilcoxon_p"] is None


def test_instances_are_one_object_each():
    a, b = disc(20, 20, 9), disc(60, 40, 9)
    case = Case("cells", False, [Slice(grey(a | b), {"1": a, "2": b})])
    labels = Evaluation(load("demo"), "simulated", instances=True).run([case])["labels"]
    assert list(labels) == ["object"]
    assert labels["object"]["slice_dice"]["n"] == 2
    assert labels["object"]["volume_dice"]["n"] == 0


def write_pictures(folder):
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    Image.fromarray(grey(disc(40, 30, 14))).save(folder / "images" / "a.png")
    Image.fromarray(disc(40, 30, 14).astype(np.uint8) * 3).save(folder / "labels" / "a.png")
    Image.fromarray(grey(disc(30, 30, 14))).save(folder / "images" / "b.png")
    Image.fromarray(disc(30, 30, 14).astype(np.uint8) * 255).save(folder / "labels" / "b_liver_000.png")


def test_evaluate_pictures_from_the_command_line(tmp_path, capsys):
    write_pictures(tmp_path)
    arguments = ["evaluate", "--images", str(tmp_path / "images"), "--labels", str(tmp_path / "labels"), "--json"]
    assert main([*arguments, "--prompts", "jittered"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["labels"]) == {"3", "liver"}
    assert result["score"]["n"] == 2
    assert result["score"]["realised"] == pytest.approx(
        np.mean([figures["slice_dice"]["mean"] for figures in result["labels"].values()]), abs=1e-4
    )
    assert 0.8 < result["score"]["believed"] <= 1
    assert result["labels"]["liver"]["slice_dice"]["mean"] > 0.9
    assert set(result["labels"]["3"]) == {*FIGURES, *SHARES, "against_ellipse"}


def test_a_volume_is_cut_across_its_widest_spacing(tmp_path):
    marks = np.zeros((6, 8, 10), np.int16)
    marks[2:4, 2:6, 3:7] = 2
    for name in ("image", "label"):
        nib.save(
            nib.Nifti1Image(marks * (100 if name == "image" else 1), np.diag([5.0, 1, 1, 1])),
            tmp_path / f"{name}.nii.gz",
        )
    case = volume_case(tmp_path / "image.nii.gz", tmp_path / "label.nii.gz", (100, 200))
    assert len(case.slices) == 6
    assert [sorted(s.masks) for s in case.slices] == [[], [], ["2"], ["2"], [], []]
    assert int(case.slices[2].masks["2"].sum()) == 16
    assert case.slices[2].image.max() == 255


def test_window_and_percentiles():
    values = np.array([[-1000, -160, 40, 240, 3000]], np.float32)
    assert to_display(values, (40, 400))[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_nothing_that_fits_is_one_sentence(tmp_path, capsys):
    write_pictures(tmp_path)
    (tmp_path / "labels" / "a.png").unlink()
    (tmp_path / "labels" / "b_liver_000.png").unlink()
    with pytest.raises(SegmenterError, match=r"No image in .* has a label file of its name"):
        pairs(tmp_path / "images", tmp_path / "labels")
    assert main(["evaluate", "--images", str(tmp_path / "gone"), "--labels", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"There is no file or folder {tmp_path / 'gone'}.\n"


def test_segment_from_the_command_line(tmp_path, capsys):
    write_pictures(tmp_path)
    out = tmp_path / "mask.png"
    assert main(["segment", str(tmp_path / "images" / "a.png"), "--box", "26,16,54,44", "--out", str(out)]) == 0
    found = np.asarray(Image.open(out))
    assert set(np.unique(found)) == {0, 255}
    assert dice(found > 0, disc(40, 30, 14)) > 0.9
    assert main(["segment", str(out.with_name("no.png")), "--box", "1,1,5,5", "--out", str(out)]) == 1
    assert "is not a picture that can be read" in capsys.readouterr().err
    assert main(["segment", str(tmp_path / "images" / "a.png"), "--box", "5,5,5,5", "--out", str(out)]) == 1
    assert "A box needs x1 < x2" in capsys.readouterr().err
