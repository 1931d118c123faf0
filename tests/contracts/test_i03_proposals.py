"""I3: whether, how often and how well an answer is filled in tells nothing of whether the answer is known."""

import numpy as np
import pytest
from django.test import Client
from scipy.stats import fisher_exact, mannwhitneyu

from quality.domain.answers import mask_answer, mask_of
from quality.domain.metrics import dice
from quality.store.models import Draft, GoldTruth, Proposal
from quality.store.services import set_policy
from tests.contracts.leaks import key, leaks, read_all
from tests.contracts.test_i03_same_shape import shape
from tests.factories import GoldFactory, GuestFactory, ImageFactory, ProjectFactory, TaskFactory
from tests.players import play, tick
from webapp.accounts.consent import CURRENT
from webapp.accounts.services import agree, new_token
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

SIZE = (48, 64)
ALPHA = 0.001


def blob(centre, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return mask_answer((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 < radius**2)


def project_with_proposals():
    """A quarter of them gold, all of the same sizes; what each really is, by task."""
    project = ProjectFactory(kind=Project.Kind.MASK, redundancy=12, labels=["cell"], slug="cells")
    rng, objects = np.random.default_rng(8), {}
    for number in range(72):
        task = TaskFactory(project=project, image=ImageFactory(project=project))
        objects[task.pk] = (rng.uniform((18, 18), (46, 30)), rng.uniform(7, 12))
        if number % 4 == 0:
            GoldFactory(task=task, answer=blob(*objects[task.pk]))
    arms = {"proposal_share": 0.3, "planted_share": 0.4, "unaided_share": 0.1}
    set_policy(by=None, project=project, rate=0.25, spare_hands=0, **arms)
    return project, objects


def play_all(project, objects, *, people=10, answers=48):
    """Shaky hands, each shaky in a way of its own, and some who take whatever is filled in. As they stop before open
    tasks run out, gold is dealt to the end."""
    for number in range(people):
        rng = np.random.default_rng(number)

        def answer(claim, rng=rng, lazy=number % 3 == 2):
            if claim.proposal and lazy:
                return claim.proposal
            centre, radius = objects[Assignment.objects.values_list("task", flat=True).get(pk=claim.assignment_id)]
            return blob(centre + rng.normal(0, 1.5, 2), radius * rng.uniform(0.8, 1.2))

        play(GuestFactory(), project, answer, answers=answers)
        tick()


def told_apart(values, is_gold):
    """p of one figure an assignment: Fisher's exact test where it is yes or no, else Mann and Whitney's."""
    gold, open_ = values[is_gold], values[~is_gold]
    if values.dtype == bool:
        return fisher_exact([[gold.sum(), (~gold).sum()], [open_.sum(), (~open_).sum()]]).pvalue
    return mannwhitneyu(gold, open_).pvalue


def figures(project, objects):
    """(p by figure, number of proposals): what somebody who knows what is on every picture could measure."""
    gold = set(GoldTruth.objects.values_list("task", flat=True))
    rows = list(Assignment.objects.filter(hand__project=project, state="answered"))
    planted = dict(Proposal.objects.values_list("assignment", "planted"))
    is_gold = np.array([row.task_id in gold for row in rows])
    shown = np.array([row.proposal is not None for row in rows])
    wrong = np.array([planted.get(row.pk, False) for row in rows])
    # How well a proposal fits what is really there.
    fit = np.array(
        [
            dice(mask_of(row.proposal, size=SIZE), mask_of(blob(*objects[row.task_id]), size=SIZE))
            if row.proposal
            else 0.0
            for row in rows
        ]
    )
    area = np.array([mask_of(row.proposal, size=SIZE).sum() if row.proposal else 0 for row in rows])
    radius = np.array([objects[row.task_id][1] for row in rows])
    found = {
        "a proposal": told_apart(shown, is_gold),
        "no help": told_apart(np.array([row.unaided for row in rows]), is_gold),
        "planted": told_apart(wrong[shown], is_gold[shown]),
        "fit of those planted": told_apart(fit[wrong], is_gold[wrong]),
        "fit of the others": told_apart(fit[shown & ~wrong], is_gold[shown & ~wrong]),
        "size": told_apart((area / radius**2)[shown], is_gold[shown]),
    }
    return found, int(shown.sum())


def test_i3_proposals_are_drawn_alike_for_gold_and_open():
    project, objects = project_with_proposals()
    play_all(project, objects)
    found, number = figures(project, objects)
    assert number > 50
    assert min(found.values()) > ALPHA / len(found), found
    gold = {key(task) for task in GoldTruth.objects.values_list("task", flat=True)}
    leaking, tried = leaks(gold, [key(task) for task in objects], read_all(), alpha=ALPHA)
    assert tried > 150
    assert not {leak.name for leak in leaking if "proposal" in leak.name or "unaided" in leak.name}


@pytest.mark.once
def test_i3_the_attack_would_find_proposals_made_from_the_truth(monkeypatch):
    """The same attack where gold's drafts are its truths: the test above can fail."""
    from quality.store import fusing

    def from_truth(state, given, fused, weighing):
        draft = honest(state, given, fused, weighing)
        truth = GoldTruth.objects.filter(task=state.task_id).first()
        if draft and truth:
            draft.answer = truth.answer
        return draft

    honest = fusing._draft
    monkeypatch.setattr(fusing, "_draft", from_truth)
    project, objects = project_with_proposals()
    play_all(project, objects)
    found, _ = figures(project, objects)
    assert found["fit of the others"] < ALPHA / len(found)


@pytest.mark.once
def test_i3_a_draft_follows_people_and_not_the_truth():
    """Everybody is wrong about gold in the same way, and so is what is filled in there."""
    project, objects = project_with_proposals()
    truths = {truth.task_id: mask_of(truth.answer, size=SIZE) for truth in GoldTruth.objects.all()}
    elsewhere = (np.array([52.0, 38.0]), 5.0)
    objects |= dict.fromkeys(truths, elsewhere)
    play_all(project, objects, people=6, answers=72)
    drafts = {draft.task_id: mask_of(draft.answer, size=SIZE) for draft in Draft.objects.filter(task__in=truths)}
    assert len(drafts) >= 5
    seen = mask_of(blob(*elsewhere), size=SIZE)
    for task, drawn in drafts.items():
        assert dice(drawn, seen) > 0.5 > 2 * dice(drawn, truths[task])


def test_i3_replies_with_a_proposal_have_one_shape():
    project, objects = project_with_proposals()
    play_all(project, objects, people=5, answers=72)
    person = GuestFactory()
    agree(by=person, consent_version=CURRENT.version)
    client = Client(headers={"Authorization": f"Token {new_token(by=person)}"})
    gold = set(GoldTruth.objects.values_list("task", flat=True))
    seen = {True: set(), False: set()}
    for _ in range(60):
        got = client.post("/api/v1/play/projects/cells/next")
        if got.status_code != 200:
            tick()
            continue
        shown = got.json()["assignment"]
        task = Assignment.objects.values_list("task", flat=True).get(pk=shown["id"])
        if "proposal" in shown:
            seen[task in gold].add((*shown, *shown["proposal"], *shape(shown["proposal"])))
        answer = {"answer": {"kind": "cannot_tell"}}
        client.put(f"/api/v1/play/assignments/{shown['id']}/annotation", answer, content_type="application/json")
    assert seen[True] == seen[False]
    assert len(seen[True]) == 1
