"""What staff pages, exports and commands may read here: plain dataclasses out, no models.

Nobody of the volunteer tier may import this (a wall, see `pyproject.toml`).
"""

from quality.store.practice import practice_items
from quality.store.selectors.exports import ExportRow, ExportVote, count_export_rows, export_rows
from quality.store.selectors.gold import (
    GoldItem,
    Pack,
    disputed_gold,
    gold_items,
    gold_stock,
    packs,
    policy,
    practice_offered,
    simulation_truths,
)
from quality.store.selectors.habits import ArmFigures, Habits, arms_of, habits_of
from quality.store.selectors.people import Annotator, annotator, annotators
from quality.store.selectors.projects import ProjectProgress, project_progress
from quality.store.selectors.review import FlaggedTask, duplicates, flagged, review_queue
from quality.store.selectors.stock import GoldForecast, PersonForecast, gold_forecast
from quality.store.selectors.supply import LabelStock, label_stock, verdicts
from quality.store.selectors.tasks import (
    ConsensusView,
    TaskDetail,
    TaskFilter,
    TaskRow,
    VoteView,
    count_tasks,
    task_detail,
    task_ids,
    tasks,
)

__all__ = [
    "Annotator",
    "ArmFigures",
    "ConsensusView",
    "ExportRow",
    "ExportVote",
    "FlaggedTask",
    "GoldForecast",
    "GoldItem",
    "Habits",
    "LabelStock",
    "Pack",
    "PersonForecast",
    "ProjectProgress",
    "TaskDetail",
    "TaskFilter",
    "TaskRow",
    "VoteView",
    "annotator",
    "annotators",
    "arms_of",
    "count_export_rows",
    "count_tasks",
    "disputed_gold",
    "duplicates",
    "export_rows",
    "flagged",
    "gold_forecast",
    "gold_items",
    "gold_stock",
    "habits_of",
    "label_stock",
    "packs",
    "policy",
    "practice_items",
    "practice_offered",
    "project_progress",
    "review_queue",
    "simulation_truths",
    "task_detail",
    "task_ids",
    "tasks",
    "verdicts",
]
