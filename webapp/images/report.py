"""What an import did."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from webapp.images.known import KnownLabels


@dataclass(frozen=True)
class TakenImage:
    """A picture that is now in the project; `suspected`: it may bear text and waits for a moderator (I13)."""

    image_id: UUID
    name: str
    group: str
    labels: KnownLabels
    suspected: bool = False


@dataclass(frozen=True)
class Refusal:
    """A file, by its relative name, and one sentence: what was expected, what came."""

    name: str
    reason: str


@dataclass
class ImportReport:
    """`skipped`: pictures that were in the project before, with the labels that came along this time."""

    taken: list[TakenImage] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    skipped: list[TakenImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    twins: int = 0  # pictures with the very pixels of another one of this import: taken once
    peak_decoder_kib: int = 0

    def refuse(self, name: str, reason: str) -> None:
        refusal = Refusal(name, reason)
        if refusal not in self.refused[-50:]:  # several pages or frames of one file may fail alike
            self.refused.append(refusal)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def summary(self) -> dict[str, Any]:
        """As JSON, for the import job and `--json`."""
        return {
            "taken": len(self.taken),
            "labelled": sum(bool(image.labels) for image in self.taken),
            "suspected_text": sum(image.suspected for image in self.taken),
            "skipped": len(self.skipped),
            "twins": self.twins,
            "refused": [{"name": refusal.name, "reason": refusal.reason} for refusal in self.refused],
            "notes": self.notes,
        }
