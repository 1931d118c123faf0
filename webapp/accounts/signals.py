"""What other rooms must hear of people. This room is below all others and may not call them; they listen.

`person_merged(source, target)`: the guest `source` turned out to be `target`. Sent inside the transaction, in the web
process, so a listener keeps to what the volunteer tier may touch and moves the guest's work to `target`.

`answers_removed(task_ids)`: somebody left and took their answers along; those annotations are gone already. Sent inside
the transaction, in the worker, so that what was fused from them is fused again without them.
"""

from django.dispatch import Signal

person_merged = Signal()
answers_removed = Signal()
