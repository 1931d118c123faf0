"""What staff pages, the API and commands may change here. All functions are keyword-only; `by` is who asks.

They raise ValueErrors (GoldError, ReviewError, PolicyError) whose message is one sentence for that person.
"""

from quality.store.disputes import correct_gold, quarantine, restore
from quality.store.findings import review_finding
from quality.store.gold import (
    GoldError,
    PackReport,
    approve_pack,
    decide_gold,
    import_gold_pack,
    reject_pack,
    split_gold,
)
from quality.store.intake import GoldShare, IntakeReport, import_images
from quality.store.jobs import run_import, start_import
from quality.store.material import give_back_held, retire_exposed, use_up_held
from quality.store.policies import PolicyError, set_policy
from quality.store.practice import drop_practice, explain_practice, make_practice
from quality.store.reviews import ReviewError, decide_text, resolve_flags, retire_tasks, review

__all__ = [
    "GoldError",
    "GoldShare",
    "IntakeReport",
    "PackReport",
    "PolicyError",
    "ReviewError",
    "approve_pack",
    "correct_gold",
    "decide_gold",
    "decide_text",
    "drop_practice",
    "explain_practice",
    "give_back_held",
    "import_gold_pack",
    "import_images",
    "make_practice",
    "quarantine",
    "reject_pack",
    "resolve_flags",
    "restore",
    "retire_exposed",
    "retire_tasks",
    "review",
    "review_finding",
    "run_import",
    "set_policy",
    "split_gold",
    "start_import",
    "use_up_held",
]
