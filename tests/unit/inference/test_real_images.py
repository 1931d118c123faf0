"""The demo segmenter, trained on nothing but phantoms, on real images."""

import pytest

from inference.engine import load
from inference.engine.evaluate import Evaluation
from inference.engine.readers import cases

pytestmark = pytest.mark.real_data


def test_it_beats_the_ellipse_on_the_liver(real_data):
    folder = real_data / "ct_liver_chaos"
    known = cases(folder / "ct_ds2.nii.gz", folder / "liver_ds2.nii.gz", window=(40, 400))
    figures = Evaluation(load("demo"), "jittered").run(known)["labels"]["1"]
    assert figures["slice_dice"]["n"] == 71
    assert figures["slice_dice"]["mean"] > 0.88 > figures["ellipse_in_box"]["mean"]
    assert figures["coverage"]["mean"] == 1.0


def test_it_beats_the_ellipse_on_nuclei(real_data):
    folder = real_data / "nuclei_dsb2018"
    known = cases(folder / "images", folder / "instance_labels", limit=8)
    figures = Evaluation(load("demo"), "simulated", instances=True).run(known)["labels"]["object"]
    assert figures["slice_dice"]["mean"] > figures["ellipse_in_box"]["mean"] + 0.08


def test_one_mask_a_file(real_data):
    folder = real_data / "slices_sammed2d"
    labels = Evaluation(load("ellipse"), "jittered").run(cases(folder / "images", folder / "masks"))["labels"]
    assert len(labels) > 10
    assert labels["aorta"]["slice_dice"]["n"] == 3


def test_it_beats_the_ellipse_on_structures_of_a_few_pixels(real_data):
    folder = real_data / "mr_hippocampus"
    labels = Evaluation(load("demo"), "simulated").run(cases(folder / "images", folder / "labels", limit=4))["labels"]
    for figures in labels.values():
        assert figures["slice_dice"]["mean"] > figures["ellipse_in_box"]["mean"] + 0.05


def test_zones_of_a_gland_are_no_worse_than_grabcut_and_with_loose_boxes_better_than_the_ellipse(real_data):
    folder = real_data / "mr_prostate_oblique"
    known = list(cases(folder / "Prostatex_0000.nii.gz", folder / "Prostatex_0000_lab.nii.gz"))

    def both_zones(prompts: str, figure: str) -> float:
        labels = Evaluation(load("demo"), prompts).run(known)["labels"]
        zones = [labels[key][figure] for key in ("1", "2")]
        return sum(zone["n"] * zone["mean"] for zone in zones) / sum(zone["n"] for zone in zones)

    assert both_zones("jittered", "slice_dice") > 0.737  # GrabCut's, on the same boxes
    assert both_zones("simulated", "slice_dice") > both_zones("simulated", "ellipse_in_box") + 0.02


def test_what_people_forget_of_a_liver_is_filled_or_called_unknown(real_data):
    folder = real_data / "ct_liver_chaos"
    known = cases(folder / "ct_ds2.nii.gz", folder / "liver_ds2.nii.gz", window=(40, 400))
    figures = Evaluation(load("demo"), "jittered", people=True, seed=1).run(known)["labels"]["1"]
    mean = {name: figure["mean"] for name, figure in figures.items() if "mean" in figure}
    assert mean["volume_dice"] < mean["every_slice_dice"] - 0.08
    assert mean["every_slice_dice"] - mean["assembled_dice"] < (mean["every_slice_dice"] - mean["inner_dice"]) / 4
    assert mean["inner_filled"] == mean["ends_unknown"] == 1.0
