"""What researchers read: people, agreement, calibration, the evidence behind a label; and a CSV behind each."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from quality.domain import masks
from quality.store import figures, reliability
from quality.store.models import Grade, ReliabilitySnapshot
from quality.store.selectors.profiles import EASIER, HARDER
from quality.store.services import set_policy
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, StaffFactory, TaskFactory
from tests.integration.staff.office import PASSWORD
from tests.players import play, tick
from webapp.accounts.services import set_staff_password
from webapp.annotations.models import Annotation
from webapp.game.models import Standing
from webapp.images.models import Source
from webapp.staff.views import crowd
from webapp.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
LABELS = ("cat", "dog")


def disc(x, r):
    rows, columns = np.mgrid[:48, :64]
    return (rows - 24) ** 2 + (columns - x) ** 2 < r * r


@pytest.fixture(params=["class", "mask"])
def played(request):
    """Four careful people and one who is always wrong; 18 open tasks and 18 gold ones."""
    kind = request.param
    project = ProjectFactory(slug="played", kind=kind, redundancy=5)
    tasks = TaskFactory.create_batch(36, project=project)
    place = {task.pk: i for i, task in enumerate(tasks)}

    def said(i, rng, accuracy, radius=8):
        right = rng.random() < accuracy
        if kind == "class":
            return {"kind": "class", "label": LABELS[(i + (not right)) % 2]}
        return {"kind": "mask", "rle": masks.encode(disc(14 + i % 9 if right else 52, radius))}

    for task in tasks:
        Source.objects.create(image=task.image, project=project, key=task.image.file, name="p.png", width=64, height=48)
    for i, task in enumerate(tasks[18:]):
        origin = ("synthetic", "expert")[i % 2]
        GoldFactory(task=task, origin=origin, answer=said(place[task.pk], np.random.default_rng(0), 1))
    set_policy(by=None, project=project, rate=0.33)
    people = GuestFactory.create_batch(5)
    for seed, (person, accuracy) in enumerate(zip(people, (1, 1, 1, 1, 0), strict=True)):
        rng = np.random.default_rng(seed)

        def answer(claim, rng=rng, accuracy=accuracy, radius=8 + seed % 2):
            return said(place[Task.objects.get(assignments=claim.assignment_id).pk], rng, accuracy, radius)

        play(person, project, answer, answers=36)
    tick()
    reliability.refresh(project)  # as the worker does every now and then
    return project


@pytest.fixture
def browser(played, client):
    member = StaffFactory(username="ada", role="admin")
    set_staff_password(member=member, password=PASSWORD)
    client.post("/staff/login/", {"username": "ada", "password": PASSWORD})
    return client


def rows_of(reply):
    assert reply["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(reply.content.decode())))


OWN = "/staff/projects/played/"


def test_pages_and_tables_of_a_played_project(browser, played, monkeypatch):
    monkeypatch.setattr(crowd, "PAGE", 3)
    who_guesses_is_worth_a_look_and_nobody_else(browser, played)
    a_person_in_figures(browser, played)
    agreement_and_calibration(browser, played)
    why_a_label_is_what_it_is(browser, played)
    programs_get_what_pages_show(browser, played)


def who_guesses_is_worth_a_look_and_nobody_else(browser, played):
    worst = ReliabilitySnapshot.objects.filter(project=played).order_by("mean").first()
    body = browser.get(f"{OWN}annotators/?order=suspect").content.decode()
    rows = rows_of(browser.get(f"{OWN}annotators/?order=suspect&format=csv"))
    assert body.count("worth a look</span>") == 1
    by_gold = rows_of(browser.get(f"{OWN}annotators/?order=gold&format=csv"))
    assert rows[0]["annotator"] == str(worst.annotator_id)
    assert [bool(row["hints"]) for row in rows] == [True, False, False, False, False]
    both = [row for row in rows if row["carry_over"]]  # which gold somebody meets is drawn
    assert len(both) >= 3
    assert all(float(row["carry_over_low"]) <= float(row["carry_over"]) for row in both)
    later = browser.get(f"{OWN}annotators/?order=gold&from=3").context
    assert [person.gold_place for person in later["people"]] == [int(row["gold_place"]) for row in by_gold[3:]]
    assert (later["earlier"], later["later"], later["suspects"]) == (0, None, 1)
    page = browser.get(f"{OWN}annotators/{worst.annotator_id}/").content.decode()
    assert "nearer to guessing" in page
    assert "A hint, not a verdict" in page


def a_person_in_figures(browser, played):
    snapshot = ReliabilitySnapshot.objects.filter(project=played).order_by("-mean").first()
    path = f"{OWN}annotators/{snapshot.annotator_id}/"
    found = browser.get(path).context["found"]
    assert (
        found.gold_seen
        == snapshot.n_gold
        == Grade.objects.filter(annotator=snapshot.annotator_id, gold_score__isnull=False).count()
    )
    assert set(found.strata) - {HARDER, EASIER} == {"synthetic pictures", "expert-labelled pictures"}
    assert found.peers.low <= found.peers.mean <= found.peers.high
    curve = rows_of(browser.get(f"{path}?format=csv&table=curve"))
    assert [int(row["known_answers"]) for row in curve] == [point.n for point in found.curve]
    names = {row["quantity"] for row in rows_of(browser.get(f"{path}?format=csv"))}
    wanted = {"class": "said cat for cat", "mask": "hit"}[played.kind]
    assert {wanted, "score: synthetic pictures", "agreement with others", "seconds a task"} <= names


def agreement_and_calibration(browser, played):
    assert "A worker is at it" in browser.get(f"{OWN}agreement/").content.decode()
    for name in ("agreement", "calibration"):
        figures.work_out(played.pk, name)
    page = browser.get(f"{OWN}agreement/")
    rows = rows_of(browser.get(f"{OWN}agreement/?format=csv"))
    assert float(rows[0]["low_by_task"]) <= float(rows[0]["value"]) <= float(rows[0]["high_by_task"])
    assert f"{float(rows[0]['value']):.3f}" in page.content.decode()
    assert rows[0]["people"] == "5"
    pairs = rows_of(browser.get(f"{OWN}agreement/?format=csv&table=pairs"))
    assert len(pairs) == 10 * len(page.context["plots"])
    page = browser.get(f"{OWN}calibration/")
    check = page.context["found"].content["gold"]
    bins = rows_of(browser.get(f"{OWN}calibration/?format=csv"))
    assert sum(int(one["n"]) for one in bins) == check["of"]
    assert page.content.decode().count('<svg class="plot') == 2
    assert "style=" not in page.content.decode()


def why_a_label_is_what_it_is(browser, played):
    task = Task.objects.filter(pk__in=Grade.objects.filter(gold_score=None, counted=True).values("task")).first()
    path = f"{OWN}tasks/{task.pk}/"
    votes = rows_of(browser.get(f"{path}?format=csv"))
    shares = [float(vote["share"]) for vote in votes]
    assert len(votes) == 5
    assert sum(shares) == pytest.approx(1, abs=1e-6)
    worst = ReliabilitySnapshot.objects.filter(project=played).order_by("mean").first()
    (guess,) = (vote for vote in votes if vote["annotator"] == str(worst.annotator_id))
    assert float(guess["share"]) == min(shares)
    assert not any(int(vote["carries"]) for vote in votes)  # four agree
    reply = browser.get(f"{path}map.png?layer=disagreement")
    if played.kind == "class":
        assert reply.status_code == 404
        return
    alpha = np.asarray(Image.open(io.BytesIO(reply.content)))[..., 3]
    assert alpha.shape == (48, 64)
    assert alpha.max() > 0 == alpha.min()
    sure = np.asarray(Image.open(io.BytesIO(browser.get(f"{path}map.png?layer=probability").content)))[..., 3]
    stored = browser.get(path).context["detail"].consensus.answer
    inside = masks.decode(stored["rle"])
    assert sure[inside].min() > sure[~inside].mean()
    assert browser.get(f"{path}map.png?layer=truth").status_code == 404


API = "/api/v1/staff/projects/played/"


def programs_get_what_pages_show(browser, played):
    def get(path):
        reply = browser.get(API + path)
        assert reply.status_code == 200, reply.content
        return reply.json()

    people = get("annotators")
    rows = {row["annotator"]: row for row in rows_of(browser.get(f"{OWN}annotators/?format=csv"))}
    for person in people:
        row = rows[person["id"]]
        assert " ".join(person["suspicion"]["reasons"]) == row["hints"]
        told = person["carry_over"]
        assert (told and told["mean"]) == (float(row["carry_over"]) if row["carry_over"] else None)
        assert str(person["gold_place"]) == row["gold_place"]
    by_gold = sorted(people, key=lambda person: -person["gold_low"])
    assert [person["gold_place"] for person in by_gold] == [
        1 + sum(other["gold_low"] > person["gold_low"] for other in people) for person in by_gold
    ]
    assert {person["board_place"] for person in people} == {None}
    for place, person in enumerate((by_gold[-1], by_gold[0])):
        Standing.objects.create(project=played, annotator_id=person["id"], rating=90 - place)
    first, *_, worst = sorted(get("annotators"), key=lambda person: person["gold_place"])
    assert (first["board_place"], worst["board_place"]) == (2, 1)
    assert worst["suspicion"]["reasons"]
    assert get(f"annotators/{worst['id']}")["suspicion"] == worst["suspicion"]
    one = get(f"annotators/{worst['id']}/profile")
    page = browser.get(f"{OWN}annotators/{worst['id']}/").context["found"]
    assert one["person"] == worst
    assert one["peers"]["mean"] == page.peers.mean
    assert [point["mean"] for point in one["curve"]] == [point.mean for point in page.curve]
    assert set(one["strata"]) == set(page.strata)
    assert (one["gold_seen"], one["gold_left"]) == (page.gold_seen, page.gold_left)
    assert one["habits"]["seconds"] == (vars(page.habits.seconds) if page.habits.seconds else None)
    if played.kind == "class":
        assert {(cell["truth"], cell["said"]) for cell in one["confusion"]} == {(a, b) for a in LABELS for b in LABELS}
        assert one["quantities"] == {}
    else:
        assert one["confusion"] == []
        assert 0 <= one["quantities"]["hit"]["low"] <= one["quantities"]["hit"]["high"] <= 1
    agreement, calibration = get("agreement"), get("calibration")
    assert agreement["content"] == browser.get(f"{OWN}agreement/").context["found"].content
    assert calibration["content"]["gold"]["release"]["checked"] <= calibration["content"]["gold"]["of"]
    assert (agreement["is_under_way"], agreement["answers"]) == (False, Annotation.objects.count())
    forecast, shown = get("gold/forecast"), browser.get(f"{OWN}gold/").context["forecast"]
    assert (forecast["gold"]["left"], forecast["open"]["days"]) == (shown.gold.left, 0.0)
    assert [person["pseudonym"] for person in forecast["people"]] == [person.pseudonym for person in shown.people]
    assert forecast["alarms"] == list(shown.alarms)
    (arm,) = get("arms")
    assert (arm["arm"], arm["answers"]) == ("plain", Annotation.objects.count())
    task = Task.objects.filter(pk__in=Grade.objects.filter(gold_score=None, counted=True).values("task")).first()
    votes = {vote["annotation"]: vote for vote in rows_of(browser.get(f"{OWN}tasks/{task.pk}/?format=csv"))}
    influences = get(f"tasks/{task.pk}/influences")
    assert {i["annotation_id"]: i["share"] for i in influences} == {a: float(v["share"]) for a, v in votes.items()}
