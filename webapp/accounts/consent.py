"""What volunteers agree to, word for word. A changed text is a new version; old ones stay on record."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Section:
    heading: str
    text: str


@dataclass(frozen=True)
class ConsentText:
    version: str
    title: str
    sections: tuple[Section, ...]


_FIRST = ConsentText(
    version="1",
    title="Before you play",
    sections=(
        Section(
            "What we ask of you",
            "You look at medical pictures and answer a short question about each. You need no training, and you "
            "can stop at any moment. The answers of many people together become labels that researchers use. "
            "Nothing here is medical advice, and no answer of yours decides about a patient.",
        ),
        Section(
            "Some answers are known",
            "Some of the pictures were made or altered by a computer, and of some pictures the right answer is "
            "already known. We do not tell you which. This is how we learn how far answers can be trusted and how "
            "your rounds are scored. Nobody is shut out by a machine: where something looks odd, a person has a "
            "look.",
        ),
        Section(
            "What we store",
            "Your answers and how you gave them (marks on the picture, times, use of the helper), your rounds, "
            "points and badges, and this agreement. From your answers we work out an estimate of how reliable "
            "they are; only the people who run a project see it. We give you a made-up name, and nobody sees any "
            "other. We ask for an e-mail address only if you make an account, and we never show or share it.",
        ),
        Section(
            "Who uses it",
            "The researchers of a project, and those to whom they give the finished labels under the licence of "
            "the project. Data sets that leave this site never contain your e-mail address.",
        ),
        Section(
            "How to leave",
            "Stop playing whenever you like. On your own page you can download what is stored about you, and ask "
            "to be deleted. You then choose: your answers stay without any link to you, or they are removed as "
            "well. What was already given to researchers cannot be called back.",
        ),
    ),
)

_KNOWN = Section(
    "Some answers are known",
    "Some of the pictures were made or altered by a computer, and of some pictures the right answer is already known. "
    "We do not tell you which. This is how we learn how far answers can be trusted. Your rounds are scored by what "
    "others saw in the same pictures. Nobody is shut out by a machine: where something looks odd, a person has a look.",
)
_FILLED_IN = Section(
    "Some answers are filled in",
    "In some projects an answer is filled in for you to check, on some of the pictures. Some of these suggestions are "
    "wrong on purpose, and we do not tell you which: please look for yourself and change what is not right. This shows "
    "us whether suggestions help or lead people astray. Some pictures come without any help, to compare.",
)
_STORED = Section(
    "What we store",
    "Your answers and how you gave them (marks on the picture, times, use of the helper and of suggestions), your "
    "rounds, points and badges, how well your answers held up, your team if you join one, and this agreement. From "
    "your answers we work out an estimate of how reliable they are; only the people who run a project see it. We give "
    "you a made-up name, and nobody sees any other. You can take it off the leaderboards. We ask for an e-mail "
    "address only if you make an account, and we never show or share it.",
)
_SECOND = replace(_FIRST, version="2", sections=(_FIRST.sections[0], _KNOWN, _FILLED_IN, _STORED, *_FIRST.sections[3:]))

TEXTS = {text.version: text for text in (_FIRST, _SECOND)}
CURRENT = _SECOND
