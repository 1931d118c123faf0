"""Data sets as others lay them out, made small: each picture gets its own labels, and no label map is a picture."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from quality.domain import masks
from tests.integration.images import made
from webapp.images.models import Volume
from webapp.images.services import ImportOptions, import_path
from webapp.projects.services import create_project

AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])
SHAPE = (20, 16, 5)


def take(project, path, **options):
    return import_path(by=None, project=project, path=path, options=ImportOptions(**options))


def one_label(kind="mask", label="nucleus"):
    return create_project(by=None, title="One", kind=kind, prompt="?", labels=[label])


def spot(path, x, value=255, size=(20, 16), mode=None):
    """A label picture with a 4 x 4 spot whose left edge is x; returns it as [h, w]."""
    plane = np.zeros(size[::-1], dtype=np.uint8)
    plane[4:8, x : x + 4] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Pillow.fromarray(plane)
    (image.convert(mode) if mode else image).save(path)
    return plane


def picture(path, seed=0, size=(20, 16)):
    made.picture(path, seed=seed, size=size)


def grey(path, seed=0, size=(20, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(np.random.default_rng(seed).integers(0, 256, size[::-1], dtype=np.uint8)).save(path)


def scan(path, seed=0, shape=SHAPE, affine=AFFINE):
    made.nifti(path, np.random.default_rng(seed).normal(100, 20, shape).astype(np.float32), affine)


def organ(path, x, value=1, shape=SHAPE, affine=AFFINE):
    """A label volume with a cube whose first voxel is x."""
    truth = np.zeros(shape, dtype=np.uint8)
    truth[x : x + 4, 4:8, 1:4] = value
    made.nifti(path, truth, affine)
    return truth


def left_edges(image):
    """Label -> left edge of its mask, for those with pixels."""
    found = image.labels.masks or {}
    return {key: masks.bbox(masks.decode(rle))[0] for key, rle in found.items() if key not in image.labels.absent}


def pictures_of(report):
    return {image.name: left_edges(image) for image in report.taken}


def sizes(report):
    """Volume -> label -> number of pixels, over all slices."""
    found = {}
    for image in report.taken:
        volume = found.setdefault(image.name.rpartition(" slice ")[0], {})
        for key, rle in (image.labels.masks or {}).items():
            volume[key] = volume.get(key, 0) + masks.area(rle)
    return found


@pytest.mark.parametrize("linked", [False, True])
def test_a_mask_for_each_organ_named_behind_the_picture(organs, folder, linked):
    """SA-Med2D; its list gives folders that are not there."""
    picture(folder / "images" / "ct_a.png", 1)
    picture(folder / "images" / "ct_b.png", 2)
    picture(folder / "images" / "ct_c.png", 3)
    spot(folder / "masks" / "ct_a_liver_000.png", 2)
    spot(folder / "masks" / "ct_a_spleen_000.png", 10)
    spot(folder / "masks" / "ct_b_liver_000.png", 6)
    spot(folder / "masks" / "ct_b_liver_001.png", 12)
    spot(folder / "masks" / "ct_b_gut_000.png", 0)
    if linked:
        table = {f"data/images/ct_{p}.png": [f"data/masks/ct_{p}_liver_000.png"] for p in "ab"}
        (folder / "image2label.json").write_text(json.dumps(table))
    report = take(organs, folder)
    assert report.refused == []
    found = pictures_of(report)
    assert found == {
        "images/ct_a.png": {"liver": 2, "spleen": 10},
        "images/ct_b.png": {"liver": 6},
        "images/ct_c.png": {},
    }
    both = next(image for image in report.taken if image.name == "images/ct_b.png").labels
    assert masks.bbox(masks.decode(both.masks["liver"])) == (6, 4, 16, 8)
    assert "spleen" not in both.masks  # no file, so that nobody knows
    assert report.notes == ["1 marks called 'gut' were left out: the project has no such label."]


def test_a_list_of_label_files_whose_names_say_nothing_of_the_picture(organs, folder):
    picture(folder / "images" / "a.png", 1)
    picture(folder / "images" / "b.png", 2)
    spot(folder / "masks" / "one_liver.png", 2)
    spot(folder / "masks" / "two_liver.png", 8)
    (folder / "links.json").write_text(
        json.dumps({"masks/one_liver.png": "images/b.png", "masks/two_liver.png": "images/a.png"})
    )
    report = take(organs, folder, label_names={"one_liver": "liver", "two_liver": "liver"})
    assert pictures_of(report) == {"images/a.png": {"liver": 8}, "images/b.png": {"liver": 2}}


def test_overlapping_organs_keep_all_their_pixels(organs, folder):
    picture(folder / "images" / "a.png")
    spot(folder / "masks" / "a_liver.png", 2)
    spot(folder / "masks" / "a_spleen.png", 4)
    assert pictures_of(take(organs, folder)) == {"images/a.png": {"liver": 2, "spleen": 4}}


def test_a_broken_part_takes_the_other_parts_with_it(organs, folder):
    picture(folder / "images" / "a.png")
    spot(folder / "masks" / "a_liver_1.png", 2)
    spot(folder / "masks" / "a_liver_2.png", 2, size=(8, 8))
    report = take(organs, folder)
    assert report.taken[0].labels.masks is None
    assert [refusal.name for refusal in report.refused] == ["masks/a_liver_2.png"]


def test_a_mask_a_nucleus_in_a_folder_of_each_picture(db, folder):
    """DSB 2018."""
    for number, (seed, edges) in enumerate([(1, (2, 10)), (2, (6,))]):
        name = f"{number}" * 40
        picture(folder / name / "images" / f"{name}.png", seed)
        for x in edges:
            spot(folder / name / "masks" / f"{x:x}{'ab' * 20}.png", x)
    report = take(one_label(), folder)
    assert report.refused == []
    assert sorted(masks.area(image.labels.masks["nucleus"]) for image in report.taken) == [16, 32]


def test_numbered_objects_of_a_project_with_two_labels_are_refused(organs, folder):
    picture(folder / "images" / "a.png")
    spot(folder / "masks" / "a_1.png", 2)
    report = take(organs, folder)
    assert report.taken[0].labels.masks is None
    assert [refusal.reason for refusal in report.refused] == [
        "Expected a project with one label, for the values or files number objects; got 2 labels."
    ]


def test_numbers_of_objects_in_a_folder_of_instances_or_said_to_be_such(db, folder):
    project = one_label()
    picture(folder / "images" / "a.png")
    plane = spot(folder / "instance_labels" / "a.png", 2, value=1)
    plane[10:12, 10:12] = 2
    Pillow.fromarray(plane).save(folder / "instance_labels" / "a.png")
    assert masks.area(take(project, folder).taken[0].labels.masks["nucleus"]) == 20
    (folder / "instance_labels").rename(folder / "masks")
    again = take(project, folder)
    assert again.skipped[0].labels.masks is None
    assert again.refused[0].reason == (
        "Expected values up to 1, one for each label in order, or a labels.json; got 2. "
        'Where each value is an object, say label_names={"*": its label}.'
    )
    said = take(project, folder, label_names={"*": "nucleus"})
    assert masks.area(said.skipped[0].labels.masks["nucleus"]) == 20


@pytest.mark.parametrize("labels", [["Liver", "Spleen"], ["Spleen", "Liver"], ["Spleen"]])
def test_a_folder_of_each_organ(db, folder, labels):
    """One folder alone is as clear: the values 0 and 1 in `masks/liver` are no spleen."""
    project = create_project(by=None, title="O", kind="mask", prompt="?", labels=labels)
    picture(folder / "images" / "a.png")
    spot(folder / "masks" / "liver" / "a.png", 2, value=1)
    found = pictures_of(take(project, folder))["images/a.png"]
    assert found == ({"liver": 2} if "Liver" in labels else {})


def test_volumes_of_each_organ_in_a_folder_of_each_patient(organs, folder):
    """TotalSegmentator."""
    for seed, patient in enumerate(("s0001", "s0002")):
        scan(folder / patient / "ct.nii.gz", seed)
        organ(folder / patient / "segmentations" / "liver.nii.gz", 2 + seed)
        organ(folder / patient / "segmentations" / "spleen.nii.gz", 10)
        organ(folder / patient / "segmentations" / "aorta.nii.gz", 10)
    report = take(organs, folder)
    assert report.refused == []
    assert sizes(report) == {f"{p}/ct.nii.gz": {"liver": 48, "spleen": 48} for p in ("s0001", "s0002")}
    edges = {left_edges(image).get("liver") for image in report.taken if left_edges(image)}
    assert len(edges) == 2


@pytest.mark.parametrize(
    ("volume", "labels"),
    [
        ("ct_ds2", "liver_ds2"),
        ("volume-12", "segmentation-12"),
        ("imaging", "segmentation"),
        ("brain_t1", "brain_seg"),
        ("image", "mask"),
    ],
)
def test_a_label_volume_whose_name_does_not_begin_like_its_volume(organs, folder, volume, labels):
    """CHAOS, LiTS, KiTS: what lies on the same grid and is plainly a label map is no picture."""
    scan(folder / f"{volume}.nii.gz")
    organ(folder / f"{labels}.nii.gz", 2)
    report = take(organs, folder)
    assert report.refused == []
    assert sizes(report)[f"{volume}.nii.gz"]["liver"] == 48
    assert Volume.objects.get().name == f"{volume}.nii.gz"


def test_several_cases_in_one_folder(organs, folder):
    """LiTS."""
    for case in (1, 2, 11):
        scan(folder / f"volume-{case}.nii", case)
        organ(folder / f"segmentation-{case}.nii", case, value=1 + case % 2)
    report = take(organs, folder)
    assert report.refused == []
    assert sizes(report) == {
        "volume-1.nii": {"liver": 0, "spleen": 48},
        "volume-2.nii": {"liver": 48, "spleen": 0},
        "volume-11.nii": {"liver": 0, "spleen": 48},
    }


@pytest.mark.parametrize("apart", [True, False])
def test_modalities_of_a_patient_share_the_labels(organs, folder, apart):
    """BraTS."""
    for case in ("BraTS_001", "BraTS_002"):
        home = folder / case if apart else folder
        for seed, modality in enumerate(("flair", "t1", "t1ce", "t2")):
            scan(home / f"{case}_{modality}.nii.gz", seed + 10 * int(case[-1]))
        organ(home / f"{case}_seg.nii.gz", int(case[-1]))
    report = take(organs, folder)
    assert report.refused == []
    assert Volume.objects.count() == 8
    assert {tuple(found.items()) for found in sizes(report).values()} == {(("liver", 48), ("spleen", 0))}
    assert all({left_edges(image)["liver"]} <= {1, 2, 14, 15} for image in report.taken if left_edges(image))


def test_where_nobody_can_tell_a_label_volume_is_refused_and_no_picture(organs, folder):
    scan(folder / "a.nii.gz", 1)
    scan(folder / "b.nii.gz", 2)
    organ(folder / "truth.nii.gz", 2)
    report = take(organs, folder)
    assert Volume.objects.count() == 2
    assert [(refusal.name, refusal.reason) for refusal in report.refused] == [
        (
            "truth.nii.gz",
            "Expected a picture; this is a label map by its values, of which picture its name does not tell: "
            "call the one that counts 'a_label', or each 'a_' and its label.",
        )
    ]


def test_a_binary_volume_of_an_unknown_word_is_not_taken_for_the_first_label(organs, folder):
    scan(folder / "ct_7.nii.gz")
    organ(folder / "milz_7.nii.gz", 2)
    report = take(organs, folder)
    assert sizes(report) == {"ct_7.nii.gz": {}}
    assert "'milz' is no label of the project" in report.refused[0].reason
    known = take(organs, folder, label_names={"milz": "spleen"}).skipped
    assert {key for image in known for key in image.labels.masks} == {"spleen"}


def test_of_several_volumes_the_one_of_the_same_grid_is_meant(organs, folder):
    scan(folder / "example_ct.nii.gz", 1, shape=(20, 16, 9))
    scan(folder / "example_ct_sm.nii.gz", 2)
    scan(folder / "example_mr_sm.nii.gz", 3, affine=AFFINE @ np.diag([-1, -1, 1, 1]))
    organ(folder / "example_seg.nii.gz", 2)
    organ(folder / "example_seg_fast.nii.gz", 3)
    report = take(organs, folder)
    assert [refusal.name for refusal in report.refused] == ["example_seg_fast.nii.gz"]
    assert sizes(report)["example_ct_sm.nii.gz"] == {"liver": 48, "spleen": 0}
    assert sizes(report)["example_ct.nii.gz"] == sizes(report)["example_mr_sm.nii.gz"] == {}


def test_masks_of_several_people_beside_one_picture_are_refused_not_shown(db, folder):
    grey(folder / "m1" / "image.png")
    for person in ("gold", "crowd_1", "expert_2"):
        spot(folder / "m1" / f"{person}.png", 2, mode="1")
    report = take(one_label(), folder)
    assert [image.name for image in report.taken] == ["m1/image.png"]
    assert {refusal.name for refusal in report.refused} == {"m1/gold.png", "m1/crowd_1.png", "m1/expert_2.png"}


def test_pages_of_a_stack_get_the_pages_of_its_labels(db, folder):
    """ISBI 2012."""
    pages = [np.random.default_rng(seed).integers(0, 256, (16, 20), dtype=np.uint8) for seed in range(3)]
    truths = [np.zeros((16, 20), dtype=np.uint8) for _ in range(3)]
    for number, truth in enumerate(truths):
        truth[4:8, 2 + number : 8] = 255
    for name, planes in (("train-volume.tif", pages), ("train-labels.tif", truths)):
        first, *others = (Pillow.fromarray(plane) for plane in planes)
        first.save(folder / name, save_all=True, append_images=others)
    report = take(one_label(label="cell"), folder)
    assert report.refused == []
    assert pictures_of(report) == {f"train-volume.tif page {n + 1}": {"cell": 2 + n} for n in range(3)}


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("images/21_training.tif", "1st_manual/21_manual1.gif"),
        ("train/a.jpg", "train_masks/a_mask.gif"),
        ("Data/ISIC_0000.jpg", "ISIC_GroundTruth/ISIC_0000_segmentation.png"),
        ("images/a.jpg", "masks/a.jpg"),
        ("JPEGImages/2007_1.jpg", "SegmentationClass/2007_1.png"),
    ],
)
def test_folders_and_names_of_well_known_sets(db, folder, images, labels):
    """DRIVE, Carvana, ISIC, Kvasir (masks as JPEG), Pascal VOC."""
    picture(folder / images, size=(64, 64))
    spot(folder / labels, 8, size=(64, 64))
    report = take(one_label(), folder)
    assert report.refused == []
    assert list(pictures_of(report)) == [images]
    assert report.taken[0].labels.masks is not None


def test_of_two_label_files_of_a_picture_one_is_taken_and_the_other_told(db, folder):
    picture(folder / "images" / "a.png")
    spot(folder / "labels" / "a.png", 2)
    spot(folder / "masks" / "a_mask.png", 10)
    report = take(one_label(), folder)
    assert pictures_of(report) == {"images/a.png": {"nucleus": 2}}
    assert [(refusal.name, refusal.reason) for refusal in report.refused] == [
        ("masks/a_mask.png", "Expected one label file for 'images/a'; 'labels/a.png' is one already.")
    ]


def test_photographs_of_the_same_kind_are_pictures_whatever_they_are_called(db, folder):
    grey(folder / "labelled_cells" / "a.png", 1)
    grey(folder / "labelled_cells" / "b_mask.png", 2)
    grey(folder / "phantoms" / "c.png", 3)
    spot(folder / "flat" / "one.png", 3)
    spot(folder / "flat" / "two.png", 4)
    report = take(one_label(), folder)
    assert len(report.taken) == 5


def test_numbers_without_leading_zeros_are_in_order(organs, folder):
    for depth in range(12):
        made.dicom(folder / "DICOM" / f"i{depth}.dcm", depth=2.0 * depth, patient="P", series="1.2")
        plane = np.zeros((24, 32), dtype=np.uint8)
        plane[: depth + 1] = 1
        path = folder / "Ground" / f"liver{depth}.png"
        path.parent.mkdir(exist_ok=True)
        Pillow.fromarray(plane).save(path)
    report = take(organs, folder, skip_empty=False)
    areas = {image.name.rpartition(" ")[2]: masks.area(image.labels.masks["liver"]) for image in report.taken}
    assert areas == {str(depth): (depth + 1) * 32 * 2 for depth in range(12)}


def test_two_folders_that_fit_a_series_are_told_of_once(organs, folder):
    for depth in range(3):
        made.dicom(folder / "DICOM" / f"i{depth}.dcm", depth=2.0 * depth, patient="P", series="1.2")
        spot(folder / "Ground" / f"g{depth}.png", 2, value=1, size=(32, 24))
        spot(folder / "Segmentation" / f"r{depth}.png", 12, value=1, size=(32, 24))
    report = take(organs, folder)
    assert [refusal.reason for refusal in report.refused] == [
        "Expected one folder of 3 label pictures for the series; 'Ground' and 'Segmentation' both fit: give one of "
        "them as the folder of label pictures (label_folder)."
    ]
    chosen = take(organs, folder, label_folder="Segmentation")
    assert len(chosen.skipped) == 3
    assert chosen.taken == []
    assert all(image.labels.masks for image in chosen.skipped)


def test_pixels_that_nnu_net_ignores_are_nobodys(organs, folder):
    scan(folder / "imagesTr" / "la_0000.nii.gz")
    organ(folder / "labelsTr" / "la.nii.gz", 2, value=2)
    (folder / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "liver": 1, "ignore": 2}}))
    report = take(organs, folder)
    known = [image.labels.masks is not None for image in report.taken]
    assert known == [True, False, False, False, True]
    assert not organs.labels.filter(key="ignore").exists()


def test_black_and_white_masks_say_nothing_of_two_labels(organs, folder):
    picture(folder / "images" / "a.png")
    spot(folder / "masks" / "a.png", 2)
    report = take(organs, folder)
    assert [refusal.reason for refusal in report.refused] == [
        "Expected a value for each of 2 labels; got 0 and 255: say which label this is by the name of the file or its "
        "folder, or by label_names."
    ]


@pytest.mark.parametrize("name", ["/home/me/set/images/a.png", "images/a.png", "a.png", "./images/a"])
def test_tables_name_pictures_with_more_folders_or_fewer(project, folder, name):
    picture(folder / "images" / "a.png")
    (folder / "t.csv").write_text(f"image,label\n{name},x\n")
    assert take(project, folder).taken[0].labels.label == "x"


def test_tables_of_several_folders_speak_of_their_own_pictures(project, folder):
    for seed, site in enumerate(("one", "two")):
        picture(folder / site / "a.png", seed)
        (folder / site / "t.csv").write_text(f"image,label\na.png,{site}\n")
    assert {image.name: image.labels.label for image in take(project, folder).taken} == {
        "one/a.png": "one",
        "two/a.png": "two",
    }


def test_a_name_that_several_pictures_bear_is_given_to_none(project, folder):
    picture(folder / "one" / "a.png", 1)
    picture(folder / "two" / "a.png", 2)
    (folder / "t.csv").write_text("image,label\na.png,x\n")
    report = take(project, folder)
    assert [image.labels.label for image in report.taken] == [None, None]
    assert [refusal.reason for refusal in report.refused] == [
        "Expected names of one picture each, with their folders; 'a.png' may be 'one/a.png' or 'two/a.png'."
    ]


def test_people_who_disagree_on_a_class_leave_none(project, folder):
    picture(folder / "a.png")
    (folder / "t.csv").write_text("image,label,rater\na.png,x,1\na.png,y,2\n")
    report = take(project, folder)
    assert report.taken[0].labels.label is None
    assert report.notes == ["t.csv, 'a.png': expected one class; got x, y: none is taken."]


def test_polygons_of_yolo_are_masks(organs, folder):
    picture(folder / "a.png")
    (folder / "a.txt").write_text("1 0.1 0.25 0.3 0.25 0.3 0.5 0.1 0.5\n")
    (folder / "classes.txt").write_text("liver\nspleen\n")
    labels = take(organs, folder).taken[0].labels
    assert masks.bbox(masks.decode(labels.masks["spleen"])) == (2, 4, 6, 8)
    assert labels.absent == {"liver"}


def test_folders_of_classes(db, folder):
    """ImageFolder: a project that has the labels takes them from the folders, another says so."""
    for seed, name in enumerate(
        ("train/benign/a.png", "train/Malignant/b.png", "test/benign/a.png", "test/other/c.png")
    ):
        picture(folder / name, seed)
    knowing = create_project(by=None, title="K", kind="class", prompt="?", labels=["Benign", "Malignant"])
    assert {image.name: image.labels.label for image in take(knowing, folder).taken} == {
        "train/benign/a.png": "benign",
        "train/Malignant/b.png": "malignant",
        "test/benign/a.png": "benign",
        "test/other/c.png": None,
    }
    report = take(create_project(by=None, title="E", kind="class", prompt="?"), folder)
    assert report.notes == [
        "The pictures lie in folders Malignant, benign, other: where these are classes, make them labels first."
    ]


@pytest.mark.parametrize("kind", ["coco", "voc"])
def test_boxes_of_a_picture_of_another_size_are_not_put_into_this_one(organs, folder, kind):
    """Resized, or turned by its EXIF tag, since it was labelled."""
    picture(folder / "a.png", size=(20, 16))
    if kind == "coco":
        coco = {
            "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 32}],
            "categories": [{"id": 1, "name": "liver"}],
            "annotations": [{"image_id": 1, "category_id": 1, "bbox": [2, 2, 8, 8]}],
        }
        (folder / "a.json").write_text(json.dumps(coco))
    else:
        (folder / "a.xml").write_text(
            "<annotation><size><width>40</width><height>32</height></size><object><name>liver</name><bndbox>"
            "<xmin>2</xmin><ymin>2</ymin><xmax>8</xmax><ymax>8</ymax></bndbox></object></annotation>"
        )
    report = take(organs, folder)
    assert report.taken[0].labels.boxes is None
    assert [refusal.reason for refusal in report.refused] == [
        "Expected pictures of the size that it gives, 40 x 32 pixels; got 20 x 16: were they resized or turned?"
    ]


@pytest.mark.parametrize("name", ["labels/whatever.nii.gz", "DICOM/liver_seg.nii.gz", "liver_seg.nii.gz"])
def test_a_label_volume_of_a_dicom_series_is_found_by_its_place(organs, folder, name):
    """In another voxel order, as converters leave it."""
    for depth in range(4):
        made.dicom(folder / "DICOM" / f"i{depth}.dcm", depth=2.0 * depth, patient="P", series="1.2")
    truth = np.zeros((32, 24, 4), dtype=np.uint8)
    truth[5:9, 10:12, 1:3] = 1
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.array([[1, 0, 0, -16], [0, 2, 0, -24], [0, 0, 2, 0], [0, 0, 0, 1.0]])
    turned = affine @ np.array([[-1, 0, 0, 31], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    made.nifti(folder / name, truth[::-1], turned)
    elsewhere = turned.copy()
    elsewhere[2, 3] += 2
    made.nifti(folder / "labels" / "other.nii.gz", truth[::-1], elsewhere)
    report = take(organs, folder, skip_empty=False)
    assert [refusal.name for refusal in report.refused] == ["labels/other.nii.gz"]
    assert len(report.taken) == 4
    found = {
        image.name.rpartition(" ")[2]: masks.bbox(masks.decode(image.labels.masks["liver"])) for image in report.taken
    }
    assert (found["1"], found["2"]) == ((5, 20, 9, 24), (5, 20, 9, 24))
    assert found["0"] is None
    assert found["3"] is None


def test_labels_of_a_volume_in_another_voxel_order_are_turned(organs, folder):
    scan(folder / "images" / "v.nii.gz")
    truth = organ(folder / "labels" / "v.nii.gz", 2)
    made.nifti(
        folder / "labels" / "v.nii.gz",
        truth[::-1],
        AFFINE @ np.array([[-1, 0, 0, 19], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    )
    report = take(organs, folder)
    assert report.refused == []
    # Seen from the feet: the first voxels, at the patient's left, lie on the right.
    assert {left_edges(image)["liver"] for image in report.taken if left_edges(image)} == {14}


def test_a_label_volume_of_a_missing_volume_is_no_picture(organs, folder):
    scan(folder / "a_ct.nii.gz", shape=(20, 16, 9))
    organ(folder / "b_seg.nii.gz", 2)
    report = take(organs, folder)
    assert [refusal.name for refusal in report.refused] == ["b_seg.nii.gz"]
    assert Volume.objects.count() == 1


def test_one_label_picture_does_not_go_with_whatever_series_has_one_file(organs, folder):
    made.dicom(folder / "DICOM" / "i1.dcm", depth=0.0, patient="P", series="1.2")
    spot(folder / "labels" / "other.png", 2, value=1, size=(32, 24))
    report = take(organs, folder)
    assert report.taken[0].labels.masks is None
    assert [refusal.name for refusal in report.refused] == ["labels/other.png"]


@pytest.mark.parametrize("odd", [0.5, np.nan, np.inf])
def test_probabilities_and_no_numbers_are_no_labels(organs, folder, odd):
    scan(folder / "images" / "v.nii.gz")
    truth = organ(folder / "labels" / "v.nii.gz", 2).astype(np.float32)
    made.nifti(folder / "labels" / "v.nii.gz", truth, AFFINE)
    assert {key for image in take(organs, folder).taken for key in image.labels.masks} == {"liver", "spleen"}
    truth[0, 0, 0] = odd
    made.nifti(folder / "labels" / "v.nii.gz", truth, AFFINE)
    report = take(organs, folder)
    assert all(image.labels.masks is None for image in report.skipped)
    assert [refusal.reason for refusal in report.refused] == [
        "Expected a whole number for each pixel of a label map; got fractions or no numbers."
    ]
