"""Prefilled answers through the whole site: dealt, shown, answered, weighed, and what they tell of people."""

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone

from quality.domain.answers import class_answer, mask_answer
from quality.store import selectors
from quality.store.models import (
    Consensus,
    Draft,
    GoldTruth,
    Grade,
    Proposal,
    ReliabilitySnapshot,
    Reservation,
    TaskState,
)
from quality.store.services import set_policy
from tests.factories import (
    AssignmentFactory,
    GoldFactory,
    GuestFactory,
    HandFactory,
    ImageFactory,
    ProjectFactory,
    TaskFactory,
)
from tests.players import play, tick
from webapp.annotations.services import submit
from webapp.tasks.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

CAT, DOG = class_answer("cat"), class_answer("dog")


def project_of(n_open=40, n_gold=20, *, redundancy=6, share=0.3, planted=0.5, unaided=0.0):
    """Open pictures of cats and dogs by turns, gold likewise; `truth_of` knows them all."""
    project = ProjectFactory(redundancy=redundancy, round_size=10)
    truths = {}
    for number in range(n_open + n_gold):
        task = TaskFactory(project=project)
        truths[task.pk] = DOG if number % 2 else CAT
        if number >= n_open:
            GoldFactory(task=task, answer=truths[task.pk])
    set_policy(
        by=None,
        project=project,
        rate=n_gold / (n_open + n_gold),
        proposal_share=share,
        planted_share=planted,
        unaided_share=unaided,
        spare_hands=0,
    )
    return project, truths


def truth_of(claim, truths):
    return truths[Assignment.objects.values_list("task", flat=True).get(pk=claim.assignment_id)]


def careful(truths, rng, accuracy=0.9):
    """Says what it sees, whatever is filled in."""

    def answer(claim):
        true = truth_of(claim, truths)
        return true if rng.random() < accuracy else (DOG if true == CAT else CAT)

    return answer


def stamp(truths, rng, accuracy=0.9):
    """As good as the others where nothing is filled in; takes whatever is."""
    alone = careful(truths, rng, accuracy)
    return lambda claim: claim.proposal or alone(claim)


def settle():
    """Turns of the worker's clock until every task is fused."""
    tick()
    while TaskState.objects.filter(stale__gt=0).exists():
        tick()


def test_nothing_is_drawn_or_filled_in_unless_the_project_asks_for_it():
    project, truths = project_of(share=0.0)
    rng = np.random.default_rng(0)
    for _ in range(5):
        play(GuestFactory(), project, careful(truths, rng), answers=40)
    tick()
    assert not Draft.objects.exists()
    assert not Proposal.objects.exists()
    assert not Assignment.objects.exclude(proposal=None).exists()
    assert not Assignment.objects.filter(unaided=True).exists()
    assert not Grade.objects.exclude(proposal="").exists()


def test_a_proposal_comes_from_at_least_three_who_had_none():
    project, truths = project_of()
    rng = np.random.default_rng(1)
    for _ in range(2):
        play(GuestFactory(), project, careful(truths, rng), answers=60)
    tick()
    assert not Draft.objects.exists()
    for _ in range(6):
        play(GuestFactory(), project, stamp(truths, rng), answers=60)
        tick()
    assert Draft.objects.filter(voices__gte=3).count() == Draft.objects.count() > 40
    for draft in Draft.objects.all():
        alone = Grade.objects.filter(task=draft.task_id, counted=True, proposal="")
        assert alone.count() == draft.voices


def test_what_is_planted_does_not_count_and_another_answer_is_collected():
    project, truths = project_of(redundancy=7)
    rng = np.random.default_rng(2)
    for _ in range(15):
        play(GuestFactory(), project, careful(truths, rng), answers=60)
        tick()
    tick()
    planted = set(Proposal.objects.filter(planted=True).values_list("assignment", flat=True))
    answered = Grade.objects.filter(annotation__assignment__in=planted)
    assert answered.count() >= 15
    assert not answered.filter(counted=True).exists()
    states = TaskState.objects.filter(project=project)
    with_planted = states.filter(task__in=answered.values("task")).exclude(task__in=GoldTruth.objects.values("task"))
    assert with_planted.count() >= 8
    assert with_planted.filter(counted=7, state=TaskState.State.DONE).count() == with_planted.count()
    for state in states:
        assert state.counted == Grade.objects.filter(task=state.task_id, counted=True).count()
        assert state.held == Reservation.objects.filter(task=state.task_id).count()
        assert state.counted + state.held <= state.target
    consensus = Consensus.objects.filter(project=project)
    used = {vote["annotation"] for row in consensus for vote in row.votes}
    assert not used & {str(pk) for pk in answered.values_list("annotation", flat=True)}


def asked(task, *, proposal=None):
    """Somebody new who has claimed a task and holds a place of it, with or without a prefilled answer."""
    person = GuestFactory()
    hand = HandFactory(project=task.project, annotator=person)
    now = timezone.now()
    assignment = AssignmentFactory(hand=hand, task=task, state="claimed", claimed_at=now, proposal=proposal)
    Reservation.objects.create(assignment=assignment, task=task)
    TaskState.objects.filter(task=task).update(held=F("held") + 1)
    if proposal:
        Proposal.objects.create(assignment=assignment, draft=proposal, planted=False)
    return person, assignment


def answered(task, answer, *, proposal=None, trace=None):
    person, assignment = asked(task, proposal=proposal)
    submit(by=person, assignment_id=assignment.pk, answer=answer, trace=trace)


def disc(x, y):
    rows, columns = np.mgrid[:48, :64]
    return mask_answer((columns - x) ** 2 + (rows - y) ** 2 < 64)


RIGHT = {"class": DOG, "box": {"kind": "box", "boxes": [[4, 4, 20, 20, "dog"]]}, "mask": disc(46, 30)}
WRONG = {"class": CAT, "box": {"kind": "box", "boxes": [[36, 24, 56, 44, "dog"]]}, "mask": disc(14, 14)}
ACCEPTED = {"assisted": True, "assist": {"used": [1], "iou": 1.0}}


def consensus_of(kind, *, lazy, leaning):
    """What becomes of `lazy` answers that take a wrong proposal as it is beside three from people who looked."""
    project = ProjectFactory(kind=kind, redundancy=12)
    task = TaskFactory(project=project, image=ImageFactory(project=project, width=64, height=48))
    TaskState.objects.filter(task=task).update(state="open")
    for _ in range(3):
        answered(task, RIGHT[kind])
    for _ in range(lazy):
        proposal = WRONG[kind] if leaning == "prefilled" else None
        answered(task, WRONG[kind], proposal=proposal, trace=ACCEPTED if leaning == "assist" else None)
    tick()
    assert TaskState.objects.get(task=task).counted == 3 + lazy
    return Consensus.objects.get(task=task)


@pytest.mark.parametrize(
    "kind, leaning", [("class", "prefilled"), ("box", "prefilled"), ("mask", "prefilled"), ("mask", "assist")]
)
def test_many_lazy_accepters_of_a_wrong_proposal_are_not_followed(kind, leaning):
    led, alone = consensus_of(kind, lazy=7, leaning=leaning), consensus_of(kind, lazy=7, leaning="")
    if kind == "box":  # both places may hold an object; what has support is which one is there
        support = {tuple(box[:2]): found["support"] for box, found in boxes_with_support(led)}
        assert support.get((4, 4), 0) > 2 > support.get((36, 24), 0)
        assert (36, 24) in {tuple(box[:2]) for box in alone.answer["boxes"]}
    else:
        assert led.answer == RIGHT[kind]
        assert alone.answer == WRONG[kind]


@pytest.mark.parametrize(
    "told", [10**400, -(10**400), "much", None, {}], ids=["huge", "negative", "word", "none", "object"]
)
def test_no_word_of_a_page_about_its_help_stops_the_grader(told):
    project = ProjectFactory(kind="mask", redundancy=3)
    task = TaskFactory(project=project, image=ImageFactory(project=project, width=64, height=48))
    TaskState.objects.filter(task=task).update(state="open")
    answered(task, RIGHT["mask"], trace={"assisted": True, "assist": {"iou": told}})
    tick()
    grade = Grade.objects.get(task=task)
    assert grade.proposal == "assist"
    assert 0 <= grade.edit <= 1


def boxes_with_support(row):
    return zip(row.answer["boxes"], row.probabilities["objects"], strict=False)


@pytest.mark.once
def test_who_corrects_no_planted_error_is_last_by_known_answers_and_ordinary_by_agreement():
    project, truths = project_of(105, 55, redundancy=10, share=0.0)
    rng = np.random.default_rng(4)
    for _ in range(3):
        play(GuestFactory(), project, careful(truths, rng, 0.98), answers=160)
    tick()
    set_policy(by=None, project=project, proposal_share=0.3, planted_share=0.5)
    settle()
    assert Draft.objects.count() >= 80
    people = {GuestFactory(): careful(truths, rng, 0.98) for _ in range(6)}
    lazy = GuestFactory()
    people[lazy] = stamp(truths, rng, 0.98)
    for person, answer in people.items():
        play(person, project, answer, answers=160)
    settle()

    known = dict(ReliabilitySnapshot.objects.values_list("annotator", "mean"))
    agreement = {person.pk: agreement_of(person) for person in people}
    habits = {person.pk: selectors.habits_of(project, person.pk) for person in people}
    others = [person.pk for person in people if person is not lazy]

    assert min(known, key=known.get) == lazy.pk
    shown = Proposal.objects.filter(assignment__annotator=lazy).count()
    assert 20 <= shown <= 66  # at most .3 of 160, give or take
    # A hundred answers, right 98 times or so: two people differ by .02 (sd) by chance alone.
    assert agreement[lazy.pk] >= np.median([agreement[pk] for pk in others]) - 0.06
    assert habits[lazy.pk].corrected.n >= 3  # chance makes it 8 to 13; the interval is what counts
    assert habits[lazy.pk].corrected.high < min(habits[pk].corrected.low for pk in others)
    assert habits[lazy.pk].unedited.mean > 0.95
    assert habits[lazy.pk].seconds_proposed.n == shown
    assert habits[lazy.pk].seconds.mean == habits[lazy.pk].seconds_alone.mean == 1.5


def agreement_of(person):
    """Share of somebody's counted answers to open tasks that the consensus shares."""
    given = Grade.objects.filter(annotator=person, counted=True, gold_score=None)
    fused = dict(Consensus.objects.values_list("task", "answer"))
    return np.mean([fused[grade.task_id] == grade.annotation.answer for grade in given.select_related("annotation")])


def test_some_are_asked_without_any_help_and_compared_with_the_others():
    project, truths = project_of(30, 15, redundancy=8, unaided=0.3)
    rng = np.random.default_rng(6)
    for number in range(7):
        play(GuestFactory(), project, stamp(truths, rng) if number > 4 else careful(truths, rng), answers=40)
        settle()
    arms = {arm.arm: arm for arm in selectors.arms_of(project)}
    assert set(arms) == {"plain", "unaided", "proposed", "planted"}
    answers = sum(arm.answers for arm in arms.values())
    assert 0.2 < arms["unaided"].answers / answers < 0.4
    assert not Assignment.objects.exclude(proposal=None).filter(unaided=True).exists()
    assert arms["plain"].score.low < arms["plain"].score.mean <= 1
    assert arms["unaided"].seconds.mean == 1.5
