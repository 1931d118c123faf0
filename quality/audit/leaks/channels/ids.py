"""Ids and names: their digits, their lengths, their place among those met before."""

from __future__ import annotations

from quality.audit.leaks.channels.deals import attack_deals
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.verdict import Attack

KEY = "ids"


def attacks(evidence: Evidence) -> list[Attack]:
    return attack_deals(KEY, evidence, [_row(seen) for seen in evidence.known()])


def _row(seen: Seen) -> dict[str, object]:
    name, _, suffix = seen.file.partition(".")
    assignment = seen.assignment.replace("-", "")
    return {
        **_digits("assignment", assignment),
        **_digits("picture", name),
        "assignment": seen.assignment,
        "picture": name,
        "suffix": suffix,
        "larger assignment than picture": assignment > name,
        "digits of the picture": sum(character.isdigit() for character in name),
    }


def _digits(what: str, name: str) -> dict[str, int]:
    """Each place's hexadecimal digit (other characters by their code), and whole numbers of the first and last four."""
    places = {f"{what}, place {i}": _value(character) for i, character in enumerate(name[:40])}
    ends = {f"{what}, first four": name[:4], f"{what}, last four": name[-4:]}
    return places | {key: _number(text) for key, text in ends.items()}


def _value(character: str) -> int:
    return int(character, 16) if character in "0123456789abcdefABCDEF" else 16 + ord(character)


def _number(text: str) -> int:
    return sum(_value(character) * 16**place for place, character in enumerate(reversed(text)))
