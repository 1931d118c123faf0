"""I2 and I13: nothing that is kept or served bears a name, a date or any trace of its origin."""

import json

import numpy as np
import pytest
from django.core.serializers import serialize
from PIL import Image as Pillow

from tests.integration.images import made
from webapp.images import store
from webapp.images.models import Image, ImportJob, Source, Volume
from webapp.images.pipeline import STRONG
from webapp.images.services import add_exemplar, add_picture, decide_text, import_path, set_common_path
from webapp.projects.models import Project
from webapp.projects.services import ProjectError

PATIENT = "Zanzibarova"


@pytest.fixture
def series(folder):
    for number, depth in enumerate((10.0, 4.0, 6.0, 8.0), start=1):
        path = folder / PATIENT / f"{PATIENT}_{number}.dcm"
        made.dicom(path, depth=depth, patient=PATIENT, series="1.2.3", number=number)
    return folder


def everything_kept(settings):
    rows = "".join(serialize("json", model.objects.all()) for model in (Image, Volume, Source))
    return rows.encode() + b"".join(path.read_bytes() for path in settings.HOME.rglob("*") if path.is_file())


def test_no_tag_of_a_dicom_series_is_kept_anywhere(project, series, settings):
    report = import_path(by=None, project=project, path=series)
    assert (len(report.taken), report.refused) == (4, [])
    kept = everything_kept(settings)
    for name in (PATIENT, "Quentin", "19610302", "1.2.3"):
        assert name.encode() not in kept
        assert name.encode("utf-16-le") not in kept
    assert len(set(Source.objects.values_list("group", flat=True))) == 1
    assert not any(PATIENT in str(path) for path in settings.HOME.rglob("*"))


def test_a_series_is_sorted_by_position_and_spaced_by_it_not_by_its_thickness(project, series):
    import_path(by=None, project=project, path=series)
    volume = Volume.objects.get()
    assert volume.shape == [32, 24, 4]
    assert volume.spacing == [1.0, 2.0, 2.0]
    assert np.allclose(np.array(volume.affine)[:3, 3], [16, 24, 4])
    assert list(Source.objects.order_by("slice_index").values_list("slice_index", "flips")) == [
        (index, "T") for index in range(4)
    ]
    assert set(Image.objects.values_list("markers", "width", "height")) == {("RALP", 32, 48)}


def test_the_kept_volume_holds_the_measured_values(project, series):
    import nibabel as nib

    import_path(by=None, project=project, path=series)
    volume = Volume.objects.get()
    kept = nib.load(store.original_path(volume.original))
    expected = np.random.default_rng(47).integers(900, 1300, (24, 32)) - 1024  # the slice at 4 mm, the lowest
    assert (np.asarray(kept.dataobj)[:, :, 0] == expected.T).all()
    assert kept.header["descrip"].tobytes().strip(b"\0") == b""


def test_served_files_have_one_time_stamp_random_names_and_no_metadata(project, folder, settings):
    made.picture(folder / "a.jpg", seed=1)
    made.picture(folder / "b.png", seed=2)
    import_path(by=None, project=project, path=folder)
    files = [path for path in settings.PICTURES.rglob("*") if path.is_file()]
    assert {path.stat().st_mtime for path in files} == {store.SAME_TIME}
    assert all(store.NAME.fullmatch(path.name) for path in files)
    for path in files:
        image = Pillow.open(path)
        assert (image.format, set(image.info) & {"exif", "icc_profile", "xmp"}) == ("WEBP", set())


def test_gold_goes_through_the_very_pipeline_of_open_pictures(project, folder):
    set_common_path(by=None, project=project, path=STRONG)
    pixels = made.picture(folder / "a.png", size=(80, 80))
    import_path(by=None, project=project, path=folder)
    gold = np.random.default_rng(9).integers(0, 256, pixels.shape, dtype=np.uint8)
    image = add_picture(project=project, picture=gold, name="0001", group="g", provenance={"generator": "x", "seed": 1})
    recipes = list(Source.objects.values_list("pipeline", flat=True))
    assert recipes[0].pop("seed") != recipes[1].pop("seed")
    assert recipes[0] == recipes[1]
    assert recipes[0]["noise"] == 2.5
    assert (image.width, image.height, image.markers) == (60, 60, "")
    assert json.dumps(Source.objects.get(pk=image.pk).provenance).count("generator") == 1


def test_the_same_gold_picture_again_is_the_picture_that_is_there(project):
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    first = add_picture(project=project, picture=pixels, name="1", group="", provenance={})
    assert add_picture(project=project, picture=pixels, name="1", group="", provenance={}) == first


def test_the_strength_cannot_change_once_an_import_has_begun(project):
    job = ImportJob.objects.create(project=project, path="scans.zip")
    with pytest.raises(ProjectError, match="fixed once a project has pictures or an import has begun"):
        set_common_path(by=None, project=project, path=STRONG)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.FAILED)
    set_common_path(by=None, project=project, path=STRONG)
    assert Project.objects.get().common_path["noise"] == 2.5


def test_the_strength_cannot_change_once_there_are_pictures(project, folder):
    made.picture(folder / "a.png")
    import_path(by=None, project=project, path=folder)
    with pytest.raises(ProjectError, match="fixed once a project has pictures"):
        set_common_path(by=None, project=project, path=STRONG)
    assert Project.objects.get().common_path == {}


def test_pictures_that_may_bear_text_wait_until_somebody_looked(project, folder):
    made.dicom(folder / "a.dcm", depth=1.0, patient="X", series="1", BurnedInAnnotation="YES")
    report = import_path(by=None, project=project, path=folder)
    assert [image.suspected for image in report.taken] == [True]
    decide_text(by=None, images=[report.taken[0].image_id], clear=True)
    assert Source.objects.get().burned_in == Source.BurnedIn.CLEAR


def test_an_exemplar_is_a_picture_of_the_store_too(project, folder):
    made.picture(folder / "a.png")
    exemplar = add_exemplar(by=None, project=project, picture=folder / "a.png", caption="Like this.")
    assert Pillow.open(store.picture_path(exemplar.file)).format == "WEBP"
