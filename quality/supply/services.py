"""What staff pages and the API may change here. All functions are keyword-only; `by` is who asks.

They raise SupplyError, whose message is one sentence for that person.
"""

from quality.supply.batches import approve_batch, call_off, order, reject_batch
from quality.supply.recipes import SupplyError, set_recipe, trust_label

__all__ = ["SupplyError", "approve_batch", "call_off", "order", "reject_batch", "set_recipe", "trust_label"]
