"""Opt-in studies: what people saw and said. What was true of it is in `quality.store`, out of their tier's reach.

Pictures of a study are shown nowhere else, and nothing in these tables differs between made and real ones (I1).
"""

import uuid

from django.db import models
from django.db.models import Q


class Study(models.Model):
    """A Turing test: pairs (which one is made?), then single pictures (made or real?)."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    slug = models.SlugField(unique=True)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="studies")
    title = models.CharField(max_length=120)
    introduction = models.CharField(
        max_length=600, blank=True, help_text="A few plain sentences for those who may join."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    pairs = models.PositiveSmallIntegerField(default=20, help_text="Questions of the first part.")
    singles = models.PositiveSmallIntegerField(default=30, help_text="Questions of the second part.")
    ethics_reference = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.title

    @property
    def size(self) -> int:
        """Questions that each participant is asked."""
        return self.pairs + self.singles


class Picture(models.Model):
    """A picture of a study, as it is served; made or real."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="pictures")
    file = models.CharField(max_length=80, help_text="Name in the picture store.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file"], name="a_picture_in_one_study")]


class Participation(models.Model):
    """That somebody takes part: their consent and what they say of themselves, in the words of a list."""

    class Profession(models.TextChoices):
        MEDICAL = "medical", "I am a doctor, or study medicine"
        LABORATORY = "laboratory", "I work in a laboratory or in care"
        IMAGING = "imaging", "I work with pictures or computers"
        OTHER = "other", "Something else"
        UNSAID = "unsaid", "I would rather not say"

    class Experience(models.TextChoices):
        NONE = "none", "Never, or almost never"
        SOME = "some", "Now and then"
        YEAR = "year", "Often, for up to two years"
        YEARS = "years", "Often, for more than two years"
        UNSAID = "unsaid", "I would rather not say"

    class Device(models.TextChoices):
        PHONE = "phone", "A phone"
        TABLET = "tablet", "A tablet"
        COMPUTER = "computer", "A computer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="participations", db_index=False)
    annotator = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="participations")
    consent_version = models.CharField(max_length=32)
    profession = models.CharField(max_length=12, choices=Profession.choices)
    experience = models.CharField(max_length=12, choices=Experience.choices)
    device = models.CharField(max_length=12, choices=Device.choices)
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "annotator"], name="takes_part_once")]


class Trial(models.Model):
    """One question to one participant: a pair, or without `second` a single picture. The first answer stands (I6)."""

    class Answer(models.TextChoices):
        FIRST = "first"
        SECOND = "second"
        MADE = "made"
        REAL = "real"

    PAIR = (Answer.FIRST, Answer.SECOND)
    SINGLE = (Answer.MADE, Answer.REAL)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="trials", db_index=False)
    place = models.PositiveSmallIntegerField(help_text="Order, from 1.")
    first = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Picture, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    shown_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    client_ms = models.PositiveIntegerField(null=True, help_text="From the pictures' appearance to the answer.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participation", "place"], name="one_trial_per_place"),
            models.CheckConstraint(
                condition=Q(answer="")
                | Q(answer__in=("first", "second"), second__isnull=False)
                | Q(answer__in=("made", "real"), second__isnull=True),
                name="an_answer_to_the_question",
            ),
        ]


class Total(models.Model):
    """All that a participant is ever told, once they are through (I4). Written by the worker."""

    participation = models.OneToOneField(
        Participation, on_delete=models.CASCADE, related_name="total", primary_key=True
    )
    right = models.PositiveSmallIntegerField(help_text="Right answers in percent, to the nearest five.")
