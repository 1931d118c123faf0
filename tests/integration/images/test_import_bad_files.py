"""Every file is taken or refused with one sentence; nothing is half there, nothing hangs, nothing eats the machine."""

import gzip
import io
import os
import re
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.integration.images import made
from webapp.images import store
from webapp.images.importers import files
from webapp.images.models import Image, Source
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile
from webapp.images.services import ImportOptions, import_path

ONE_SENTENCE = re.compile(r"Expected [^\n]+[.]")


def take(project, path, **options):
    report = import_path(by=None, project=project, path=path, options=ImportOptions(**options))
    assert all(ONE_SENTENCE.fullmatch(refusal.reason) for refusal in report.refused), report.refused
    return report


def reasons(report):
    return {refusal.name: refusal.reason for refusal in report.refused}


def png_claiming(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def nifti_claiming(shape):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 16, 32)  # float32
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    return bytes(header)


def test_bad_pictures_are_refused_and_the_good_one_is_taken(project, folder):
    made.picture(folder / "good.png")
    whole = (folder / "good.png").read_bytes()
    (folder / "empty.png").write_bytes(b"")
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "huge.png").write_bytes(png_claiming(100_000, 100_000))
    (folder / "liar.png").write_bytes(png_claiming(6000, 6000))
    (folder / "text.png").write_text("I am a picture, believe me.")
    (folder / "notes.md").write_text("# Notes")
    made.picture(folder / "tiny.png", size=(4, 4))
    os.mkfifo(folder / "pipe.png")
    report = take(project, folder)
    assert [image.name for image in report.taken] == ["good.png"]
    assert set(reasons(report)) == {
        *("empty.png", "truncated.png", "huge.png", "liar.png", "text.png", "notes.md", "tiny.png", "pipe.png")
    }
    assert (
        reasons(report)["huge.png"] == "Expected at most 64 megapixels, got 100000 x 100000: cut it into tiles first."
    )
    assert reasons(report)["tiny.png"] == "Expected at least 8 x 8 pixels; got 4 x 4."
    assert reasons(report)["empty.png"] == "Expected a picture; the file is empty."


@pytest.mark.once
def test_volumes_that_claim_a_gigabyte_or_hold_less_than_they_say(project, folder):
    (folder / "gigabyte.nii").write_bytes(nifti_claiming((1024, 1024, 256)))
    (folder / "beyond.nii").write_bytes(nifti_claiming((32767, 32767, 32767)))
    (folder / "packed.nii.gz").write_bytes(gzip.compress(nifti_claiming((1024, 1024, 255)) + bytes(1000)))
    report = take(project, folder)
    assert report.taken == []
    assert (
        reasons(report)["gigabyte.nii"]
        == "Expected 1073741824 bytes of voxels, as its header says; the file holds 352."
    )
    assert reasons(report)["beyond.nii"].startswith("Expected a volume of 1 to 256 million voxels;")
    assert "packed.nii.gz" in reasons(report)
    assert report.peak_decoder_kib < 1.5 * 2**20


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_of_pixels_is_taken(project, folder, mode):
    ramp = Pillow.fromarray(np.tile(np.arange(0, 64, dtype=np.uint8) * 4, (32, 1)))
    image = Pillow.fromarray(np.asarray(ramp).astype(np.uint16) * 200) if mode == "I;16" else ramp.convert(mode)
    image.save(folder / "a.tif")
    report = take(project, folder)
    assert (len(report.taken), report.refused) == (1, [])
    served = np.asarray(Pillow.open(store.picture_path(Image.objects.get().file)).convert("L"))
    assert served.shape == (32, 64)
    if mode not in {"1"}:
        assert abs(int(served[:, -4:].mean()) - int(served[:, :4].mean())) > 100


def test_pages_of_a_tiff_are_pictures_and_the_camera_is_held_upright(project, folder):
    pages = [Pillow.fromarray(np.full((16, 24), level, dtype=np.uint8)) for level in (10, 200)]
    pages[0].save(folder / "stack.tif", save_all=True, append_images=pages[1:])
    photo = Pillow.new("RGB", (30, 20))
    exif = photo.getexif()
    exif[0x0112], exif[0x010F] = 6, "Zanzibar Cameras"
    photo.save(folder / "photo.jpg", exif=exif)
    report = take(project, folder)
    assert [image.name for image in report.taken] == ["photo.jpg", "stack.tif page 1", "stack.tif page 2"]
    assert list(Source.objects.filter(name="photo.jpg").values_list("width", "height")) == [(20, 30)]


def test_a_zip_is_unpacked_without_leaving_its_folder(project, folder):
    made.picture(folder / "good.png")
    data = (folder / "good.png").read_bytes()
    archive = folder / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for name in ("in/good.png", "../outside.png", "/etc/absolute.png", "C:/drive.png", "a\\..\\..\\b.png"):
            out.writestr(name, data)
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
        inner = io.BytesIO()
        zipfile.ZipFile(inner, "w").close()
        out.writestr("nested.zip", inner.getvalue())
        out.writestr("__MACOSX/._good.png", b"x")
    report = take(project, archive)
    assert [image.name for image in report.taken] == ["in/good.png"]
    assert set(reasons(report)) == {
        *("../outside.png", "/etc/absolute.png", "C:/drive.png", "a\\..\\..\\b.png", "link.png", "nested.zip")
    }
    assert not (folder.parent / "outside.png").exists()


def test_bombs_are_refused_before_they_go_off(project, folder, settings):
    archive = folder / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zeros.png", bytes(80 * 2**20))
    report = take(project, archive)
    assert report.taken == []
    assert reasons(report)["bomb.zip"].startswith("Expected an archive of pictures; this one claims to unpack")
    assert list(settings.UPLOADS.iterdir()) == []


def test_an_entry_gives_no_more_than_it_claims(project, folder):
    archive = folder / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.png", bytes(1000))
    raw = archive.read_bytes()
    archive.write_bytes(raw.replace(struct.pack("<I", 1000), struct.pack("<I", 10)))
    report = take(project, archive)
    assert report.taken == []
    assert len(report.refused) == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 and nothing more", b"PK\x05\x06" + bytes(18), b""])
def test_broken_archives(project, folder, content):
    (folder / "broken.zip").write_bytes(content)
    assert take(project, folder / "broken.zip").taken == []


def test_an_archive_cut_short_is_called_that(project, folder):
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    report = take(project, folder / "broken.zip")
    assert reasons(report) == {"broken.zip": "Expected a zip archive; this one is cut short or none at all."}


def test_nothing_there(project, folder):
    report = take(project, folder / "nowhere")
    assert reasons(report) == {"nowhere": "Expected a folder, a zip or a file; there is nothing at 'nowhere'."}


def test_a_file_that_makes_its_decoder_hang_is_given_up_and_the_next_one_works(folder):
    os.mkfifo(folder / "endless")  # opening it waits for ever
    made.picture(folder / "good.png")
    with Sandbox(seconds=20) as sandbox:
        sandbox.call("picture", path=str(folder / "good.png"))
        with pytest.raises(BadFile, match=r"Expected a file that opens within 0.3 s; this one takes longer."):
            sandbox.call("picture", path=str(folder / "endless"), seconds=0.3)
        assert sandbox.call("picture", path=str(folder / "good.png"))["pages"] == ["00000.npy"]


def test_a_decoder_that_dies_is_replaced(folder):
    made.picture(folder / "good.png")
    with Sandbox(seconds=20) as sandbox:
        sandbox.call("picture", path=str(folder / "good.png"))
        sandbox._process.kill()
        sandbox._process.wait()
        assert sandbox.call("picture", path=str(folder / "good.png"))["pages"] == ["00000.npy"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_between_files_and_rows_leaves_neither(project, folder, settings):
    made.picture(folder / "a.png")

    def fail(taken):
        raise RuntimeError("the task table is on fire")

    with pytest.raises(RuntimeError):
        import_path(by=None, project=project, path=folder, on_stored=fail)
    assert Image.objects.count() == 0
    assert [path for path in settings.PICTURES.rglob("*") if path.is_file()] == []
    assert len(take(project, folder).taken) == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_import_left_goes_with_the_next_one(project, folder, settings):
    made.picture(folder / "a.png")
    kept = take(project, folder).taken[0]
    there = Image.objects.get(pk=kept.image_id).file
    lost = store.new_name()
    store.write_whole(store.picture_path(lost), b"pixels without a row")
    (settings.UPLOADS / "writing-0123").write_text(f"{there}\n{lost}")
    (settings.UPLOADS / "unpacked-0123").mkdir()
    (settings.UPLOADS / "unpacked-0123" / "patient.dcm").write_bytes(b"a name")
    take(project, folder)
    assert store.picture_path(there).exists()
    assert not store.picture_path(lost).exists()
    assert not list(settings.UPLOADS.iterdir())


def test_an_import_at_work_is_left_alone(settings):
    with files._scratch() as folder:
        files.sweep()
        assert folder.exists()


def test_an_entry_that_no_disk_takes_is_refused_alone(project, folder):
    picture = folder / "a.png"
    made.picture(picture)
    archive = folder / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(picture, "a.png")
        out.write(picture, "a.png/b.png")
        out.write(picture, "\N{CYRILLIC SMALL LETTER ZHE}" * 140 + ".png")
    report = take(project, archive)
    assert [image.name for image in report.taken] == ["a.png"]
    assert sorted(reasons(report).values()) == [
        "Expected files in folders; this one lies in what is a file of the archive.",
        "Expected names of at most 255 bytes; this one is longer.",
    ]
