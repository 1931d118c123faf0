"""Studies of people: choosing their pictures, laying out each participant's questions, counting at the end.

**Couples.** Every made picture is coupled once with a real one. In the first part a participant sees couples; in the
second one picture of each further couple, by the toss of a coin. The two of a couple are thus alike in everything that
can be read or counted outside this room, and how many of the single pictures are made is told by nothing (I1).

**Spent.** A study's pictures come from tasks that nobody was dealt and that are not released. These tasks and their
truths are retired with the same commit, a moderator cannot bring them back, and no import makes tasks of the same
pixels again: gold in use is never shown in a study, and what a study showed never becomes gold.
"""

import itertools
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import slugify

from quality.store.models import GoldPack, GoldTruth, StudyTruth, TaskState
from webapp.accounts.models import StaffMember
from webapp.images.models import Image, Source
from webapp.projects.models import Project
from webapp.studies.models import Participation, Picture, Study, Total, Trial
from webapp.studies.services import StudyError
from webapp.tasks.models import Assignment

LEAST = 10  # questions: no total is told on fewer (I4)
MOST = 200
AT_ONCE = 50  # participants a tick
FIRST_IS_MADE = (Trial.Answer.FIRST, Trial.Answer.MADE)  # what says that the picture in the first place is made


def fresh_states(project: Project) -> QuerySet[TaskState]:
    """Tasks of pictures that nobody met nor is about to meet: not released, not dealt, nor any other task of them."""
    dealt = Exists(Assignment.objects.filter(task=OuterRef("task")))
    met = TaskState.objects.filter(task__image=OuterRef("task__image")).filter(
        ~Q(state=TaskState.State.WAITING) | Q(released_at__isnull=False) | dealt
    )
    own_key = Source.objects.filter(image=OuterRef(OuterRef("task__image"))).values("key")
    elsewhere = Source.objects.filter(key__in=own_key).exclude(project=project)
    return TaskState.objects.filter(~Exists(met), ~Exists(elsewhere), project=project)


def made_states(project: Project, pack_id: int) -> QuerySet[TaskState]:
    """Fresh tasks of a pack's made pictures: candidates, and gold that is not in use yet."""
    usable = (GoldTruth.State.CANDIDATE, GoldTruth.State.APPROVED)
    truth = GoldTruth.objects.filter(
        task=OuterRef("task"), pack=pack_id, origin=GoldTruth.Origin.SYNTHETIC, state__in=usable
    )
    return fresh_states(project).filter(Exists(truth))


def real_states(project: Project) -> QuerySet[TaskState]:
    """Fresh tasks of real pictures: open ones, with or without an expert's label that is held back."""
    known = GoldTruth.objects.filter(task__image=OuterRef("task__image")).exclude(
        state=GoldTruth.State.HELD, origin=GoldTruth.Origin.EXPERT
    )
    return fresh_states(project).filter(~Exists(known))


@transaction.atomic
def create_study(
    *,
    by: StaffMember | None,
    project: Project,
    title: str,
    packs: Collection[int],
    introduction: str = "",
    pairs: int = 20,
    singles: int = 30,
    couples: int | None = None,
    rng: np.random.Generator | None = None,
) -> Study:
    """Make a draft of a study and spend its pictures, made ones of `packs` evenly and as many real ones.

    `couples`: how many of each, by default as many as there are questions; more let participants differ. Raises
    StudyError.
    """
    rng = rng or np.random.default_rng()
    needed = pairs + singles
    couples = needed if couples is None else couples
    if not title.strip():
        raise StudyError("The study needs a title.")
    if min(pairs, singles) < 0 or not LEAST <= needed <= MOST:
        raise StudyError(f"A study asks {LEAST} to {MOST} questions in both parts together; these are {needed}.")
    if couples < needed:
        raise StudyError(f"Nobody meets a picture twice: {needed} questions need {needed} couples or more.")
    chosen = GoldPack.objects.filter(project=project, pk__in=list(packs)).order_by("pk")
    if not chosen:
        raise StudyError("Choose at least one gold pack that the made pictures come from.")
    made = _made(project, list(chosen), couples, rng)
    real = _some(real_states(project), couples, rng)
    if len(real) < couples:
        raise StudyError(f"The study needs {couples} fresh real pictures; the project has {len(real)}.")
    _spend(project, [image for image, _ in made] + real)
    study = Study.objects.create(
        slug=_slug(title),
        project=project,
        title=title.strip()[:120],
        introduction=introduction.strip()[:600],
        pairs=pairs,
        singles=singles,
        ethics_reference=project.ethics_reference,
        by=by,
    )
    _write(study, made, real, rng)
    return study


def _made(project: Project, packs: list[GoldPack], couples: int, rng: np.random.Generator) -> list[tuple[UUID, str]]:
    """So many made pictures with their pack's name, as evenly over the packs as their stock allows."""
    piles = [[(image, pack.name) for image in _some(made_states(project, pack.pk), couples, rng)] for pack in packs]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*piles))
    found = list({entry[0]: entry for entry in turns if entry}.values())
    if len(found) < couples:
        raise StudyError(f"The study needs {couples} fresh made pictures; these packs have {len(found)}.")
    return found[:couples]


def _some(states: QuerySet[TaskState], number: int, rng: np.random.Generator) -> list[UUID]:
    """At most so many of their pictures, drawn at random."""
    images = sorted(set(states.values_list("task__image_id", flat=True)))
    return [images[i] for i in rng.permutation(len(images))[:number]]


def _spend(project: Project, images: list[UUID]) -> None:
    """Take pictures out of play for good. Raises StudyError where the dealer was faster."""
    states = TaskState.objects.filter(task__image__in=images)
    tasks = [state.task_id for state in states.select_for_update(of=("self",)).order_by("task")]
    # Asked again under the lock; a release leaves alone what no longer waits.
    if fresh_states(project).filter(task__in=tasks).count() != len(tasks):
        raise StudyError("Some of the pictures were just released to be played; please try again.")
    states.update(state=TaskState.State.RETIRED)
    GoldTruth.objects.filter(task__in=tasks).update(state=GoldTruth.State.RETIRED)


def _write(study: Study, made: list[tuple[UUID, str]], real: list[UUID], rng: np.random.Generator) -> None:
    """Pictures in random order, and beside them what they are."""
    sides = [(image, True, number, name) for number, (image, name) in enumerate(made)]
    sides += [(image, False, number, made[number][1]) for number, image in enumerate(real)]
    served = Image.objects.in_bulk([image for image, *_ in sides])
    sources = Source.objects.in_bulk([image for image, *_ in sides])
    pictures, truths = [], []
    for place in rng.permutation(len(sides)):
        image_id, is_made, couple, generator = sides[place]
        image, source = served[image_id], sources.get(image_id)
        picture = Picture(study=study, file=image.file, width=image.width, height=image.height)
        pictures.append(picture)
        truths.append(
            StudyTruth(
                picture=picture,
                study=study,
                image=image,
                key=source.key if source else "",
                made=is_made,
                couple=couple,
                generator=generator,
                provenance=source.provenance if source else {},
            )
        )
    Picture.objects.bulk_create(pictures)
    StudyTruth.objects.bulk_create(truths)


def _slug(title: str) -> str:
    base = slugify(title)[:40] or "study"
    names = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
    return next(name for name in names if not Study.objects.filter(slug=name).exists())


def spent_images(images: Iterable[UUID]) -> set[UUID]:
    """Of these pictures, those whose pixels a study has shown or may show, in whatever project."""
    spent = StudyTruth.objects.filter(key=OuterRef("key")).exclude(key="")
    return set(Source.objects.filter(Exists(spent), image__in=list(images)).values_list("image_id", flat=True))


def is_spent(task_id: UUID) -> bool:
    """Whether a task's picture belongs to a study."""
    return StudyTruth.objects.filter(image__tasks=task_id).exists()


def tick(now: datetime, *, rng: np.random.Generator | None = None) -> int:
    """The worker's step: lay out questions for who has begun, count for who is through. Returns for how many."""
    begun = Participation.objects.filter(~Exists(Trial.objects.filter(participation=OuterRef("pk"))))
    waiting = list(begun.select_related("study").order_by("begun_at")[:AT_ONCE])
    for participation in waiting:
        _lay_out(participation, rng or np.random.default_rng())
    through = Participation.objects.filter(completed_at__isnull=False, total=None)
    finished = list(through.values_list("pk", flat=True)[:AT_ONCE])
    for pk in finished:
        _count(pk)
    return len(waiting) + len(finished)


@transaction.atomic
def _lay_out(participation: Participation, rng: np.random.Generator) -> None:
    """Draw couples for one participant: first as pairs, then one of each alone."""
    Participation.objects.select_for_update().get(pk=participation.pk)
    if Trial.objects.filter(participation=participation).exists():
        return
    study = participation.study
    couples: dict[int, list[Any]] = {}
    for row in StudyTruth.objects.filter(study=study).order_by("couple").values_list("couple", "picture_id"):
        couples.setdefault(row[0], []).append(row[1])
    trials = []
    for place, number in enumerate(rng.permutation(sorted(couples))[: study.size].tolist(), start=1):
        first, second = rng.permutation(sorted(couples[number])).tolist()
        other = second if place <= study.pairs else None
        trials.append(Trial(participation=participation, place=place, first_id=first, second_id=other))
    Trial.objects.bulk_create(trials)


@transaction.atomic
def _count(participation_id: UUID) -> None:
    """One total of all answers, to the nearest five percent (I4)."""
    trials = Trial.objects.filter(participation=participation_id).exclude(answer="")
    answers = list(trials.values_list("first", "answer"))
    truths = StudyTruth.objects.filter(picture__in=[first for first, _ in answers])
    made = dict(truths.values_list("picture", "made"))
    right = sum((said in FIRST_IS_MADE) == made[first] for first, said in answers)
    n = len(answers)
    if n >= LEAST:
        Total.objects.get_or_create(participation_id=participation_id, defaults={"right": 5 * round(20 * right / n)})
