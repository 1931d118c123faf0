"""Figures and words of the staff pages."""

from types import SimpleNamespace

import pytest

from webapp.staff.templatetags.staff_figures import in_words, interval, made_by, percent

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


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        ({"model": {"model": "cells", "what": "Diffusion of cells"}, "steps": 4}, "Diffusion of cells"),
        ({"model": {"model": "cells"}}, "cells"),
        ({"model": "pix2pix"}, "pix2pix"),
        ({"name": "drawn"}, "drawn"),
        ({"steps": 4}, "not said"),
        (None, "not said"),
        ("by hand", "by hand"),
    ],
)
def test_what_made_a_pack_is_said_whatever_its_maker_wrote(generator, words):
    assert made_by({"generator": generator}) == words
