"""Submitting: what is stored, what is refused, what the same again does."""

import numpy as np
import pytest
from django.utils import timezone

from quality.domain import masks
from tests.factories import AssignmentFactory, GuestFactory, HandFactory, ProjectFactory
from tests.players import play_tier
from webapp.annotations.models import Annotation
from webapp.annotations.services import Conflict, InvalidAnswer, NotYours, flag, submit
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
CAT = {"kind": "class", "label": "cat"}


def claimed(kind=Project.Kind.CLASS) -> Assignment:
    """A claimed question of a picture 64 pixels wide and 48 high; labels cat and dog."""
    hand = HandFactory(project=ProjectFactory(kind=kind), annotator=GuestFactory())
    return AssignmentFactory(hand=hand, state="claimed", claimed_at=timezone.now())


def put(assignment: Assignment, answer, **rest):
    with play_tier():
        return submit(by=assignment.annotator, assignment_id=assignment.pk, answer=answer, **rest)


def test_an_answer_is_stored_with_its_trace():
    assignment = claimed()
    annotation, created = put(assignment, CAT, trace={"undo": 2}, client_ms=1234)
    stored = Annotation.objects.get()
    assert created
    assert (stored.answer, stored.trace, stored.client_ms) == (CAT, {"undo": 2}, 1234)
    assert stored.round_id == annotation.round_id is not None
    assignment.refresh_from_db()
    assert assignment.state == "answered"


BOXES = [[1, 2, 30, 40, "cat"], [10.5, 0, 64, 48, "dog"]]
MASK = masks.encode(np.eye(48, 64, dtype=bool))
GOOD = [
    ("class", CAT, CAT),
    ("class", {"kind": "nothing", "label": "x"}, {"kind": "nothing"}),
    ("box", {"kind": "cannot_tell"}, {"kind": "cannot_tell"}),
    (
        "box",
        {"kind": "box", "boxes": BOXES},
        {"kind": "box", "boxes": [[1.0, 2.0, 30.0, 40.0, "cat"], [10.5, 0.0, 64.0, 48.0, "dog"]]},
    ),
    (
        "box",
        {"kind": "box", "boxes": [[-0.4, 0, 64.5, 48, "cat"]]},
        {"kind": "box", "boxes": [[0.0, 0.0, 64.0, 48.0, "cat"]]},
    ),
    ("mask", {"kind": "mask", "rle": MASK, "more": 1}, {"kind": "mask", "rle": MASK}),
]


@pytest.mark.parametrize("kind, answer, stored", GOOD)
def test_good_answers(kind, answer, stored):
    put(claimed(kind), answer)
    assert Annotation.objects.get().answer == stored


BAD = [
    ("class", None, "An answer must be an object with a kind"),
    ("class", [1], "An answer must be an object"),
    ("class", {}, "The answer's kind must be class, nothing or cannot_tell; it is None"),
    ("class", {"kind": "mask", "rle": MASK}, "The answer's kind must be class"),
    ("class", {"kind": "class", "label": "horse"}, "The label must be one of cat, dog; it is 'horse'"),
    ("class", {"kind": "class", "label": ["cat"]}, "The label must be one of"),
    ("box", {"kind": "box", "boxes": []}, "at least one box"),
    ("box", {"kind": "box", "boxes": "many"}, "needs a list of boxes"),
    ("box", {"kind": "box", "boxes": [[1, 2, 3, "cat"]]}, r"Box 1 must be \[x1, y1, x2, y2, label\]"),
    ("box", {"kind": "box", "boxes": [[5, 5, 5, 9, "cat"]]}, "x2 > x1"),
    ("box", {"kind": "box", "boxes": [[0, 0, 9, 5e-324, "cat"]]}, "by 0.01 px at least"),
    ("box", {"kind": "box", "boxes": [[0, 0, 9, float("nan"), "cat"]]}, "plain JSON with finite numbers"),
    ("box", {"kind": "box", "boxes": [[0, 0, 9, 10**400, "cat"]]}, "four finite numbers"),
    ("box", {"kind": "box", "boxes": [[0, 0, True, 9, "cat"]]}, "four finite numbers"),
    ("box", {"kind": "box", "boxes": [[0, 0, 66, 9, "cat"]]}, "lies outside the picture: 66 is not between 0 and 64"),
    ("box", {"kind": "box", "boxes": [[0, 0, 9, 9, "cat"]] * 501}, "may hold 500 boxes; this one holds 501"),
    ("mask", {"kind": "mask"}, "needs an rle"),
    ("mask", {"kind": "mask", "rle": {"size": [48, 64], "counts": "\x00"}}, "counts"),
    ("mask", {"kind": "mask", "rle": {"size": [64, 48], "counts": MASK["counts"]}}, "The mask is 64 x 48 pixels"),
    ("mask", {"kind": "mask", "rle": masks.encode(np.zeros((48, 64), dtype=bool))}, "The mask is empty"),
]


@pytest.mark.parametrize("kind, answer, sentence", BAD)
def test_bad_answers_are_refused_in_one_sentence_and_nothing_is_stored(kind, answer, sentence):
    assignment = claimed(kind)
    with pytest.raises(InvalidAnswer, match=sentence):
        put(assignment, answer)
    assert not Annotation.objects.exists()
    assignment.refresh_from_db()
    assert assignment.state == "claimed"


@pytest.mark.parametrize(
    "rest, sentence",
    [
        ({"trace": [1]}, "The trace must be an object"),
        ({"trace": {"gestures": "x" * 300_000}}, "The trace may take 256 KB; it takes 292 KB"),
        ({"client_ms": -1}, "client_ms must be a number of milliseconds"),
        ({"client_ms": "soon"}, "client_ms must be a number of milliseconds"),
    ],
)
def test_what_comes_along_is_bounded(rest, sentence):
    with pytest.raises(InvalidAnswer, match=sentence):
        put(claimed(), CAT, **rest)
    assert not Annotation.objects.exists()


def test_i6_the_same_again_is_the_same_answer_and_another_is_refused():
    assignment = claimed()
    first, created = put(assignment, CAT, client_ms=10)
    again, created_again = put(assignment, {"label": "cat", "kind": "class"}, client_ms=10)
    assert (created, created_again) == (True, False)
    assert again.pk == first.pk
    for other in ({"kind": "class", "label": "dog"}, {"kind": "nothing"}):
        with pytest.raises(Conflict, match="another answer"):
            put(assignment, other, client_ms=10)
    assert Annotation.objects.count() == 1
    assert Annotation.objects.get().answer == CAT


@pytest.mark.parametrize("state", ["expired", "skipped"])
def test_i6_a_late_answer_is_kept(state):
    assignment = claimed()
    Assignment.objects.update(state=state)
    _, created = put(assignment, CAT)
    assert created
    assert Annotation.objects.get().round is not None


def test_i7_nobody_can_answer_or_flag_for_somebody_else():
    assignment = claimed()
    stranger = GuestFactory()
    with pytest.raises(NotYours):
        submit(by=stranger, assignment_id=assignment.pk, answer=CAT)
    with pytest.raises(NotYours):
        flag(by=stranger, assignment_id=assignment.pk, comment="mine")
    assert not Annotation.objects.exists()


def test_a_flag_is_kept_once():
    assignment = claimed()
    with play_tier():
        for _ in range(2):
            flag(by=assignment.annotator, assignment_id=assignment.pk, comment="There is a name in it.")
    assert assignment.flags.get().comment == "There is a name in it."
