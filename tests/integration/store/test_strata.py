"""The score by part of the gold: how hard it is for others, on which screen it was answered."""

import pytest

from quality.store import reliability
from quality.store.models import Grade
from quality.store.selectors.profiles import EASIER, HARDER, ON_LARGER, ON_PHONE, profile
from tests.factories import AssignmentFactory, GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from webapp.annotations.models import Annotation

pytestmark = pytest.mark.django_db


def graded(person, task, score, *, width=None):
    assignment = AssignmentFactory(annotator=person, task=task)
    trace = {"view": {"width": width}} if width else {}
    answer = {"kind": "class", "label": "cat" if score else "dog"}
    given = Annotation.objects.create(
        assignment=assignment, task=task, annotator=person, answer=answer, trace=trace, digest="0"
    )
    details = {"truth": "cat", "said": answer["label"]}
    Grade.objects.create(annotation=given, task=task, annotator=person, counted=True, gold_score=score, details=details)


def test_known_answers_are_told_apart_by_difficulty_and_device():
    project = ProjectFactory()
    hard, easy, easier, of_few = [GoldFactory(task=TaskFactory(project=project)).task for _ in range(4)]
    person, *others = GuestFactory.create_batch(4)
    for other in others:
        for task, score in ((hard, 0.0), (easy, 1.0), (easier, 1.0)):
            graded(other, task, score)
    graded(others[0], of_few, 0.0)  # one is too few to call it hard
    for task, width in ((hard, 390), (easy, 412), (easier, 1200), (of_few, "wide")):
        graded(person, task, 1.0, width=width)

    reliability.rebuild(project, [person.pk])
    strata = profile(project, person.pk).strata

    assert {name: quantity.n for name, quantity in strata.items()} == {HARDER: 1, EASIER: 2, ON_PHONE: 2, ON_LARGER: 1}
