"""Badges: small thanks for coming, staying and taking care. A new one is one line in `BADGES`.

None looks at fewer than ten answers (I4), none rewards speed, and none is ever taken away.
"""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.game.figures import Figures


@dataclass(frozen=True)
class Badge:
    key: str
    name: str
    description: str
    earned: Callable[[Figures], bool]


BADGES = (
    Badge("first_round", "First round", "You finished your first round.", lambda f: f.rounds >= 1),
    Badge("ten_rounds", "Ten rounds", "You finished ten rounds.", lambda f: f.rounds >= 10),
    Badge("fifty_rounds", "Fifty rounds", "You finished fifty rounds.", lambda f: f.rounds >= 50),
    Badge("three_days", "Three days", "You played on three days of one week.", lambda f: f.days_this_week >= 3),
    Badge("four_weeks", "Four weeks", "You came back over four weeks.", lambda f: f.streak_weeks >= 4),
    Badge("careful_eye", "Careful eye", "Your last five rounds averaged 80 or more.", lambda f: f.recent_score >= 80),
    Badge("level_five", "Level five", "You reached level five.", lambda f: f.level >= 5),
)

BY_KEY = {badge.key: badge for badge in BADGES}


def earned(figures: Figures, *, before: list[str]) -> list[str]:
    """Keys of the badges held, in the order of `BADGES`: those earned now and those held `before`."""
    return [badge.key for badge in BADGES if badge.key in before or badge.earned(figures)]
