"""Rows that the volunteer tier sees: tasks that were dealt to somebody, and their pictures.

Which tasks wait tells what a delivery was: of those that still wait when all open ones are dealt, every one is gold.
PostgreSQL hides them by row security; SQLite knows no such thing, where one lab runs everything in one process.
"""

from psycopg import sql

# table -> condition on its row
DEALT = {
    "tasks_task": sql.SQL("EXISTS (SELECT FROM tasks_assignment a WHERE a.task_id = tasks_task.id)"),
    "images_image": sql.SQL("EXISTS (SELECT FROM tasks_task t WHERE t.image_id = images_image.id)"),
}
# Everybody else goes on seeing every row; for the role the condition comes on top.
_STATEMENTS = (
    sql.SQL("DROP POLICY IF EXISTS all_rows ON {table}"),
    sql.SQL("CREATE POLICY all_rows ON {table} USING (true) WITH CHECK (true)"),
    sql.SQL("DROP POLICY IF EXISTS {policy} ON {table}"),
    sql.SQL("CREATE POLICY {policy} ON {table} AS RESTRICTIVE FOR SELECT TO {role} USING ({condition})"),
    sql.SQL("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
)


def row_statements(role_name: str) -> list[sql.Composable]:
    """Statements that show the role `role_name` what was dealt and nothing else; safe to repeat."""
    return [
        statement.format(
            table=sql.Identifier(table),
            policy=sql.Identifier(f"dealt_only_{role_name}"),
            role=sql.Identifier(role_name),
            condition=condition,
        )
        for table, condition in DEALT.items()
        for statement in _STATEMENTS
    ]
