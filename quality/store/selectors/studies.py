"""Studies as researchers see them: what a new one could be made of, every trial with what was true, and the figures."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from io import StringIO

from django.db.models import Count, Q, QuerySet

from quality.domain.turing import Decisions
from quality.store.models import GoldPack, StudyTruth
from quality.store.studies import FIRST_IS_MADE, made_states, real_states
from webapp.projects.models import Project
from webapp.studies.models import Participation, Study, Trial


@dataclass(frozen=True)
class Stock:
    """Fresh pictures: met by nobody. `packs`: (number, name, made ones) of each gold pack that has any."""

    packs: tuple[tuple[int, str, int], ...]
    real: int


@dataclass(frozen=True)
class StudyRow:
    """A study in a list. `couples`: pictures of each side."""

    id: int
    slug: str
    title: str
    state: str
    size: int
    couples: int
    begun: int
    completed: int
    created_at: datetime


@dataclass(frozen=True)
class TrialRow:
    """One answered question, with what was true. `participant`: a number that leads to nobody.

    `picture`, `second_picture`: names of served files. `made`: of a pair, whether the first is the made one.
    `generator`: of the couple. `said_made`: what the participant said of the same.
    """

    participant: int
    profession: str
    experience: str
    device: str
    part: int
    place: int
    picture: str
    second_picture: str
    couple: int
    generator: str
    made: bool
    said_made: bool
    right: bool
    shown_at: datetime | None
    answered_at: datetime
    client_ms: int | None


@dataclass(frozen=True)
class Subject:
    """What was judged: a picture's file, or a couple's with the made one first. `words`: what it is."""

    files: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Part:
    """The figures of one part: all trials, and of each generator where there are several.

    `subjects`: what the keys of `Decisions.picture_rates` stand for.
    """

    name: str
    pairs: bool
    all: Decisions
    by_generator: tuple[tuple[str, Decisions], ...]
    subjects: Mapping[str, Subject]


def stock(project: Project) -> Stock:
    """What a new study could be made of."""
    packs = []
    for pack in GoldPack.objects.filter(project=project).order_by("name", "pk"):
        n = made_states(project, pack.pk).values("task__image").distinct().count()
        if n:
            packs.append((pack.pk, pack.name, n))
    return Stock(tuple(packs), real_states(project).values("task__image").distinct().count())


def studies(project: Project) -> list[StudyRow]:
    """The project's studies, the newest first."""
    found = Study.objects.filter(project=project).annotate(
        couples=Count("pictures", distinct=True) / 2,
        begun=Count("participations", distinct=True, filter=_OF_THEIR_OWN),
        completed=Count(
            "participations", distinct=True, filter=_OF_THEIR_OWN & Q(participations__completed_at__isnull=False)
        ),
    )
    return [_row(study) for study in found.order_by("-created_at", "-pk")]


# A guest who took part, and again with an account that they joined to, counts once.
_OF_THEIR_OWN = Q(participations__annotator__merged_into=None)


def _row(study: Study) -> StudyRow:
    names = [field.name for field in fields(StudyRow)]
    return StudyRow(**{name: getattr(study, name) for name in names})


def study(project: Project, study_id: int) -> Study | None:
    return Study.objects.filter(project=project, pk=study_id).first()


def trial_rows(study: Study) -> list[TrialRow]:
    """Every answered question, participant by participant, in the order asked."""
    people = Participation.objects.filter(study=study, annotator__merged_into=None).order_by("begun_at", "pk")
    numbers = {pk: number for number, pk in enumerate(people.values_list("pk", flat=True), start=1)}
    truths = {truth.picture_id: truth for truth in StudyTruth.objects.filter(study=study)}
    answered: QuerySet[Trial] = Trial.objects.filter(participation__in=people).exclude(answered_at=None)
    rows = [
        _trial(trial, numbers[trial.participation_id], truths[trial.first_id])
        for trial in answered.select_related("participation", "first", "second")
    ]
    return sorted(rows, key=lambda row: (row.participant, row.place))


def _trial(trial: Trial, number: int, truth: StudyTruth) -> TrialRow:
    assert trial.answered_at is not None
    person = trial.participation
    said_made = trial.answer in FIRST_IS_MADE
    return TrialRow(
        participant=number,
        profession=person.profession,
        experience=person.experience,
        device=person.device,
        part=2 if trial.second is None else 1,
        place=trial.place,
        picture=trial.first.file,
        second_picture=trial.second.file if trial.second else "",
        couple=truth.couple,
        generator=truth.generator,
        made=truth.made,
        said_made=said_made,
        right=said_made == truth.made,
        shown_at=trial.shown_at,
        answered_at=trial.answered_at,
        client_ms=trial.client_ms,
    )


def parts(rows: Iterable[TrialRow]) -> list[Part]:
    """The parts that have answers."""
    kept = list(rows)
    found = []
    for number, name in ((1, "Pairs"), (2, "Single pictures")):
        of_part = [row for row in kept if row.part == number]
        if of_part:
            generators = sorted({row.generator for row in of_part})
            each = [(key, _decisions([row for row in of_part if row.generator == key])) for key in generators]
            subjects = {_key(row): _subject(row) for row in of_part}
            found.append(Part(name, number == 1, _decisions(of_part), tuple(each) if len(each) > 1 else (), subjects))
    return found


def _decisions(rows: list[TrialRow]) -> Decisions:
    """Singles by picture, pairs by couple: that is what those who judge it have in common."""
    return Decisions(
        [row.made for row in rows],
        [row.said_made for row in rows],
        [row.participant for row in rows],
        [_key(row) for row in rows],
        pairs=rows[0].part == 1,
    )


def _key(row: TrialRow) -> str:
    return str(row.couple) if row.part == 1 else row.picture


def _subject(row: TrialRow) -> Subject:
    if row.part == 2:
        return Subject((row.picture,), row.generator if row.made else "real")
    files = (row.picture, row.second_picture)
    return Subject(files if row.made else files[::-1], f"{row.generator}, real")


def trials_csv(study: Study) -> Iterator[str]:
    """`trial_rows` as lines of CSV, the header first; times in UTC."""
    buffer = StringIO()
    writer = csv.DictWriter(buffer, [field.name for field in fields(TrialRow)])
    writer.writeheader()
    yield buffer.getvalue()
    for row in trial_rows(study):
        buffer.seek(0)
        buffer.truncate()
        values = asdict(row)
        for name, value in values.items():
            if isinstance(value, datetime):
                values[name] = value.isoformat(timespec="milliseconds")
            elif isinstance(value, bool):
                values[name] = int(value)
        writer.writerow(values)
        yield buffer.getvalue()
