"""What the volunteer tier may read and write, column by column. Whatever is not listed is refused.

A column belongs here only when its values are alike for gold and open tasks; `tests/contracts` reads everything that
is listed and tries to tell them apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """Column names; `delete` is for tables that hold nothing but the person's own."""

    select: frozenset[str]
    insert: frozenset[str] = frozenset()
    update: frozenset[str] = frozenset()
    delete: bool = False


def _access(select: str, insert: str = "", update: str = "", delete: bool = False) -> Access:
    """Space-separated names; `*` in insert or update stands for all that may be read."""

    def names(text: str) -> frozenset[str]:
        return frozenset(select.split() if text == "*" else text.split())

    return Access(names(select), names(insert), names(update), delete)


ALLOWED: dict[str, Access] = {
    "accounts_user": _access(
        "id pseudonym email password last_login is_active on_boards joined_at consent_version deletion_requested_at "
        "keep_answers merged_into_id",
        "*",
        "email password last_login on_boards consent_version deletion_requested_at keep_answers merged_into_id "
        "is_active",
    ),
    "accounts_consent": _access("id user_id text_version given_at", "*", "user_id"),
    "accounts_playsession": _access(
        "session_key session_data expire_date user_id", "*", "session_data expire_date user_id", delete=True
    ),
    "accounts_playtoken": _access("digest user_id", "*", "user_id", delete=True),
    "account_emailaddress": _access(
        "id email verified primary user_id", "*", "email verified primary user_id", delete=True
    ),
    "account_emailconfirmation": _access(
        "id created sent key email_address_id", "*", "created sent key email_address_id", delete=True
    ),
    "projects_project": _access(
        "id slug title summary kind state prompt guideline debrief round_size lease_seconds assist percent_done"
    ),
    "projects_label": _access("id project_id key name colour shortcut position"),
    "projects_exemplar": _access("id project_id label_id file caption is_positive position"),
    "images_image": _access("id project_id file width height markers"),
    "tasks_task": _access("id project_id image_id label_id"),
    "tasks_round": _access("id project_id annotator_id size started_at completed_at", "*", "annotator_id completed_at"),
    "tasks_hand": _access(
        "id project_id annotator_id round_id answered asked_at exhausted",
        "*",
        "annotator_id round_id answered asked_at exhausted",
    ),
    "tasks_assignment": _access(
        "id hand_id task_id annotator_id round_id place state held_until claimed_at closed_at proposal unaided",
        "",
        "annotator_id round_id state held_until claimed_at closed_at hand_id place",
    ),
    "annotations_annotation": _access(
        "id assignment_id task_id annotator_id round_id answer digest trace client_ms submitted_at",
        "*",
        "annotator_id",
    ),
    "annotations_flag": _access(
        "id assignment_id annotator_id comment created_at", "assignment_id annotator_id comment created_at resolved_at"
    ),
    "studies_study": _access("id slug project_id title introduction state pairs singles"),
    "studies_picture": _access("id study_id file width height"),
    "studies_participation": _access(
        "id study_id annotator_id consent_version profession experience device begun_at completed_at",
        "*",
        "annotator_id completed_at",
    ),
    "studies_trial": _access(
        "id participation_id place first_id second_id answer shown_at answered_at client_ms",
        "",
        "answer shown_at answered_at client_ms",
    ),
    "studies_total": _access("participation_id right"),
    "game_roundscore": _access("round_id annotator_id project_id score points visible_at"),
    "game_standing": _access(
        "id annotator_id project_id points points_week rounds rounds_week rating rating_week rank rank_week level "
        "days_this_week streak_weeks badges"
    ),
    "game_lookback": _access("id annotator_id project_id answers shares visible_at credit credited_at"),
    "game_team": _access("id name code", "*"),
    "game_teammember": _access("annotator_id team_id joined_at", "*", delete=True),
    "game_teamstanding": _access("team_id members rounds rounds_week rating rating_week"),
    "game_practiceitem": _access(
        "id project_id label_id file width height markers answer known_region explanation position"
    ),
}
