"""Sums over the ledger of round scores."""

from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from webapp.game.figures import Scores
from webapp.game.models import RoundScore


def summed(entries: QuerySet[RoundScore], *, by: str) -> dict[Any, Scores]:
    """{person, or whatever the column `by` names: the sums of their round scores}, in one query."""
    rows = entries.order_by().values_list(by)
    found = rows.annotate(n=Count("pk"), total=Sum("score"), squares=Sum(F("score") * F("score")))
    return {who: Scores(n, float(total), float(squares)) for who, n, total, squares in found}
