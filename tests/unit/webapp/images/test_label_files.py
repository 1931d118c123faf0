"""Each reader on the smallest file that says something, and on files that say nothing."""

import json
from pathlib import Path

import pytest

from webapp.images.importers.labels import readers
from webapp.images.importers.marks import Labels, Marks
from webapp.images.importers.pairing import pairs, stem_of
from webapp.images.sandbox.limits import BadFile


def read(folder: Path, **contents: str) -> tuple[Labels, list[str]]:
    """Write files (`a__csv` is a.csv) and read them as an import does: class names first."""
    labels, sentences = Labels(), []
    fresh = readers()
    for key, content in contents.items():
        name = key.replace("__", ".")
        path = folder / name
        path.write_text(content)
        reader = next(r for r in fresh if r.claims(name, content.encode()[:512], frozenset()))
        sentences += list(reader.read(name, path, labels))
    return labels, sentences


def test_csv_of_classes(tmp_path):
    labels, _ = read(tmp_path, labels__csv="image,label,group\ncells/a b.png,Mast cell,slide 1\n")
    marks = labels.marks_of("cells/a b.png")
    assert (marks.label, marks.group, marks.boxes) == ("Mast cell", "slide 1", None)


def test_csv_of_boxes_with_an_empty_picture_and_a_bad_line(tmp_path):
    labels, sentences = read(
        tmp_path, boxes__csv="filename;class;xmin;ymin;xmax;ymax\na.png;rbc;1;2;3;4\nb.png;;;;;\na.png;rbc;1;x;3;4\n"
    )
    assert labels.marks_of("a.png").boxes == [(1.0, 2.0, 3.0, 4.0, "rbc")]
    assert labels.marks_of("b.png").boxes == []
    assert sentences == ["line 4: expected four numbers for the box; got 1, x, 3, 4."]


def test_csv_without_the_columns_is_refused(tmp_path):
    with pytest.raises(BadFile, match="Expected columns image, label .*; got a, b."):
        read(tmp_path, t__csv="a,b\n1,2\n")


def test_coco_with_boxes_polygons_and_a_picture_without_any(tmp_path):
    coco = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 8, "height": 4},
            {"id": 2, "file_name": "b.jpg", "width": 8, "height": 4},
        ],
        "categories": [{"id": 7, "name": "liver"}],
        "annotations": [
            {"image_id": 1, "category_id": 7, "bbox": [1, 1, 2, 3], "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]},
            {"image_id": 9, "category_id": 7, "bbox": [1, 1, 2, 3]},
        ],
    }
    labels, sentences = read(tmp_path, c__json=json.dumps(coco))
    marks = labels.marks_of("images/a.jpg")
    assert marks.boxes == [(1.0, 1.0, 3.0, 4.0, "liver")]
    assert marks.shapes == [("liver", [[0, 0, 2, 0, 2, 2, 0, 2]])]
    empty = labels.marks_of("images/b.jpg")
    assert (empty.boxes, empty.shapes, empty.covers) == ([], [], ("liver",))
    assert sentences == ["annotation 1: expected a known image_id, category_id and bbox [x, y, width, height]."]


@pytest.mark.parametrize(
    "content", ['{"1": "liver", "2": "spleen"}', '{"labels": {"background": 0, "liver": 1, "spleen": 2}}']
)
def test_values_of_label_maps(tmp_path, content):
    assert read(tmp_path, labels__json=content)[0].values == {1: "liver", 2: "spleen"}


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"something": "else"}', "[]", "3"])
def test_other_json_is_refused_in_one_sentence(tmp_path, content):
    with pytest.raises(BadFile, match=r"^Expected .*[.]$"):
        read(tmp_path, x__json=content)


def test_yolo_boxes_polygons_and_names(tmp_path):
    labels, sentences = read(
        tmp_path,
        data__yaml="path: ../x\nnames:\n  0: rbc\n  1: wbc\n",
        a__txt="1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.3 0.1 0.3 0.5\nnonsense\n",
    )
    marks = labels.marks_of("a.png")
    boxes = [(*(round(edge, 6) for edge in box[:4]), box[4]) for box in marks.pixel_boxes(100, 50)]
    assert boxes == [(40.0, 15.0, 60.0, 35.0, "wbc"), (10.0, 5.0, 30.0, 25.0, "rbc")]
    assert len(sentences) == 1


def test_voc(tmp_path):
    labels, sentences = read(
        tmp_path,
        a__xml="<annotation><filename>a.jpg</filename><object><name>WBC</name><bndbox><xmin>1</xmin><ymin>2</ymin>"
        "<xmax>30</xmax><ymax>40</ymax></bndbox></object><object><name>RBC</name></object></annotation>",
    )
    assert labels.marks_of("a.jpg").boxes == [(1.0, 2.0, 30.0, 40.0, "WBC")]
    assert sentences == ["object 2: expected a name and a bndbox of four numbers."]


def test_xml_that_expands_without_end_is_refused(tmp_path):
    bomb = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;&a;">]><annotation>&c;</annotation>'
    with pytest.raises(BadFile, match="no well-formed XML"):
        read(tmp_path, b__xml=bomb)


def test_boxes_without_area_are_left_out():
    marks = Marks(boxes=[(1, 1, 1, 5, "a"), (1, 1, 2, 5, "b")])
    assert marks.pixel_boxes(10, 10) == [(1, 1, 2, 5, "b")]


def test_the_longer_name_decides_where_two_pictures_share_a_stem():
    labels = Labels()
    labels.add("one/a.png", Marks(label="x"))
    labels.add("two/a.png", Marks(label="y"))
    assert labels.marks_of("set/two/a.png").label == "y"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("x/a.b.png", "a.b"), ("scan.nii.gz", "scan"), ("BAL 3_5640", "BAL 3_5640"), ("a.tiff", "a")],
)
def test_stems(name, stem):
    assert stem_of(name) == stem


def paired(label_files: list[str], pictures: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    refused: list[tuple[str, str]] = []
    kept = pairs({name: stem_of(name) for name in label_files}, pictures, lambda *refusal: refused.append(refusal))
    return kept, refused


def test_the_stem_is_enough_where_one_of_each_bears_it():
    assert paired(["labels/a.png", "labels/gone.png"], ["images/a.jpg", "images/a.png"]) == (
        {"labels/a.png": "a", "labels/gone.png": "gone"},
        [],
    )


@pytest.mark.parametrize(
    ("label", "picture"),
    [("{}/labels/s.png", "{}/images/s.png"), ("labels/{}/s.png", "images/{}/s.png"), ("{}/s.xml", "{}/s.png")],
)
def test_of_equal_names_the_nearest_belong_together(label, picture):
    kept, refused = paired([label.format(p) for p in ("p1", "p2")], [picture.format(p) for p in ("p1", "p2", "p3")])
    assert kept == {label.format(p): picture.format(p).removesuffix(".png") for p in ("p1", "p2")}
    assert refused == []


def test_what_nobody_can_tell_is_refused():
    kept, refused = paired(["labels/a.png"], ["one/a.png", "two/a.png"])
    assert (kept, [name for name, _ in refused]) == ({}, ["labels/a.png"])
    kept, refused = paired(["labels/a.png", "masks/a.png"], ["images/a.png"])
    assert kept == {"labels/a.png": "images/a"}
    assert refused == [
        ("masks/a.png", "Expected one label file for 'images/a'; 'labels/a.png' is one already."),
    ]


def test_the_first_channel_of_nnu_net_has_the_labels():
    pictures = ["imagesTr/la_0000.nii.gz", "imagesTr/la_0001.nii.gz"]
    assert paired(["labelsTr/la.nii.gz"], pictures) == ({"labelsTr/la.nii.gz": "imagesTr/la_0000"}, [])
    assert paired(["labelsTr/la.nii.gz"], [*pictures, "imagesTr/la.nii.gz"]) == ({"labelsTr/la.nii.gz": "la"}, [])
