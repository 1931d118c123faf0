"""The importers on real images of many makers: nothing raises, every file is taken or refused in one sentence."""

import csv
import json
import re

import pytest

from webapp.images.models import Image, Source, Volume
from webapp.images.services import ImportOptions, import_path
from webapp.projects.services import create_project

pytestmark = [pytest.mark.real_data, pytest.mark.once, pytest.mark.django_db]
ONE_SENTENCE = re.compile(r"Expected [^\n]+[.]")
MEMORY_KIB = 1 * 2**20


def take(path, kind="mask", label_set=(), progress=None, **options):
    project = create_project(by=None, title="Real", kind=kind, prompt="?", labels=label_set)
    report = import_path(by=None, project=project, path=path, options=ImportOptions(**options), progress=progress)
    assert all(ONE_SENTENCE.fullmatch(refusal.reason) for refusal in report.refused), report.refused
    assert report.peak_decoder_kib < MEMORY_KIB
    assert Image.objects.count() == Source.objects.count() == len(report.taken)
    return report


# What the manifest lists with pixels and is no picture to label: segmentations, doses, maps of a parameter.
NO_PICTURES = ("Segmentation", "1.2.840.10008.5.1.4.1.1.66.7", "RT Dose", "Parametric Map")
TOO_SMALL = {
    "fo-dicom/1403-OB.dcm",
    *(f"pydicom/test_files/SC_rgb_small_odd{n}.dcm" for n in ("", "_big_endian", "_jpeg")),
}
# Other decoders fail on it; here its pixels are read.
READ_HERE = {"fo-dicom/GH364.dcm"}


def manifest(folder):
    """(name, row) of each file that is there."""
    with open(folder / "MANIFEST.csv", newline="") as file:
        rows = {row["path"].partition("/")[2]: row for row in csv.DictReader(file)}
    return {name: row for name, row in rows.items() if (folder / name).is_file()}


def test_every_one_of_the_odd_dicom_files(real_data):
    folder = real_data / "robust_dicom"
    counts = []
    report = take(folder, labels=False, progress=lambda done, total: counts.append((done, total)))
    refused = {refusal.name: refusal.reason for refusal in report.refused}
    wrong = []
    for name, row in manifest(folder).items():
        if not row["kind"].startswith("dicom") or name in READ_HERE:
            continue
        is_picture = not row["sop"].startswith(NO_PICTURES) and name not in TOO_SMALL
        readable = row["pixels"] not in ("", "none") and not row["pixels"].startswith("FAIL")
        if (name in refused) == (is_picture and readable):
            wrong.append((name, row["sop"], row["pixels"], refused.get(name)))
    assert wrong == []
    assert refused["pydicom/test_files/MR_truncated.dcm"].startswith(
        "Expected pixels that can be decoded; got damaged or unknown ones"
    )
    assert refused["pydicom/test_files/rtplan.dcm"] == "Expected a picture; got a DICOM RT Plan Storage."
    assert refused["fo-dicom/test_SR.dcm"] == "Expected a picture; got a DICOM Comprehensive SR Storage."
    assert len(report.taken) > 290
    assert counts[-1][0] == counts[-1][1] >= len(report.taken)
    assert max(total for _, total in counts) < 1.5 * counts[-1][1]
    assert any(image.suspected for image in report.taken if image.name.startswith("US "))
    assert not any("^" in image.name or "doe" in image.name.lower() for image in report.taken)


def test_every_one_of_the_odd_nifti_files(real_data):
    folder = real_data / "robust_nifti"
    report = take(folder, labels=False)
    refused = {refusal.name: refusal.reason for refusal in report.refused}
    wrong = []
    for name, row in manifest(folder).items():
        if name.endswith((".img", ".img.gz")):
            continue  # read with its header
        shape = [int(side) for side in re.findall(r"\d+", row["shape"].replace("int32", ""))]
        flat = [side for side in shape if side > 1]
        plain = row["note"] == "data ok" and row["ok"].startswith("Nifti") and len(flat) == 3 and sorted(flat)[1] >= 8
        if (name in refused) == plain:
            wrong.append((name, row["ok"], row["shape"], row["note"], refused.get(name)))
    assert wrong == []
    told = "Expected three dimensions; got 4 (17 x 21 x 3 x 20): split it into volumes first."
    assert refused["nibabel/functional.nii"] == told
    assert refused["nifti-rs/rgb/3D.nii"] == "Expected one real number a voxel; got colours."
    assert refused["nibabel/nifti1.hdr"] == "Expected a pair of .hdr and .img files; the other one is missing."
    assert refused["nibabel/analyze.hdr"] == "Expected NIfTI, which says which side is left; got Spm2AnalyzeImage."
    assert len(report.taken) > 700
    assert {"nifti-rs/minimal.hdr", "nifti-reader-js/air.hdr.gz"} <= set(Volume.objects.values_list("name", flat=True))


def test_five_series_in_one_folder_come_apart(real_data):
    report = take(real_data / "dicom_series_mixed" / "mr_t1post_dicom_series_study3.zip", slice_step=6)
    assert report.refused == []
    shapes = sorted(Volume.objects.values_list("shape", flat=True))
    assert shapes == [[34, 50, 40], *[[280, 320, 22]] * 4]
    assert len(set(Source.objects.values_list("group", flat=True))) == 1


def test_a_ct_series_with_the_experts_masks_in_a_zip(real_data):
    archive = real_data / "ct_liver_chaos" / "chaos_ct_dicom_and_masks.zip"
    report = take(archive, label_set=["Liver"], label_folder="Ground", include=("*.dcm",), slice_step=6, slice_start=1)
    assert (len(report.taken), report.refused) == (13, [])
    assert sum("liver" not in image.labels.absent for image in report.taken) >= 10
    volume = Volume.objects.get()
    assert (volume.shape, volume.spacing[2]) == ([512, 512, 78], 2.0)  # SliceThickness says 3.2
    assert set(Image.objects.values_list("markers", flat=True)) == {"RALP"}


def test_blood_smears_with_voc_boxes(real_data, folder):
    chosen = sorted((real_data / "cells_bccd" / "images").iterdir())[:30]
    (folder / "images").mkdir()
    (folder / "annotations").mkdir()
    for path in chosen:
        (folder / "images" / path.name).symlink_to(path)
        notes = real_data / "cells_bccd" / "annotations" / f"{path.stem}.xml"
        (folder / "annotations" / notes.name).symlink_to(notes)
    report = take(folder, kind="box")
    assert (len(report.taken), report.refused) == (30, [])
    assert all(image.labels.boxes for image in report.taken)
    assert not any(image.suspected for image in report.taken)
    edges = [box for image in report.taken for box in image.labels.boxes]
    assert all(0 <= x1 < x2 <= 640 and 0 <= y1 < y2 <= 480 for x1, y1, x2, y2, _ in edges)
    assert {box[4] for box in edges} == {"rbc", "wbc", "platelets"}


def test_cells_cut_from_fields_with_blanks_in_their_names_and_boxes_that_overrun(real_data, folder):
    truth = json.loads((real_data / "cells_bal" / "bal_exact.json").read_text())["ground_truth"]
    (folder / "images").symlink_to(real_data / "cells_bal" / "images")
    with open(folder / "boxes.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "label", "x1", "y1", "x2", "y2"])
        table.writerows([box["image"], box["cls"], *box["box"]] for box in truth)
    report = take(folder, kind="class", crops=True, crop_size=96, group=r"(BAL \w+ \w+ \d+)_")
    assert report.refused == []
    assert len(report.taken) + report.twins == len(truth) == 119
    assert {image.labels.label for image in report.taken} == {
        *("eosinophil", "lymphocyte", "macrophage", "mast_cell", "neutrophil")
    }
    assert {image.group for image in report.taken} == {"BAL Booker Spray 3", "BAL Bubi Spray 1"}
    assert set(Image.objects.values_list("width", "height")) == {(96, 96)}
