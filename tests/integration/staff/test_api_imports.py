"""Imports over the staff API: files are sent as a form, and gone from the server once they are imported."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quality.store.jobs import run_import
from tests.integration.images.made import picture
from webapp.images.models import ImportJob

pytestmark = pytest.mark.django_db
UPLOAD = "/api/v1/staff/projects/cells/imports/upload"


@pytest.fixture
def archive(tmp_path) -> bytes:
    """A zip of three pictures with their labels."""
    table, buffer = ["image,label"], io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        for number in range(3):
            picture(tmp_path / "one.png", seed=number)
            found.write(tmp_path / "one.png", f"{number}.png")
            table.append(f"{number}.png,cat")
        found.writestr("labels.csv", "\n".join(table))
    return buffer.getvalue()


def sent(settings) -> list:
    return [path for path in settings.UPLOADS.iterdir() if path.name.startswith("sent-")]


def test_a_zip_is_sent_imported_and_removed(office, archive, settings):
    form = {"files": SimpleUploadedFile("cells.zip", archive), "order": json.dumps({"gold": {"number": 1}})}
    reply = office.program("moderator").post(UPLOAD, form)
    assert (reply.status_code, reply.json()["state"]) == (202, "waiting")
    run_import(reply.json()["id"])
    job = ImportJob.objects.get(pk=reply.json()["id"])
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert (job.report["taken"], job.report["gold"], job.report["held"]) == (3, 1, 2)
    assert sent(settings) == []


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"options": {"window": "purple"}}, "Expected window"),
        ({"gold": {"share": 3}}, "gold.share: "),
        ("nonsense", "Invalid data"),
    ],
)
def test_an_order_that_does_not_fit_leaves_nothing_behind(office, archive, settings, order, sentence):
    form = {"files": SimpleUploadedFile("cells.zip", archive), "order": json.dumps(order)}
    reply = office.program("moderator").post(UPLOAD, form)
    assert reply.status_code == 400
    assert sentence in reply.json()["detail"]
    assert sent(settings) == []


def test_too_much_or_nothing_is_refused(office, archive, settings):
    settings.UPLOAD_BYTES = 100
    reply = office.program("moderator").post(UPLOAD, {"files": SimpleUploadedFile("cells.zip", archive)})
    assert (reply.status_code, "at once" in reply.json()["detail"]) == (400, True)
    reply = office.program("moderator").post(UPLOAD, {"order": "{}"})
    assert (reply.status_code, reply.json()["detail"]) == (400, "files: This field is required.")
