"""Taking part, under the volunteer tier's own rights: what is asked, kept and told."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from scipy.stats import mannwhitneyu

from quality.store import studies
from quality.store.models import StudyTruth
from tests.contracts.leaks import key, read_all
from tests.factories import GuestFactory
from tests.integration.studies.lab import BACKGROUND, is_made, open_study, right, take_part
from tests.players import play_tier
from webapp.accounts import departures
from webapp.accounts.data import my_data
from webapp.accounts.services import join_account
from webapp.studies import consent, selectors, services
from webapp.studies.models import Participation, Picture, Total, Trial
from webapp.studies.services import StudyError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def test_everybody_gets_pairs_then_singles_and_no_picture_twice():
    study = open_study(pairs=8, singles=12)
    people = [take_part(study, right) for _ in range(6)]
    orders = set()
    for participation in people:
        trials = list(participation.trials.order_by("place"))
        assert [trial.place for trial in trials] == list(range(1, 21))
        assert [trial.second_id is not None for trial in trials] == [True] * 8 + [False] * 12
        shown = [pk for trial in trials for pk in (trial.first_id, trial.second_id) if pk]
        assert len(set(shown)) == len(shown) == 28
        for trial in trials[:8]:
            sides = StudyTruth.objects.filter(picture__in=(trial.first_id, trial.second_id))
            assert set(sides.values_list("made", flat=True)) == {True, False}
            assert sides.values("couple").distinct().count() == 1
        orders.add(tuple(shown))
        assert participation.completed_at is not None
        assert all(trial.shown_at <= trial.answered_at and trial.client_ms == 900 for trial in trials)
    assert len(orders) == 6


def test_how_many_are_made_is_left_to_chance():
    study = open_study(pairs=0, singles=20, couples=30)
    made = [sum(is_made(trial) for trial in take_part(study, lambda _: "made").trials.all()) for _ in range(8)]
    assert len(set(made)) > 2
    assert 50 < sum(made) < 110  # of 160 tosses, 80 expected, standard deviation 6.3


def test_one_total_at_the_very_end_and_nothing_before():
    study = open_study()
    wrong = {"first": "second", "second": "first", "made": "real", "real": "made"}
    halfway = take_part(study, right, answers=19)
    assert halfway.completed_at is None
    assert selectors.right_of(halfway) is None
    assert selectors.right_of(take_part(study, right)) == 100
    assert selectors.right_of(take_part(study, lambda trial: wrong[right(trial)])) == 0
    assert (
        selectors.right_of(take_part(study, lambda trial: right(trial) if trial.place > 7 else wrong[right(trial)]))
        == 65
    )
    assert Total.objects.count() == 3


def test_totals_are_rounded():
    study = open_study(pairs=6, singles=11, real=17, made=17)
    wrong = {"first": "second", "second": "first", "made": "real", "real": "made"}
    participation = take_part(study, lambda trial: wrong[right(trial)] if trial.place == 17 else right(trial))
    assert selectors.right_of(participation) == 95  # 16 of 17 are 94.1 %


def test_the_first_answer_stands():
    study = open_study()
    person = GuestFactory()
    participation = take_part(study, right, by=person, answers=1)
    trial = participation.trials.get(place=1)
    with play_tier():
        services.answer(
            participation=participation, trial_id=trial.pk, said="second" if trial.answer == "first" else "first"
        )
        services.begin(by=person, study=study, consent_version=consent.CURRENT.version, background=BACKGROUND)
    assert participation.trials.get(place=1).answer == trial.answer
    assert participation.trials.get(place=1).answered_at == trial.answered_at
    assert Participation.objects.count() == 1
    studies.tick(timezone.now())
    assert Trial.objects.count() == 20


def test_what_does_not_fit_is_refused():
    study = open_study()
    participation = take_part(study, right, answers=0)
    other = take_part(study, right, answers=0)
    mine, single = participation.trials.get(place=1), participation.trials.get(place=20)
    with play_tier():
        for trial, said in ((mine, "made"), (mine, ""), (single, "first"), (single, "maybe")):
            with pytest.raises(StudyError, match="one of the two"):
                services.answer(participation=participation, trial_id=trial.pk, said=said)
        with pytest.raises(StudyError, match="no such question"):
            services.answer(participation=other, trial_id=mine.pk, said="first")
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.filter(pk=single.pk).update(answer="first")
    for background in ({}, BACKGROUND | {"profession": "spy"}):
        with pytest.raises(StudyError, match="three questions"):
            services.begin(
                by=GuestFactory(), study=study, consent_version=consent.CURRENT.version, background=background
            )
    with pytest.raises(StudyError, match="text has changed"):
        services.begin(by=GuestFactory(), study=study, consent_version="study-0", background=BACKGROUND)
    services.close_study(by=None, study=study)
    with pytest.raises(StudyError, match="closed"):
        services.begin(by=GuestFactory(), study=study, consent_version=consent.CURRENT.version, background=BACKGROUND)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT made FROM quality_store_studytruth",
        "SELECT count(*) FROM quality_store_studytruth",
        "SELECT by_id FROM studies_study",
        "UPDATE studies_study SET state = 'open'",
        "UPDATE studies_trial SET first_id = first_id",
        'UPDATE studies_total SET "right" = 100',
        "INSERT INTO studies_total SELECT * FROM studies_total",
        "INSERT INTO studies_trial SELECT * FROM studies_trial",
        "DELETE FROM studies_participation",
    ],
)
def test_i1_the_volunteer_tier_is_refused(statement):
    with pytest.raises(DatabaseError), transaction.atomic(), play_tier(), connection.cursor() as cursor:
        cursor.execute(statement)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def told(tables) -> dict[str, dict[str, float]]:
    """Figures of each picture from everything that the volunteer tier may read of studies."""
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    rows = {key(row["id"]): row for row in tables["studies_picture"]}
    for place, (picture, row) in enumerate(rows.items()):
        figures["place"][picture] = place
        figures["id"][picture] = int(picture[:8], 16)
        figures["file"][picture] = int(row["file"][:8], 16)
        figures["width"][picture] = row["width"]
    counts: Counter[tuple[str, str]] = Counter()
    firsts: dict[str, list[float]] = defaultdict(list)
    for number, row in enumerate(tables["studies_trial"]):
        for side in ("first_id", "second_id"):
            if row[side]:
                picture = key(row[side])
                counts["shown", picture] += 1
                counts[side, picture] += 1
                counts["single" if row["second_id"] is None else "pair", picture] += 1
                firsts[picture].append(row["place"])
                figures["last row"][picture] = number
    for (name, picture), count in counts.items():
        figures[name][picture] = count
    for picture, places in firsts.items():
        figures["mean place"][picture] = float(np.mean(places))
        figures["earliest place"][picture] = min(places)
    return {name: {pk: values.get(pk, -1.0) for pk in rows} for name, values in figures.items()}


def test_i1_nothing_that_can_be_read_separates_made_from_real():
    """Answers by the toss of a coin: what is left to tell the sides by is how the questions were laid out."""
    study = open_study(pairs=8, singles=12, couples=40, real=40, made=40)
    rng = np.random.default_rng(3)
    for _ in range(15):
        take_part(study, lambda trial: str(rng.choice(["first", "second"] if trial.second_id else ["made", "real"])))
    made = {key(pk) for pk in StudyTruth.objects.filter(made=True).values_list("picture", flat=True)}
    figures = told(read_all())
    assert {"shown", "single", "first_id", "mean place", "place", "last row"} <= set(figures)
    for name, values in figures.items():
        sides = [[value for pk, value in values.items() if (pk in made) == side] for side in (True, False)]
        if len(set(values.values())) > 1:
            assert mannwhitneyu(*sides).pvalue > 0.001, name
    truth = {pk: float(pk in made) for pk in figures["place"]}
    sides = [[value for pk, value in truth.items() if (pk in made) == side] for side in (True, False)]
    assert mannwhitneyu(*sides).pvalue < 1e-9, "the same attack finds what tells the sides"


def test_my_data_holds_what_was_said_and_nothing_of_what_was_true():
    study = open_study()
    participation = take_part(study, right, answers=4)
    with play_tier():
        data = my_data(participation.annotator)
    assert [(row["study"], row["profession"]) for row in data["studies"]] == [("Made or real?", "medical")]
    assert [row["place"] for row in data["study_answers"]] == [1, 2, 3, 4]
    assert set(data["study_answers"][0]) == {
        "study", "place", "picture", "second_picture", "answer", "client_ms", "shown_at", "answered_at"
    }  # fmt: skip


def test_who_leaves_with_their_answers_leaves_no_trial():
    study = open_study()
    gone, stays = (take_part(study, right).annotator for _ in range(2))
    gone.keep_answers = False
    gone.save(update_fields=["keep_answers"])
    departures.depart(gone.pk)
    assert [participation.annotator_id for participation in Participation.objects.all()] == [stays.pk]
    assert Trial.objects.count() == 20
    departures.depart(stays.pk)
    assert Trial.objects.count() == 20


def test_a_guest_who_makes_an_account_takes_the_study_along():
    study, other = open_study(), open_study()
    guest, account = GuestFactory(), GuestFactory(email="a@example.org")
    mine = take_part(study, right, by=guest, answers=3)
    doubled = take_part(other, right, by=guest, answers=3)
    take_part(other, right, by=account, answers=3)
    with play_tier():
        join_account(guest=guest, account=account)
    mine.refresh_from_db()
    doubled.refresh_from_db()
    assert (mine.annotator_id, doubled.annotator_id) == (account.pk, guest.pk)
    assert Picture.objects.filter(study=study).count() == 40
