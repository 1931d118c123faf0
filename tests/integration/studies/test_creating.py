"""Pictures of a study are spent: never met before, never met again, and never gold."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from quality.store import gold, release, reviews, studies
from quality.store.intake import import_images
from quality.store.models import GoldPack, GoldPolicy, GoldTruth, StudyTruth, TaskState
from synth.manifest import Item, Manifest, PackLabel, write, write_picture
from tests.factories import AssignmentFactory, HandFactory, ProjectFactory, TaskFactory
from tests.integration.studies.lab import laboratory, open_study, source
from webapp.images.models import Image, Source
from webapp.studies import services
from webapp.studies.models import Picture, Study
from webapp.studies.services import StudyError
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db


def made_study(project, packs, **options) -> Study:
    options = {"pairs": 4, "singles": 6} | options
    return studies.create_study(
        by=None, project=project, title="Made or real?", packs=[pack.pk for pack in packs], **options
    )


def tasks_of(study: Study) -> list[Task]:
    return list(Task.objects.filter(image__in=StudyTruth.objects.filter(study=study).values("image")))


def test_as_many_made_as_real_ones_in_couples():
    project, packs = laboratory(real=25, made=9, packs=2)
    study = made_study(project, packs, couples=12)
    truths = StudyTruth.objects.filter(study=study)
    assert sorted(truths.values_list("couple", "made")) == [(n, side) for n in range(12) for side in (False, True)]
    generators = list(truths.filter(made=True).values_list("generator", flat=True))
    assert (generators.count("pack a"), generators.count("pack b")) == (6, 6)
    assert Picture.objects.filter(study=study).count() == 24
    real = Task.objects.filter(image__in=truths.filter(made=False).values("image"))
    assert not GoldTruth.objects.filter(task__in=real).exists()


def test_what_a_study_takes_never_becomes_gold_nor_anybodys_task():
    project, packs = laboratory(real=14, made=14)
    study = made_study(project, packs)
    spent = {task.pk for task in tasks_of(study)}
    assert len(spent) == 20
    assert set(TaskState.objects.filter(task__in=spent).values_list("state", flat=True)) == {"retired"}
    assert set(GoldTruth.objects.filter(task__in=spent).values_list("state", flat=True)) == {"retired"}
    assert gold.approve_pack(by=None, pack_id=packs[0].pk) == 4
    assert gold.decide_gold(by=None, project=project, tasks=spent, approve=True) == 0
    assert gold.split_gold(by=None, project=project, tasks=spent) == 0
    for action in ("reopen", "close", "accept", "revise"):
        with pytest.raises(reviews.ReviewError, match="belongs to a study"):
            reviews.review(by=None, task_id=min(spent), action=action, answer={"kind": "class", "label": "cat"})
    policy = GoldPolicy.objects.create(project=project, rate=0.33)
    release.release(project, policy, now=timezone.now(), rng=np.random.default_rng(0))
    released = set(TaskState.objects.filter(state="open").values_list("task_id", flat=True))
    assert len(released) > 4
    assert not released & spent


def test_a_batch_that_was_chosen_before_a_study_took_from_it_leaves_its_pictures_alone(monkeypatch):
    """The release reads what waits and writes a moment later: in between a study may come."""
    project, packs = laboratory(real=20, made=10)
    studied: list[Study] = []

    def first(waiting, number):
        chosen = list(waiting.values_list("task_id", flat=True))
        if not studied:
            studied.append(made_study(project, packs))
        return chosen

    monkeypatch.setattr(release, "_first", first)
    release.release(
        project, GoldPolicy.objects.create(project=project), now=timezone.now(), rng=np.random.default_rng(0)
    )
    spent = [task.pk for task in tasks_of(studied[0])]
    assert not TaskState.objects.filter(task__in=spent, state="open").exists()
    assert TaskState.objects.filter(project=project, state="open").count() == 10


@pytest.mark.parametrize("how", ["released", "dealt", "released before", "another task of it", "another project"])
def test_what_people_met_or_may_meet_is_in_no_study(how):
    project, packs = laboratory(real=10, made=10)
    gone = GoldTruth.objects.filter(pack=packs[0]).order_by("?")[0].task
    state = TaskState.objects.filter(task=gone)
    if how == "released":
        state.update(state="open", released_at=timezone.now())
    elif how == "released before":
        state.update(released_at=timezone.now())
    elif how == "dealt":
        AssignmentFactory(hand=HandFactory(project=project), task=gone)
    elif how == "another task of it":
        other = TaskFactory(project=project, image=gone.image, label=project.labels.first(), state="open")
        assert other.image_id == gone.image_id
    else:
        twin = TaskFactory(project=ProjectFactory())
        source(twin, f"{project.pk}-a-3")
    assert studies.made_states(project, packs[0].pk).count() == 9
    with pytest.raises(StudyError, match="needs 10 fresh made pictures; these packs have 9"):
        made_study(project, packs)
    assert not TaskState.objects.filter(state="retired").exists()


def test_gold_in_use_is_in_no_study_and_gold_to_be_is():
    project, packs = laboratory(real=10, made=12)
    gold.approve_pack(by=None, pack_id=packs[0].pk)
    used = TaskState.objects.filter(task__in=GoldTruth.objects.values("task")[:2])
    used.update(state="open", released_at=timezone.now())
    kept = set(used.values_list("task_id", flat=True))
    study = made_study(project, packs)
    assert not kept & {task.pk for task in tasks_of(study)}
    assert GoldTruth.objects.filter(state="approved").count() == 2


def test_labelled_real_pictures_count_as_real_unless_they_are_gold():
    project, packs = laboratory(real=0, made=10)
    for number in range(12):
        task = TaskFactory(project=project)
        source(task, f"labelled {number}")
        state = GoldTruth.State.APPROVED if number < 2 else GoldTruth.State.HELD
        GoldTruth.objects.create(task=task, project=project, state=state, origin="expert", answer={})
    study = made_study(project, packs)
    assert GoldTruth.objects.filter(origin="expert", state="approved").count() == 2
    assert len(tasks_of(study)) == 20


def test_the_same_pixels_never_come_back():
    project, packs = laboratory(real=10, made=10)
    made_study(project, packs)
    elsewhere = TaskFactory(project=ProjectFactory())
    source(elsewhere, f"{project.pk}-a-3")
    free = TaskFactory(project=ProjectFactory())
    source(free, "never seen")
    assert studies.spent_images([elsewhere.image_id, free.image_id]) == {elsewhere.image_id}
    picture = Picture.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Picture.objects.create(study=picture.study, file=picture.file, width=1, height=1)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Twelve made pictures."""
    rng = np.random.default_rng(6)
    names = [
        write_picture(tmp_path, f"images/{number}.png", rng.integers(0, 256, (48, 64), dtype=np.uint8))
        for number in range(12)
    ]
    items = [Item(image=name, answer={"kind": "class", "label": "cat"}, origin="synthetic") for name in names]
    write(tmp_path, Manifest("made", "class", (PackLabel("cat", "Cat"),), tuple(items)))
    return tmp_path


def test_an_import_of_what_a_study_showed_makes_no_task(pack):
    """The pack again, in its project and in another one; and the same pictures as if they were real ones."""
    project, _ = laboratory(real=10, made=0, packs=0)
    assert gold.import_gold_pack(by=None, project=project, path=pack).taken == 12
    study = made_study(project, GoldPack.objects.all())
    spent = {
        source.name for source in Source.objects.filter(image__tasks__in=tasks_of(study)) if "images/" in source.name
    }
    assert len(spent) == 10
    assert gold.import_gold_pack(by=None, project=project, path=pack).taken == 0
    other = ProjectFactory()
    assert gold.import_gold_pack(by=None, project=other, path=pack).taken == 2
    third = ProjectFactory()
    report = import_images(by=None, project=third, path=pack / "images")
    assert (len(report.pictures.taken), report.tasks) == (12, 2)
    assert Task.objects.filter(project__in=(other, third)).count() == 4


def test_two_studies_share_no_picture():
    project, packs = laboratory(real=20, made=20)
    files = [set(made_study(project, packs).pictures.values_list("file", flat=True)) for _ in range(2)]
    assert [len(names) for names in files] == [20, 20]
    assert not files[0] & files[1]
    assert Study.objects.filter(slug="made-or-real-2").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"pairs": 2, "singles": 7}, "10 to 200 questions"),
        ({"pairs": -1}, "10 to 200 questions"),
        ({"couples": 9}, "10 couples or more"),
        ({"title": " "}, "needs a title"),
        ({"packs": []}, "at least one gold pack"),
    ],
)
def test_what_cannot_be_is_refused_and_spends_nothing(options, why):
    project, packs = laboratory(real=10, made=10)
    options = {"title": "T", "packs": [packs[0].pk], "pairs": 4, "singles": 6} | options
    with pytest.raises(StudyError, match=why):
        studies.create_study(by=None, project=project, **options)
    assert not TaskState.objects.filter(state="retired").exists()


def test_it_opens_with_an_ethics_reference_alone():
    project, packs = laboratory(real=10, made=10)
    study = made_study(project, packs)
    study.ethics_reference = " "
    with pytest.raises(StudyError, match="ethics reference"):
        services.open_study(by=None, study=study)
    assert study.state == "draft"


def test_pictures_lie_in_no_order_that_tells():
    """Sides of the pictures as the database gives them: as many changes of side as chance makes."""
    study = open_study(real=60, made=60, couples=60)
    made = set(StudyTruth.objects.filter(study=study, made=True).values_list("picture", flat=True))
    sides = [pk in made for pk in Picture.objects.values_list("pk", flat=True)]
    changes = sum(a != b for a, b in itertools.pairwise(sides))
    assert 36 < changes < 84  # 60 expected, standard deviation 5.5
    assert Image.objects.count() == 120
