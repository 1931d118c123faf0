"""Files that were sent stay in a folder of their own, under their own names, within limits."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from webapp.images import uploads
from webapp.images.services import BadFile


def test_uploads_stay_in_their_folder_and_keep_their_names(settings):
    files = [SimpleUploadedFile(name, b"x") for name in ("a.png", "a.png", "..\\..\\b.png")]
    folder = uploads.keep(files)
    assert folder.parent == settings.UPLOADS
    assert sorted(path.name for path in folder.iterdir()) == ["a-2.png", "a.png", "b.png"]
    assert uploads.source_of(folder) == folder
    alone = uploads.keep(files[:1])
    assert uploads.source_of(alone) == alone / "a.png"


def test_no_file_is_said_so():
    with pytest.raises(BadFile, match="at least one file"):
        uploads.keep([])


def test_more_than_is_allowed_at_once_is_refused_and_nothing_is_kept(settings):
    settings.UPLOAD_BYTES = 3 * 2**20
    with pytest.raises(BadFile, match=r"Expected at most 0\.00293 GiB at once; got 0\.00391 GiB\."):
        uploads.keep([SimpleUploadedFile(f"{n}.png", b"x" * 2**20) for n in range(4)])
    assert list(settings.UPLOADS.iterdir()) == []


def test_a_full_disk_is_said_so_beforehand(settings, monkeypatch):
    monkeypatch.setattr(uploads, "SPARE", 2**60)
    with pytest.raises(BadFile, match="fit on the disk"):
        uploads.keep([SimpleUploadedFile("a.png", b"x")])


def test_names_longer_than_a_disk_takes_keep_their_ending(settings):
    folder = uploads.keep(
        [SimpleUploadedFile(name, b"x") for name in ("ж" * 150 + ".nii.gz", "x" * 240 + ".csv", ".png")]
    )
    names = sorted(path.name for path in folder.iterdir())
    assert [name[-4:] for name in names] == [".png", ".csv", "i.gz"]
    assert all(len(name.encode()) <= 200 for name in names)
