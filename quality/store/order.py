"""The order in which rows lie on disk must not tell what was imported when (I1).

A query without ORDER BY returns rows as they lie. Tasks and pictures of a later delivery of gold would all lie behind
the open ones, so both are laid down anew, shuffled, whenever tasks are imported or released.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from webapp.images.models import Image
from webapp.tasks.models import Task

BATCH = 5000


@transaction.atomic
def shuffle_rows(task_ids: Sequence[UUID]) -> None:
    """Lay the rows of these tasks and of their pictures down anew, in random order. Nothing else changes."""
    for start in range(0, len(task_ids), BATCH):
        batch = list(task_ids[start : start + BATCH])
        images = list(Task.objects.filter(pk__in=batch).values_list("image_id", flat=True).distinct())
        _shuffle(Task._meta.db_table, batch)
        _shuffle(Image._meta.db_table, images)


def _shuffle(table: str, ids: Sequence[UUID]) -> None:
    quoted = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys are checked at the end of the transaction, when every row is there again.
            cursor.execute(
                f"WITH taken AS (DELETE FROM {quoted} WHERE id = ANY(%s) RETURNING *) "
                f"INSERT INTO {quoted} SELECT * FROM taken ORDER BY random()",
                [list(ids)],
            )
        else:
            # SQLite lays rows in the order of their hidden row number; the sign and the last bits are dropped to leave
            # room for what is inserted next, which gets the largest number plus one.
            marks = ", ".join(["%s"] * len(ids))
            cursor.execute(
                f"UPDATE {quoted} SET rowid = (random() & 9223372036854775807) >> 2 WHERE id IN ({marks})",
                [pk.hex for pk in ids],
            )
