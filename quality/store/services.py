"""What staff pages, the API and commands may change here. All functions are keyword-only; `by` is who asks.

They raise ValueErrors (GoldError, ReviewError, PolicyError) whose message is one sentence for that person.
"""

from typing import Any

from django.db import transaction

from quality.store.dealing import policy_of
from quality.store.gold import (
    GoldError,
    PackReport,
    approve_pack,
    decide_gold,
    import_gold_pack,
    quarantine,
    reject_pack,
    restore,
    split_gold,
)
from quality.store.intake import GoldShare, IntakeReport, import_images
from quality.store.jobs import resume_imports, run_import, start_import
from quality.store.models import GoldPolicy
from quality.store.reviews import ReviewError, decide_text, resolve_flags, retire_tasks, review
from webapp.accounts.models import StaffMember
from webapp.projects.models import Project

__all__ = [
    "GoldError",
    "GoldShare",
    "IntakeReport",
    "PackReport",
    "PolicyError",
    "ReviewError",
    "approve_pack",
    "decide_gold",
    "decide_text",
    "import_gold_pack",
    "import_images",
    "quarantine",
    "reject_pack",
    "resolve_flags",
    "restore",
    "resume_imports",
    "retire_tasks",
    "review",
    "run_import",
    "set_policy",
    "split_gold",
    "start_import",
]

# name -> (lowest, highest)
POLICY_RANGES: dict[str, tuple[float, float]] = {
    "rate": (0.0, 0.5),
    "release_size": (20, 5000),
    "score_delay_seconds": (5, 30),
    "spare_hands": (0, 60),
}


class PolicyError(ValueError):
    """A policy that cannot be; the message is one sentence."""


@transaction.atomic
def set_policy(*, by: StaffMember | None, project: Project, **values: Any) -> None:
    """Change how gold is mixed in: any of rate (0-0.5), release_size, score_delay_seconds (5-30), spare_hands.

    It holds from the next release on; what was released or dealt stays as it is.
    """
    for name, value in values.items():
        if name not in POLICY_RANGES:
            raise PolicyError(f"A gold policy has {', '.join(POLICY_RANGES)}; there is no {name!r}.")
        lowest, highest = POLICY_RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise PolicyError(f"{name} lies between {lowest:g} and {highest:g}; it is {value!r}.")
    GoldPolicy.objects.filter(pk=policy_of(project).pk).update(**values)
