"""Tasks, and how they reach people: a hand of assignments dealt ahead, claimed one by one, played in rounds.

Nothing in these tables may differ between a task whose answer is known and one whose answer is not (I1). What the
dealer knows and decides (released, done, retired, how many answers count) lives in `quality.store`.
"""

import uuid

from django.db import models
from django.db.models import Q


class Task(models.Model):
    """One picture and one question. Mask tasks ask for one label of the set; class and box tasks for any."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="tasks")
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="tasks")
    label = models.ForeignKey("projects.Label", null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "label"], name="one_task_per_image_and_label"),
            models.UniqueConstraint(fields=["image"], condition=Q(label=None), name="one_task_per_image_without_label"),
        ]


class Round(models.Model):
    """About ten answers played together; the smallest unit that is ever scored in public."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="rounds")
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="rounds")
    size = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, db_index=True)


class Hand(models.Model):
    """The assignments dealt ahead to one annotator; without an annotator, a spare one for a newcomer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="hands")
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="hands")
    round = models.ForeignKey(Round, null=True, on_delete=models.SET_NULL, related_name="+")
    answered = models.PositiveSmallIntegerField(default=0, help_text="Answers given in the current round.")
    asked_at = models.DateTimeField(
        null=True, db_index=True, help_text="When the annotator last asked (coarse); the dealer serves those."
    )
    exhausted = models.BooleanField(default=False, help_text="The dealer found nothing left for this person.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "annotator"], name="one_hand_per_person_and_project")]
        indexes = [models.Index(fields=["project"], condition=Q(annotator=None), name="spare_hands")]


class Assignment(models.Model):
    """A task dealt to one annotator. Its id is random and all that the outside ever sees of a task."""

    class State(models.TextChoices):
        DEALT = "dealt"
        CLAIMED = "claimed"
        ANSWERED = "answered"
        SKIPPED = "skipped"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without indexes of their own: the constraints below begin with them, and every claim writes to every index.
    hand = models.ForeignKey(Hand, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="assignments")
    round = models.ForeignKey(Round, null=True, on_delete=models.SET_NULL, related_name="assignments")
    place = models.PositiveIntegerField(help_text="Order within the hand, from 0 upwards over its whole life.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DEALT)
    held_until = models.DateTimeField(help_text="End of the reservation, and from the claim on, of the lease.")
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="When answered, skipped or expired.")
    proposal = models.JSONField(null=True, help_text="A prefilled answer, right or not; empty: none.")
    unaided = models.BooleanField(
        default=False, help_text="Asked without any help, to compare with those that have it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "annotator"], name="a_task_once_per_person"),
            models.UniqueConstraint(fields=["hand", "task"], name="a_task_once_per_hand"),
            models.UniqueConstraint(fields=["hand", "place"], name="one_assignment_per_place"),
        ]
        indexes = [
            models.Index(fields=["hand", "place"], condition=Q(state__in=["dealt", "claimed"]), name="assignment_live"),
            models.Index(fields=["held_until"], condition=Q(state__in=["dealt", "claimed"]), name="assignment_expiry"),
        ]


LIVE = (Assignment.State.DEALT, Assignment.State.CLAIMED)  # these hold a place of their task
