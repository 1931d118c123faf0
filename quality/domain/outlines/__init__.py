"""What fusing masks is made of: votes cut out of their picture as signed distances, which of them outline the same
object, and how they are pooled. Used task by task (`quality.domain.consensus.mask`) and over whole data sets
(`quality.domain.aggregation.masks`)."""

from quality.domain.outlines.cut import CLIP_PX, Cut, cut_out, signed_distance
from quality.domain.outlines.pool import expected_dice, outline_variance, pixel_probability, pool
from quality.domain.outlines.right_object import right_object_posterior, right_probability

__all__ = [
    "CLIP_PX",
    "Cut",
    "cut_out",
    "expected_dice",
    "outline_variance",
    "pixel_probability",
    "pool",
    "right_object_posterior",
    "right_probability",
    "signed_distance",
]
