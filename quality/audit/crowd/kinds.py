"""Kinds of virtual volunteers, and how each goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Assist(StrEnum):
    """What somebody does with the mask that the site proposes."""

    CHECK = "check"  # takes it if it is what they meant, draws their own otherwise
    ACCEPT = "accept"  # takes it, whatever it is
    IGNORE = "ignore"


@dataclass(frozen=True)
class Kind:
    """`wrong`: share of class answers that are; `one_sided`: wrong answers all go to one label of theirs.
    `missed`, `invented`: boxes a true box; `jitter`: of box edges, share of the box's size; `lazy`: boxes only the
    largest object. `wobble` px of an outline; `grow`: px an outline is too wide, in boxes too. `guesses`: answers
    without looking. `unsure`: share of "can't tell"."""

    name: str
    wrong: float = 0.0
    one_sided: bool = False
    missed: float = 0.0
    invented: float = 0.0
    jitter: float = 0.03
    lazy: bool = False
    wobble: float = 1.0
    grow: float = 0.0
    guesses: bool = False
    unsure: float = 0.0
    assist: Assist = Assist.CHECK
    good_enough: float = 0.9  # Dice with what was meant at which a checked proposal is taken


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("good", wrong=0.06, missed=0.04, invented=0.02, unsure=0.02),
        Kind("sloppy", wrong=0.25, missed=0.2, invented=0.1, jitter=0.12, wobble=3.0, unsure=0.05, good_enough=0.75),
        Kind("biased", wrong=0.35, one_sided=True, missed=0.05, grow=5.0, assist=Assist.IGNORE),
        Kind("spammer", guesses=True, assist=Assist.IGNORE),
        Kind("rubber-stamper", wrong=0.45, one_sided=True, lazy=True, jitter=0.08, wobble=2.0, assist=Assist.ACCEPT),
    )
}
DEFAULT_MIX: dict[str, int] = {"good": 6, "sloppy": 2, "biased": 1, "spammer": 1, "rubber-stamper": 2}


def parse_mix(text: str) -> dict[str, int]:
    """ "good=6,spammer=1" -> shares. Raises ValueError with one sentence."""
    mix: dict[str, int] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        if name not in KINDS or not share.isdecimal():
            raise ValueError(f"A mix looks like good=6,spammer=1 with kinds of {', '.join(KINDS)}; it is {text!r}.")
        mix[name] = int(share)
    if not sum(mix.values()):
        raise ValueError("A mix needs at least one share above 0.")
    return mix


def cast(people: int, mix: Mapping[str, int]) -> list[Kind]:
    """`people` volunteers in the proportions of `mix`, largest remainder first, interleaved by kind."""
    total = sum(mix.values())
    exact = {name: people * share / total for name, share in mix.items()}
    numbers = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: numbers[name] - exact[name])
    for name in by_remainder[: people - sum(numbers.values())]:
        numbers[name] += 1
    places = [((i + 0.5) / numbers[name], name) for name in mix for i in range(numbers[name])]
    return [KINDS[name] for _, name in sorted(places, key=lambda place: place[0])]
