"""A project with real pictures and packs of made ones, and people who take part in its studies."""

from collections.abc import Callable

import numpy as np
from django.utils import timezone

from quality.store import studies
from quality.store.models import GoldPack, GoldTruth, StudyTruth
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import play_tier
from webapp.accounts.models import User
from webapp.images.models import Source
from webapp.projects.models import Project
from webapp.studies import consent, selectors, services
from webapp.studies.models import Participation, Study, Trial
from webapp.tasks.models import Task

BACKGROUND = {"profession": "medical", "experience": "some", "device": "phone"}
Answerer = Callable[[Trial], str]


def source(task: Task, key: str) -> None:
    Source.objects.create(image=task.image, project=task.project, key=key, name=f"{key}.png", width=64, height=48)


def laboratory(*, real: int = 30, made: int = 30, packs: int = 1, **options: object) -> tuple[Project, list[GoldPack]]:
    """Open tasks, and in each pack so many made candidates; all of them wait."""
    project = ProjectFactory(ethics_reference="E 1", **options)
    for number in range(real):
        source(TaskFactory(project=project), f"{project.pk}-real-{number}")
    found = []
    for name in "abcdef"[:packs]:
        pack = GoldPack.objects.create(project=project, name=f"pack {name}")
        found.append(pack)
        for number in range(made):
            task = TaskFactory(project=project)
            GoldFactory(task=task, pack=pack, origin="synthetic", state=GoldTruth.State.CANDIDATE)
            source(task, f"{project.pk}-{name}-{number}")
    return project, found


def open_study(*, pairs: int = 8, singles: int = 12, couples: int | None = None, **options: object) -> Study:
    project, packs = laboratory(**options)
    study = studies.create_study(
        by=None,
        project=project,
        title="Made or real?",
        packs=[pack.pk for pack in packs],
        pairs=pairs,
        singles=singles,
        couples=couples,
        rng=np.random.default_rng(5),
    )
    services.open_study(by=None, study=study)
    return study


def is_made(trial: Trial) -> bool:
    """Whether the picture in the first place is made: what nobody of the volunteer tier may know."""
    return StudyTruth.objects.get(picture=trial.first_id).made


def right(trial: Trial) -> str:
    if trial.second_id:
        return "first" if is_made(trial) else "second"
    return "made" if is_made(trial) else "real"


def take_part(study: Study, answerer: Answerer, *, by: User | None = None, answers: int = 999) -> Participation:
    """Begin and answer under the volunteer tier's own rights; `answerer` may peek, the tier may not."""
    by = by or GuestFactory()
    with play_tier():
        services.begin(by=by, study=study, consent_version=consent.CURRENT.version, background=BACKGROUND)
    studies.tick(timezone.now())
    with play_tier():
        participation = selectors.participation_of(by, study)
    assert participation is not None
    for _ in range(answers):
        with play_tier():
            ahead = selectors.next_trials(participation)
        if not ahead:
            break
        said = answerer(ahead[0])
        with play_tier():
            services.note_shown(trial=ahead[0])
            services.answer(participation=participation, trial_id=ahead[0].pk, said=said, client_ms=900)
    studies.tick(timezone.now())
    participation.refresh_from_db()
    return participation
