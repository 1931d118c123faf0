"""The worker's step: retire what was seen enough, order what is missing, and see that what was ordered is made.

What is to be done stands in the database; a message that is lost is sent again.
"""

from datetime import datetime, timedelta

from quality.store.clock import Clock
from quality.store.services import retire_exposed
from quality.supply.batches import BUSY_SECONDS, cannot_order, fall_back, order, settle
from quality.supply.models import Batch, Recipe
from quality.supply.planning import lack_of
from quality.supply.recipes import SupplyError
from webapp.projects.models import Project

RETRY_AFTER = timedelta(days=1)  # a batch that gave no gold
LOOK_EVERY = 600.0  # seconds: forecasts count a week's assignments
_look = Clock(LOOK_EVERY)
_asked = Clock(BUSY_SECONDS)


def tick(now: datetime) -> int:
    """Returns how many batches were handed to makers. Safe to repeat and to kill."""
    if _look.due():
        recipes = Recipe.objects.filter(active=True, project__state=Project.State.OPEN).select_related("project")
        for recipe in recipes.order_by("pk"):
            look_after(recipe, now=now)
    waiting = [
        pk for pk in Batch.objects.filter(state__in=Batch.ON_ITS_WAY).values_list("pk", flat=True) if _asked.due(pk)
    ]
    from quality.supply.tasks import make_batch

    for pk in waiting:
        make_batch.delay(pk)
    return len(waiting)


def look_after(recipe: Recipe, *, now: datetime) -> Batch | None:
    """Do for one project what is due; returns the batch that was wanted, if one was."""
    project = recipe.project
    if recipe.exposure_cap is not None:
        retire_exposed(project=project, cap=max(recipe.exposure_cap, project.redundancy))
    settle(project)
    last = Batch.objects.filter(project=project).order_by("-pk").first()
    if last is not None and (last.state in Batch.UNDECIDED or _too_soon(last, now)):
        return None
    if recipe.generator == Recipe.Generator.HELD:
        fall_back(project)
        return None
    lack = lack_of(project, recipe, now=now)
    if lack.tasks <= 0:
        return None
    try:
        return order(by=None, project=project, why=lack.why)
    except SupplyError as error:  # its checkpoint is gone, or every label is barred
        return cannot_order(project=project, why=lack.why, reason=str(error))


def _too_soon(last: Batch, now: datetime) -> bool:
    """Whether the last batch gave no gold a short while ago: the next would fare no better."""
    ended = last.decided_at or last.finished_at
    return last.state != Batch.State.APPROVED and ended is not None and now - ended < RETRY_AFTER
