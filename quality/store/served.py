"""What share of gold each hand is dealt: more where little is known of its person, within bounds, and on record."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from quality.domain import injection
from quality.store.models import ServedGold
from quality.store.reliability import reliabilities
from quality.store.weighing import class_prior
from webapp.projects.models import Project
from webapp.statements import Statement
from webapp.tasks.models import Hand

_MEMORY = 500  # places over which the typical leaning is taken


@dataclass(frozen=True)
class Share:
    """`lean`: see `injection.leaning`. `first_rate`: what the hand began at; None before it was dealt any."""

    lean: float = injection.leaning(1.0)
    first_rate: float | None = None

    def highest(self, rate: float) -> float:
        """The most gold it may be dealt, as a share, in a project whose rate is `rate`."""
        return injection.highest_rate(rate if self.first_rate is None else self.first_rate)


class Leanings:
    """Who is dealt how much; after a restart what is typical is learnt anew."""

    def __init__(self) -> None:
        self._typical: dict[int, float] = defaultdict(float)

    def load(self, project: Project, hands: Mapping[UUID, UUID | None]) -> dict[UUID, Share]:
        """The shares of hands, {hand: its annotator, None for spare ones}."""
        first = dict(ServedGold.objects.filter(hand__in=hands).values_list("hand", "first_rate"))
        people = reliabilities(project, [annotator for annotator in hands.values() if annotator])
        prevalence = class_prior(project)
        return {
            hand: Share(
                injection.leaning(injection.appetite(people.get(annotator), prevalence=prevalence)), first.get(hand)
            )
            for hand, annotator in hands.items()
        }

    def factor(self, project: Project, share: Share) -> float:
        return injection.odds_factor(share.lean, typical=self._typical[project.pk])

    def dealt(self, project: Project, share: Share, places: int) -> None:
        """Note that so many places were dealt to somebody of this leaning."""
        weight = min(places / _MEMORY, 1.0)
        self._typical[project.pk] += weight * (share.lean - self._typical[project.pk])


_ADD = Statement(
    "UPDATE quality_store_servedgold SET places = places + %s, gold = gold + %s, expected = expected + %s, "
    "variance = variance + %s WHERE hand_id = %s"
)


def record(hand: Hand, rate: float, *, chances: Sequence[float], gold: int) -> None:
    """Add places to what a hand was dealt; in the deal's transaction. `rate`: the project's, for a hand's beginning."""
    places, expected = len(chances), sum(chances)
    variance = sum(chance * (1 - chance) for chance in chances)
    # Before a project has gold there is no rate to begin at.
    if not _ADD.run(places, gold, expected, variance, hand.pk) and rate > 0:
        ServedGold.objects.create(
            hand=hand, first_rate=rate, places=places, gold=gold, expected=expected, variance=variance
        )
