"""How alike two answers are."""

from quality.domain.metrics.boundary import hausdorff95, outline_traits, surface_dice
from quality.domain.metrics.boxes import Match, box_iou, match_boxes
from quality.domain.metrics.overlap import dice, iou, precision_recall

__all__ = [
    "Match",
    "box_iou",
    "dice",
    "hausdorff95",
    "iou",
    "match_boxes",
    "outline_traits",
    "precision_recall",
    "surface_dice",
]
