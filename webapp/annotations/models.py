"""What annotators answered. Answers are immutable and idempotent (I6): written once, never changed."""

import uuid

from django.db import models


class Annotation(models.Model):
    """An annotator's answer to an assignment, with how it came about. Same path, same shape, for every task (I3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.OneToOneField("tasks.Assignment", on_delete=models.PROTECT, related_name="annotation")
    task = models.ForeignKey("tasks.Task", on_delete=models.PROTECT, related_name="annotations")
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="annotations")
    round = models.ForeignKey("tasks.Round", null=True, on_delete=models.SET_NULL, related_name="annotations")
    answer = models.JSONField(help_text="The validated payload, in pixels of the served picture, origin top left.")
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of the request body that made it: the same again is the same answer."
    )
    trace = models.JSONField(default=dict, help_text="Assist trace and gestures as the page reported them.")
    client_ms = models.PositiveIntegerField(null=True, help_text="Time on task as the page measured it.")
    submitted_at = models.DateTimeField(auto_now_add=True, db_index=True)


class Flag(models.Model):
    """An annotator's word that something is wrong with a picture."""

    assignment = models.ForeignKey("tasks.Assignment", on_delete=models.CASCADE, related_name="flags")
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
