"""Figures and words of the staff pages."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from webapp.staff import uploads
from webapp.staff.attempts import FormError
from webapp.staff.templatetags.staff_figures import in_words, interval, percent

LABELS = [SimpleNamespace(key="cat", name="Tomcat")]


def test_an_interval_in_the_units_of_its_drawing():
    assert interval(0.5, 0.25, 0.75) == {
        "known": True,
        "mean": 60.0,
        "left": 30.0,
        "width": 60.0,
        "words": "50 %, between 25 % and 75 %",
    }
    assert interval(None, None, None) == {"known": False}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"kind": "class", "label": "cat"}, "Tomcat"),
        ({"kind": "class", "label": "gone"}, "gone"),
        ({"kind": "box", "boxes": [[0, 0, 1, 1, "cat"]]}, "1 box"),
        ({"kind": "nothing"}, "nothing here"),
        (None, "no label yet"),
    ],
)
def test_answers_in_words(answer, words):
    assert in_words(answer, LABELS) == words


def test_unknown_is_not_nought():
    assert (percent(None), percent(0.0), percent(0.834)) == ("–", "0 %", "83 %")


def test_uploads_stay_in_their_folder_and_keep_their_names(settings):
    files = [SimpleUploadedFile(name, b"x") for name in ("a.png", "a.png", "..\\..\\b.png")]
    folder = uploads.keep(files)
    assert folder.parent == settings.UPLOADS
    assert sorted(path.name for path in folder.iterdir()) == ["a-2.png", "a.png", "b.png"]
    assert uploads.source_of(folder) == folder
    alone = uploads.keep(files[:1])
    assert uploads.source_of(alone) == alone / "a.png"


def test_no_file_is_said_so():
    with pytest.raises(FormError, match="at least one file"):
        uploads.keep([])
