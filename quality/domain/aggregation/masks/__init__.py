"""Fusing the masks of a whole data set.

fused = fuse_masks({"t1": (["ann", "bob"], votes)}, gold={"t9": truth})      # {"t1": FusedMask}, ...
"""

from quality.domain.aggregation.masks.fuse import FusedMask, fuse_masks, fuse_masks_with_hands
from quality.domain.aggregation.masks.hands import Hand, Hands

__all__ = ["FusedMask", "Hand", "Hands", "fuse_masks", "fuse_masks_with_hands"]
