"""What the assist proposed, kept on the server: the play tier sees the mask, never the score."""

import uuid

from django.db import models


class Proposal(models.Model):
    """One answered prompt of an assignment (I10): what was asked, which model answered, with what."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey("tasks.Assignment", on_delete=models.CASCADE, related_name="+")
    sequence = models.PositiveIntegerField(help_text="The page's own counter; the newest wins.")
    prompt = models.JSONField(help_text='{"box": [x1, y1, x2, y2], "points": [[x, y, 0|1]]} in served pixels.')
    model = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    rle = models.JSONField(help_text='{"x", "y", "rle"}: the cropped mask and where it lies, as it was sent.')
    score = models.FloatField(help_text="The model's own estimate of its quality, 0-1.")
    stability = models.FloatField(help_text="IoU of the mask at a lower and a higher threshold, 0-1.")
    milliseconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)
