"""Ten thousand claims: what somebody who keeps a diary could find out about where gold goes.

People come and go, learn the site and are learnt; tasks enter a pool in shuffled batches, and every hand is drawn from
it as the dealer does. All figures are counts under a seed.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import stats

from quality.domain import injection
from quality.domain.reliability import ESTIMATORS
from quality.domain.reliability.scored import DEFAULT_PRIOR
from quality.domain.rubrics import RubricResult

RATE = 0.2
TARGET = 5
BATCH = 200
HAND = 6
CLASSES = ["cat", "dog", "cow"]
SHARES = [0.6, 0.3, 0.1]
ESTIMATOR = ESTIMATORS["class"]


@dataclass
class Person:
    skill: float
    stays: int
    seen: set[int] = field(default_factory=set)
    history: list[tuple[int, bool, float]] = field(default_factory=list)  # task, gold, chance of gold
    state: dict | None = None


@dataclass
class Site:
    seed: int
    claims: int = 10_000
    liars: int = 0  # of the twelve: they answer wrongly on purpose and stay, while the others come for an hour
    people: list[Person] = field(default_factory=list)
    gold: dict[int, bool] = field(default_factory=dict)
    truth: dict[int, str] = field(default_factory=dict)
    free: dict[int, int] = field(default_factory=dict)  # the pool
    released: dict[int, int] = field(default_factory=dict)
    seen_at: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen_by_liars: Counter = field(default_factory=Counter)
    typical: float = 0.0
    clock: int = 0

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)
        here: list[Person] = []
        while self.clock < self.claims:
            here = [person for person in here if len(person.history) < person.stays]
            while len(here) < 12:
                skill = self.rng.choice([0.95, 0.8, 0.5], p=[0.5, 0.35, 0.15])
                here.append(Person(skill, int(self.rng.integers(60, 400))))
                if self.liars:
                    lies = sum(person.skill == 0 for person in here) < self.liars
                    here[-1].skill, here[-1].stays = (0.0, self.claims) if lies else (skill, 30)
                self.people.append(here[-1])
            self.deal(here[self.rng.integers(len(here))])

    def release(self):
        for number in self.rng.permutation(BATCH):
            task = len(self.gold)
            self.gold[task] = bool(number < RATE * BATCH)
            self.truth[task] = str(self.rng.choice(CLASSES, p=SHARES))
            self.free[task] = TARGET
            self.released[task] = self.clock

    def deal(self, person):
        while sum(self.free.values()) < BATCH:
            self.release()
        left = [task for task in self.free if task not in person.seen]
        gold = [task for task in left if self.gold[task]]
        open_ = [task for task in left if not self.gold[task]]
        known = ESTIMATOR.estimate(person.state, DEFAULT_PRIOR) if person.state else None
        lean = injection.leaning(injection.appetite(known, prevalence=dict(zip(CLASSES, SHARES, strict=True))))
        drawn = injection.draw(
            self.rng,
            places=HAND,
            highest=injection.highest_rate(RATE),
            factor=injection.odds_factor(lean, typical=self.typical),
            n_gold=len(gold),
            n_open=len(open_),
            last_run=self.run(person),
        )
        self.typical += HAND / 500 * (lean - self.typical)
        gold_draws, open_draws = iter(self.rng.permutation(gold)), iter(self.rng.permutation(open_))
        for is_gold, chance in zip(drawn.is_gold, drawn.chances, strict=True):
            self.play(person, int(next(gold_draws if is_gold else open_draws)), chance)

    @staticmethod
    def run(person):
        kinds = [gold for _, gold, _ in reversed(person.history[-3:])]
        return kinds.index(False) if False in kinds else len(kinds)

    def play(self, person, task, chance):
        person.seen.add(task)
        person.history.append((task, self.gold[task], chance))
        self.seen_at[task].append(self.clock)
        self.seen_by_liars[task] += person.skill == 0
        self.clock += 1
        self.free[task] -= 1
        if not self.free[task]:
            del self.free[task]
        if self.gold[task]:
            truth = self.truth[task]
            hit = self.rng.random() < person.skill
            said = truth if hit else str(self.rng.choice([label for label in CLASSES if label != truth]))
            person.state = ESTIMATOR.update(person.state, RubricResult(float(hit), {"truth": truth, "said": said}))


@pytest.fixture(scope="module")
def site():
    return Site(seed=11)


def upper_auc(values, is_gold):
    """The larger of the areas under the curve either way, with the upper end of its one-sided 95 % interval."""
    values, is_gold = np.asarray(values, dtype=float), np.asarray(is_gold, dtype=bool)
    n, m = is_gold.sum(), (~is_gold).sum()
    area = (stats.rankdata(values)[is_gold].sum() - n * (n + 1) / 2) / (n * m)
    return max(area, 1 - area) + 1.645 * np.sqrt((n + m + 1) / (12 * n * m))


def claims_of(site):
    return [(number, gold, chance) for person in site.people for number, (_, gold, chance) in enumerate(person.history)]


def test_the_rate_served_is_the_one_meant_on_the_whole_and_for_everybody(site):
    gold = np.array([gold for _, gold, _ in claims_of(site)])
    chances = np.array([chance for *_, chance in claims_of(site)])

    assert len(gold) >= 10_000
    assert abs(gold.sum() - chances.sum()) < 2.58 * np.sqrt((chances * (1 - chances)).sum())
    assert gold.mean() == pytest.approx(RATE, abs=0.012)
    deviations = []
    for person in site.people:
        own = np.array([chance for *_, chance in person.history])
        deviations.append((sum(g for _, g, _ in person.history) - own.sum()) / np.sqrt((own * (1 - own)).sum()))
    assert np.abs(deviations).max() < 4
    assert 0.75 < np.std(deviations) < 1.25


def test_nobody_s_rate_varies_by_more_than_the_bound(site):
    for person in site.people:
        chances = [chance for *_, chance in person.history]
        assert max(chances) <= RATE * injection.SPREAD**0.5 + 1e-9
        if len(chances) >= 100:
            fifths = [np.mean(part) for part in np.array_split(chances, 5)]
            assert max(fifths) / min(fifths) < injection.SPREAD


def test_more_gold_goes_to_people_of_whom_little_is_known(site):
    first = [chance for number, _, chance in claims_of(site) if number < 15]
    later = [chance for number, _, chance in claims_of(site) if number >= 150]

    assert np.mean(first) > 1.12 * np.mean(later)


def test_places_say_nothing_of_one_another(site):
    for lag in (1, 2, 3, 5, 10):
        pairs = [
            (person.history[i][1] - person.history[i][2], person.history[i + lag][1] - person.history[i + lag][2])
            for person in site.people
            for i in range(len(person.history) - lag)
        ]
        first, second = np.array(pairs).T
        assert abs(np.corrcoef(first, second)[0, 1]) < 3 / np.sqrt(len(pairs))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_where_a_task_comes_in_a_round_or_a_history_is_at_chance(seed, site):
    site = site if seed == 11 else Site(seed=seed)
    numbers = [number for number, *_ in claims_of(site)]
    gold = [gold for _, gold, _ in claims_of(site)]

    assert upper_auc([number % 10 for number in numbers], gold) < 0.54
    assert upper_auc(numbers, gold) < 0.55


def test_gold_is_as_the_open_tasks_are_in_classes_and_exposure(site):
    finished = [task for task, seen in site.seen_at.items() if task not in site.free]

    classes = Counter((site.gold[task], site.truth[task]) for task in finished)
    table = [[classes[kind, label] for label in CLASSES] for kind in (True, False)]
    assert stats.chi2_contingency(table).pvalue > 0.01
    assert {len(site.seen_at[task]) for task in finished} == {TARGET}


def test_gold_waits_as_long_as_the_open_tasks_do(site):
    waits, gold = [], []
    for one in (site, Site(seed=12), Site(seed=13)):
        finished = [task for task in one.seen_at if task not in one.free]
        waits += [[one.seen_at[task][moment] - one.released[task] for moment in (0, -1)] for task in finished]
        gold += [one.gold[task] for task in finished]
    for until in zip(*waits, strict=True):
        assert upper_auc(until, gold) < 0.55


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_who_conspire_to_answer_wrongly_see_gold_as_often_as_open_tasks(seed):
    """Were they dealt less gold than others, whose answers count for something, fewer of them would meet it."""
    site = Site(seed=seed, claims=5_000, liars=6)
    done = [task for task in site.seen_at if task not in site.free]
    counts, gold = [site.seen_by_liars[task] for task in done], [site.gold[task] for task in done]

    assert 0.4 * TARGET < np.mean(counts) < 0.6 * TARGET
    assert upper_auc(counts, gold) < 0.6
