"""Whether more gold is wanted, and of which labels."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from quality.domain.stats import beta_interval
from quality.store import selectors as store
from quality.store.intake import gold_rates
from quality.supply.models import Batch, Recipe
from quality.supply.recipes import labels_made
from webapp.projects.models import Project

WRONG = 0.1  # a label is barred once the share of its truths that are wrong is surely above this
ALL_BARRED = "Of every label that the generator makes, people find too much gold wrong."
LEVEL = 0.9  # two-sided: the lower end lies above the true share at most once in twenty


@dataclass(frozen=True)
class LabelRecord:
    """What became of one label's gold by this generator. `answered`: truths that people can have found wrong; `wrong`:
    those that were."""

    label: str
    answered: int
    wrong: int

    @property
    def low(self) -> float:
        """Lower end of the interval of the share that is wrong (Clopper and Pearson 1934: never too high)."""
        return beta_interval(self.wrong, self.answered - self.wrong + 1, level=LEVEL)[0] if self.wrong else 0.0

    @property
    def is_barred(self) -> bool:
        return self.low > WRONG


@dataclass(frozen=True)
class Lack:
    """Gold tasks that are missing, and why they are wanted (one sentence; empty where none is)."""

    tasks: int
    why: str


def lack_of(project: Project, recipe: Recipe, *, now: datetime) -> Lack:
    """What is missing for the recipe's days at the pace of play, or, before there is a pace, for the next release.

    Gold is wanted no longer than open tasks last: without them none is dealt.
    """
    forecast = store.gold_forecast(project, now=now)
    rates, release = gold_rates(project), store.policy(project)["release_size"]
    horizon = min(recipe.days, forecast.open.days)
    places = forecast.gold.a_day * horizon - forecast.gold.left if forecast.gold.a_day else 0.0
    paced = math.ceil(places / project.redundancy)
    if paced > 0:
        return Lack(paced, f"Gold lasts about {forecast.gold.days:.1f} more days, wanted are {recipe.days:g}.")
    wanted = rates["wanted"]
    released = min(release, rates["open_waiting"] / (1 - wanted))
    missing = math.ceil(released * wanted) - rates["gold_waiting"]
    if missing > 0:
        return Lack(missing, f"The next release lacks {missing} gold tasks.")
    return Lack(0, "")


def label_records(project: Project, recipe: Recipe) -> list[LabelRecord]:
    """Of every label of the project, what its gold by the recipe's generator and checkpoint turned out to be worth,
    since a moderator last trusted the label."""
    batches = Batch.objects.filter(project=project, pack__isnull=False)
    made = {
        batch.pack_id: batch.wanted_at.isoformat()
        for batch in batches
        if (batch.plan["generator"], batch.plan["checkpoint"]) == (recipe.generator, recipe.checkpoint)
    }
    answered, wrong = Counter[str](), Counter[str]()
    for pack, label, n, n_wrong in store.verdicts(list(filter(None, made))):
        if made[pack] > recipe.trusted_since.get(label, ""):
            answered[label] += n
            wrong[label] += n_wrong
    return [LabelRecord(label, answered[label], wrong[label]) for label in project.labels.values_list("key", flat=True)]


def labels_to_make(project: Project, recipe: Recipe) -> list[str]:
    """Labels whose gold in stock is at most the mean, of those that the generator can make and gets right; empty where
    there is none such. Raises SupplyError."""
    barred = {record.label for record in label_records(project, recipe) if record.is_barred}
    able = set(labels_made(project, recipe)) - barred
    stock = {entry.label: entry.to_come for entry in store.label_stock(project) if entry.label in able}
    return [label for label, count in stock.items() if count * len(stock) <= sum(stock.values())]
