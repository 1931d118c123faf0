"""What staff pages, exports and commands may read here: plain dataclasses out, no models.

Nobody of the volunteer tier may import this (a wall, see `pyproject.toml`).
"""

from quality.store.selectors.exports import ExportRow, ExportVote, count_export_rows, export_rows
from quality.store.selectors.gold import (
    GoldItem,
    Pack,
    disputed_gold,
    gold_items,
    gold_stock,
    packs,
    policy,
    simulation_truths,
)
from quality.store.selectors.people import Annotator, annotator, annotators
from quality.store.selectors.projects import ProjectProgress, project_progress
from quality.store.selectors.review import FlaggedTask, duplicates, flagged, review_queue
from quality.store.selectors.tasks import (
    ConsensusView,
    TaskDetail,
    TaskFilter,
    TaskRow,
    VoteView,
    count_tasks,
    task_detail,
    tasks,
)

__all__ = [
    "Annotator",
    "ConsensusView",
    "ExportRow",
    "ExportVote",
    "FlaggedTask",
    "GoldItem",
    "Pack",
    "ProjectProgress",
    "TaskDetail",
    "TaskFilter",
    "TaskRow",
    "VoteView",
    "annotator",
    "annotators",
    "count_export_rows",
    "count_tasks",
    "disputed_gold",
    "duplicates",
    "export_rows",
    "flagged",
    "gold_items",
    "gold_stock",
    "packs",
    "policy",
    "project_progress",
    "review_queue",
    "simulation_truths",
    "task_detail",
    "tasks",
]
