"""I10: of every figure it is on record what made it, out of the play tier's reach. I12: gold can be wrong."""

import pytest

from quality.store import disputes
from quality.store.models import Consensus, GoldTruth, Grade, ReliabilitySnapshot
from quality.store.services import quarantine
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, play, tick
from webapp.config.blind.allowlist import ALLOWED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def test_i10_consensus_and_reliability_say_what_made_them():
    project = ProjectFactory(redundancy=2)
    TaskFactory.create_batch(8, project=project)
    GoldFactory(task=TaskFactory(project=project))
    GoldFactory(task=TaskFactory(project=project))
    for _ in range(2):
        play(GuestFactory(), project, always("cat"), answers=10)
    tick()
    consensus = Consensus.objects.first()
    assert consensus.method == "bayes-confusion"
    assert consensus.version >= 1
    assert {len(vote["annotation"]) for vote in consensus.votes} == {36}
    assert all(vote["weight"] > 0 for vote in consensus.votes)
    snapshot = ReliabilitySnapshot.objects.first()
    assert snapshot.method == "bayes-class"
    assert snapshot.low < snapshot.mean < snapshot.high
    assert snapshot.parameters["n"] == snapshot.n_gold


@pytest.mark.parametrize(
    "table", ["quality_store_goldpack", "quality_store_findingreview", "images_source", "images_volume"]
)
def test_i10_provenance_is_out_of_the_play_tiers_reach(table):
    assert table not in ALLOWED


def wrong_gold():
    """One truth says dog; eight people who are right on the others say cat. Each meets most of the gold."""
    project = ProjectFactory(redundancy=8)
    TaskFactory.create_batch(27, project=project)
    for _ in range(12):
        GoldFactory(task=TaskFactory(project=project))
    wrong = GoldFactory(task=TaskFactory(project=project), answer={"kind": "class", "label": "dog"})
    from quality.store.services import set_policy

    set_policy(by=None, project=project, rate=0.33)
    for _ in range(8):
        play(GuestFactory(), project, always("cat"), answers=40)
    return project, wrong


def test_i12_disputed_gold_is_quarantined_and_everyone_is_scored_again(monkeypatch):
    monkeypatch.setattr(disputes, "quarantine_disputed", lambda project: 0)
    project, wrong = wrong_gold()
    tick()
    assert disputes.disputed(project) == [wrong.task_id]
    touched = set(Grade.objects.filter(task=wrong.task_id).values_list("annotator", flat=True))
    before = dict(ReliabilitySnapshot.objects.values_list("annotator", "mean"))
    monkeypatch.undo()
    assert disputes.quarantine_disputed(project) == 1
    wrong.refresh_from_db()
    assert wrong.state == GoldTruth.State.QUARANTINED
    assert not Grade.objects.filter(task=wrong.task_id, gold_score__isnull=False).exists()
    after = dict(ReliabilitySnapshot.objects.values_list("annotator", "mean"))
    assert all(after[person] > before[person] for person in touched)


def test_i12_a_withdrawn_truth_teaches_nothing():
    project, _ = wrong_gold()
    quarantine(by=None, project=project, tasks=list(GoldTruth.objects.values_list("task", flat=True)))
    tick()
    assert not ReliabilitySnapshot.objects.filter(n_gold__gt=0).exists()  # what others say of open answers stays
    assert not Grade.objects.filter(gold_score__isnull=False).exists()
