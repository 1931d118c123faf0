"""What can go wrong between an annotator and their assignment."""


class NotYours(LookupError):
    """There is no such assignment for this person; whether somebody else has it is not told (I7)."""

    def __init__(self) -> None:
        super().__init__("There is no such question in your hand.")


class Conflict(ValueError):
    """The assignment was closed in another way before; the message says how."""
