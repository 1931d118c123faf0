"""Mistakes of the kind that sites make, planted in a served site to see whether the audit finds them.

ids: gold assignments are numbered low. order: gold and open take turns. header: gold replies are not cached. size: gold
replies are a byte longer. timing: gold takes longer to look up.
"""

import threading
import time
import uuid

from django.db.models.signals import post_init

from quality.domain import injection
from quality.store import hands
from quality.store.models import GoldTruth
from webapp.tasks.models import Assignment

LOOKUP_SECONDS = 0.15
_here = threading.local()


def is_gold(task_id):
    return GoldTruth.objects.filter(task=task_id, state=GoldTruth.State.APPROVED).exists()


def low_number(sender, instance, **kwargs):
    if getattr(_here, "dealing", False) and is_gold(instance.task_id):
        instance.id = uuid.UUID("0000" + instance.id.hex[4:])


def taking_turns(rng, *, places, highest, n_gold, n_open, factor=1.0, last_run=0, ending=False):
    decisions, gold = [], last_run == 0
    for _ in range(places):
        if not n_open:
            break
        gold = gold and n_gold > 0
        decisions.append(gold)
        n_gold, n_open, gold = n_gold - gold, n_open - (not gold), not gold
    return injection.Draw(decisions, [0.5] * len(decisions))


def deal_with_flag(deal):
    def dealing(*args):
        _here.dealing = True
        try:
            return deal(*args)
        finally:
            _here.dealing = False

    return dealing


class Faults:
    """A middleware outside of all others, where the wall does not reach."""

    def __init__(self, get_response):
        self.get_response = get_response
        hands._deal = deal_with_flag(hands._deal)
        hands.injection.draw = taking_turns
        post_init.connect(low_number, sender=Assignment)

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.endswith("/next") and response.status_code == 200:
            assignment = uuid.UUID(response.data["assignment"]["id"])
            if is_gold(Assignment.objects.values_list("task", flat=True).get(pk=assignment)):
                time.sleep(LOOKUP_SECONDS)
                response["Pragma"] = "no-cache"
                response.content += b"\n"
                response["Content-Length"] = str(len(response.content))
        return response
