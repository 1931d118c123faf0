"""Pictures with the labels that came along: what is known, in served pixels, under the project's keys."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from quality.domain import masks
from tests.integration.images import made
from webapp.images import selectors
from webapp.images.models import Image, Source, Volume
from webapp.images.services import ImportOptions, import_path
from webapp.projects.services import create_project

OBLIQUE = np.array([[-2.0, 0, 0, 10], [0, 0, 3.0, 5], [0, -1.0, 0, 2], [0, 0, 0, 1]])


def take(project, path, **options):
    return import_path(by=None, project=project, path=path, options=ImportOptions(**options))


def test_classes_from_a_csv_make_the_label_set_of_an_empty_project(project, folder):
    made.picture(folder / "a one.png", seed=1)
    made.picture(folder / "b.png", seed=2)
    (folder / "labels.csv").write_text("image,label\na one.png,Mast cell\nb.png,Neutrophil\n")
    report = take(project, folder)
    assert {image.name: image.labels.label for image in report.taken} == {
        "a one.png": "mast-cell",
        "b.png": "neutrophil",
    }
    assert list(project.labels.values_list("key", flat=True)) == ["mast-cell", "neutrophil"]
    assert report.refused == []


def test_words_that_are_no_label_of_the_project_are_left_out_and_said(organs, folder):
    made.picture(folder / "a.png")
    (folder / "labels.csv").write_text("image,label,x1,y1,x2,y2\na.png,LIVER,0,0,8,8\na.png,Gut,0,0,8,8\n")
    report = take(organs, folder)
    assert report.taken[0].labels.boxes == ((0.0, 0.0, 8.0, 8.0, "liver"),)
    assert report.notes == ["1 marks called 'Gut' were left out: the project has no such label."]


def test_blanks_hyphens_and_underscores_are_one(db, folder):
    project = create_project(by=None, title="C", kind="class", prompt="?", labels=["top_left", "top-right", "Low End"])
    words = ["top-left", "Top Left", "top_right", "low_end", "LOW-END"]
    for number in range(len(words)):
        made.picture(folder / f"{number}.png", seed=number)
    rows = [f"{number}.png,{word}" for number, word in enumerate(words)]
    (folder / "labels.csv").write_text("\n".join(["image,label", *rows]) + "\n")
    report = take(project, folder)
    found = [image.labels.label for image in sorted(report.taken, key=lambda image: image.name)]
    assert found == ["top_left", "top_left", "top-right", "low-end", "low-end"]
    assert report.notes == []


def test_crops_around_boxes_are_pictures_of_that_class(project, folder):
    pixels = made.picture(folder / "field.png", size=(200, 100))
    (folder / "boxes.csv").write_text(
        "image,label,x1,y1,x2,y2\nfield.png,rbc,40,40,60,60\nfield.png,wbc,190,90,230,120\n"
    )
    report = take(project, folder, crops=True, crop_context=2.0, crop_size=48)
    assert [(image.name, image.labels.label) for image in report.taken] == [
        ("field.png cell 1", "rbc"),
        ("field.png cell 2", "wbc"),
    ]
    assert list(Image.objects.values_list("width", "height")) == [(48, 48), (48, 48)]
    source = Source.objects.get(name="field.png cell 1")
    assert source.crop == [30, 30, 70, 70]
    assert selectors.to_original(source.image_id, boxes=[(12, 12, 36, 36)]) == [(40.0, 40.0, 60.0, 60.0)]
    assert np.array_equal(np.asarray(Pillow.open(selectors.origin_of(source.image_id).path)), pixels)
    assert Source.objects.values("original").distinct().count() == 1


def test_label_pictures_of_the_same_stem(organs, folder):
    made.picture(folder / "images" / "a.png", size=(20, 16))
    label_map = np.zeros((16, 20), dtype=np.uint8)
    label_map[4:8, 5:10] = 3
    (folder / "labels").mkdir()
    Pillow.fromarray(label_map).save(folder / "labels" / "a.png")
    (folder / "labels.json").write_text(json.dumps({"3": "Liver", "4": "Spleen"}))
    labels = take(organs, folder).taken[0].labels
    assert np.argwhere(masks.decode(labels.masks["liver"])).min(axis=0).tolist() == [4, 5]
    assert masks.area(labels.masks["liver"]) == 20
    assert labels.answer(kind="mask", label="spleen") == {"kind": "nothing"}
    assert labels.answer(kind="class") is None


def test_a_label_picture_of_another_size_is_refused_and_its_picture_taken(organs, folder):
    made.picture(folder / "images" / "a.png")
    made.picture(folder / "labels" / "b.png")
    Pillow.new("L", (8, 8)).save(folder / "labels" / "a.png")
    report = take(organs, folder)
    assert len(report.taken) == 1
    assert [(refusal.name, refusal.reason) for refusal in report.refused] == [
        ("labels/a.png", "Expected labels of 48 x 64 pixels, as its picture; got 8 x 8."),
        ("labels/b.png", "Expected the pictures that it names; 'b' did not turn up."),
    ]


def test_unlabelled_parts_of_a_label_map_are_not_background(organs, folder):
    """I11: 255 says that nobody looked."""
    made.picture(folder / "images" / "a.png", size=(16, 16))
    label_map = np.zeros((16, 16), dtype=np.uint8)
    label_map[2, 2], label_map[9:] = 1, 255
    (folder / "labels").mkdir()
    Pillow.fromarray(label_map).save(folder / "labels" / "a.png")
    report = take(organs, folder)
    assert report.taken[0].labels.masks is None
    assert report.notes == ["1 pictures are labelled in part (255 or ignore): these labels are no known answers."]


def test_polygons_and_run_lengths_of_coco(organs, folder):
    made.picture(folder / "a.png", size=(20, 16))
    shapes = [[[2, 3, 6, 3, 6, 7, 2, 7]], {"size": [16, 20], "counts": [16, 4, 300]}]
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 16}],
        "categories": [{"id": 1, "name": "liver"}, {"id": 2, "name": "spleen"}],
        "annotations": [
            {"image_id": 1, "category_id": n + 1, "bbox": [0, 0, 4, 4], "segmentation": shape}
            for n, shape in enumerate(shapes)
        ],
    }
    (folder / "instances.json").write_text(json.dumps(coco))
    labels = take(organs, folder).taken[0].labels
    liver, spleen = (masks.decode(labels.masks[key]) for key in ("liver", "spleen"))
    assert masks.bbox(liver) == (2, 3, 6, 7)
    assert liver.sum() == 16
    assert masks.bbox(spleen) == (1, 0, 2, 4)


@pytest.mark.parametrize("axis", ["auto", "axial", "coronal", "sagittal"])
def test_a_volumes_labels_go_to_its_slices_and_back_to_the_same_voxels(organs, folder, axis):
    rng = np.random.default_rng(4)
    values = rng.normal(100, 20, (12, 14, 10)).astype(np.float32)
    truth = rng.integers(0, 3, values.shape).astype(np.uint8)
    made.nifti(folder / "images" / "v.nii.gz", values, OBLIQUE, description="Zanzibar")
    made.nifti(folder / "labels" / "v.nii.gz", truth, OBLIQUE)
    report = take(organs, folder, axis=axis, skip_empty=False)
    back = np.zeros_like(truth)
    for image in report.taken:
        for value, key in ((1, "liver"), (2, "spleen")):
            plane = selectors.to_voxels(image.image_id, masks.decode(image.labels.masks[key]))
            back[(slice(None),) * plane.axis + (plane.index,)][plane.plane] = value
    assert (back == truth).all()
    volume = selectors.volume_of(report.taken[0].image_id)
    assert np.allclose(volume.affine, OBLIQUE)
    assert volume.spacing == (2.0, 1.0, 3.0)
    assert Volume.objects.count() == 1
    assert all(len(image.markers) == 4 for image in Image.objects.all())


def test_the_same_import_again_takes_nothing_and_says_what_is_there(project, folder):
    made.picture(folder / "a.png", seed=1)
    made.picture(folder / "twin.png", seed=1)
    first = take(project, folder)
    (folder / "labels.csv").write_text("image,label\na.png,x\n")
    second = take(project, folder)
    assert (len(first.taken), first.twins) == (1, 1)
    assert (len(second.taken), len(second.skipped)) == (0, 1)
    assert second.skipped[0].image_id == first.taken[0].image_id
    assert second.skipped[0].labels.label == "x"


def test_two_projects_have_pictures_of_their_own(project, folder):
    made.picture(folder / "a.png")
    other = create_project(by=None, title="Other", kind="class", prompt="?")
    assert len(take(project, folder).taken) == len(take(other, folder).taken) == 1
    assert Image.objects.values("file").distinct().count() == 2


def label_picture(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(np.array(values, dtype=np.uint8).repeat(8, 0).repeat(8, 1)).save(path)


def test_patients_whose_files_bear_equal_names_keep_their_own_labels(organs, folder):
    for seed, patient in enumerate(("p1", "p2", "p3")):
        made.picture(folder / patient / "images" / "s1.png", size=(16, 16), seed=seed)
    label_picture(folder / "p1" / "labels" / "s1.png", [[1, 0], [0, 0]])
    label_picture(folder / "p2" / "labels" / "s1.png", [[0, 0], [0, 2]])
    report = take(organs, folder)
    known = {image.name: image.labels for image in report.taken}
    assert masks.bbox(masks.decode(known["p1/images/s1.png"].masks["liver"])) == (0, 0, 8, 8)
    assert known["p1/images/s1.png"].absent == {"spleen"}
    assert masks.bbox(masks.decode(known["p2/images/s1.png"].masks["spleen"])) == (8, 8, 16, 16)
    assert known["p3/images/s1.png"].masks is None
    assert report.refused == []


def test_boxes_in_files_of_equal_names_stay_with_their_own_pictures(project, folder):
    for seed, site in enumerate(("one", "two")):
        made.picture(folder / site / "a.png", seed=seed)
        (folder / site / "a.txt").write_text(f"{seed} 0.5 0.5 0.25 0.25\n")
    (folder / "classes.txt").write_text("liver\nspleen\n")
    found = {image.name: [box[4] for box in image.labels.boxes] for image in take(project, folder).taken}
    assert found == {"one/a.png": ["liver"], "two/a.png": ["spleen"]}


@pytest.mark.parametrize("picture", ["v.nii.gz", "v_image.nii.gz"])
def test_a_label_volume_beside_its_volume_is_no_picture(organs, folder, picture):
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, (12, 14, 10)).astype(np.uint8)
    made.nifti(folder / picture, rng.normal(100, 20, truth.shape).astype(np.float32), OBLIQUE)
    made.nifti(folder / "v_label.nii.gz", truth, OBLIQUE)
    made.nifti(folder / "v_scribble.nii.gz", truth, OBLIQUE)
    report = take(organs, folder)
    assert Volume.objects.get().name == picture
    assert all({"liver", "spleen"} == set(image.labels.masks) for image in report.taken)
    assert [refusal.name for refusal in report.refused] == ["v_scribble.nii.gz"]


def test_one_number_an_object_is_not_taken_for_labels_in_order(organs, folder):
    made.picture(folder / "images" / "a.png", size=(16, 16))
    label_picture(folder / "labels" / "a.png", [[1, 2], [3, 4]])
    report = take(organs, folder)
    assert report.taken[0].labels.masks is None
    assert [(refusal.name, refusal.reason) for refusal in report.refused] == [
        ("labels/a.png", "Expected values up to 2, one for each label in order, or a labels.json; got 3, 4.")
    ]
    assert take(organs, folder, label_names={"2": "liver"}).skipped[0].labels.masks.keys() == {"liver"}


def test_of_several_patients_slice_stacks_the_nearest_belongs_to_a_series(organs, folder):
    for number, patient in enumerate(("1", "2"), start=1):
        for depth in range(4):
            name = folder / patient / "DICOM_anon" / f"i{depth}.dcm"
            made.dicom(name, depth=2.0 * depth + 100 * number, patient=f"P{patient}", series=f"1.2.{patient}")
            plane = np.zeros((24, 32), dtype=np.uint8)
            plane[: 4 * number] = 1
            path = folder / patient / "labels" / f"liver_{depth}.png"
            path.parent.mkdir(exist_ok=True)
            Pillow.fromarray(plane).save(path)
    report = take(organs, folder, skip_empty=False)
    assert report.refused == []
    areas = {}
    for image in report.taken:
        areas.setdefault(image.group, set()).add(masks.area(image.labels.masks["liver"]))
    assert sorted(len(found) for found in areas.values()) == [1, 1]
    assert sorted(area for found in areas.values() for area in found) == [4 * 32 * 2, 8 * 32 * 2]


def test_a_data_set_of_nnu_net(organs, folder):
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, (12, 14, 10)).astype(np.uint8) * 2
    made.nifti(folder / "imagesTr" / "la_0000.nii.gz", rng.normal(100, 20, truth.shape).astype(np.float32), OBLIQUE)
    made.nifti(folder / "labelsTr" / "la.nii.gz", truth, OBLIQUE)
    (folder / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "spleen": 1, "liver": 2}}))
    report = take(organs, folder)
    assert report.refused == []
    assert all(masks.area(image.labels.masks["liver"]) for image in report.taken)
    assert all(image.labels.absent == {"spleen"} for image in report.taken)
