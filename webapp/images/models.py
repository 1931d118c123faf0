"""Pictures as served (`Image`) and where they came from (`Source`, `Volume`: out of the volunteer tier's reach)."""

import uuid

from django.db import models


class Image(models.Model):
    """One picture as annotators see it. Nothing here tells its origin, its age or what is known about it (I1, I2)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="images")
    file = models.CharField(max_length=80, unique=True, help_text="Random name in the picture store.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    markers = models.CharField(
        max_length=4, blank=True, help_text="Orientation letters: left, top, right, bottom edge."
    )


class Volume(models.Model):
    """A 3-D series whose slices are pictures. `affine` maps voxel indices (i, j, k) of `original` to mm, RAS+."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="volumes")
    name = models.CharField(max_length=200)
    modality = models.CharField(max_length=16, blank=True)
    key = models.CharField(
        max_length=64, help_text="SHA-256 of the de-identified voxels: the same series is imported once."
    )
    shape = models.JSONField(help_text="[ni, nj, nk]")
    spacing = models.JSONField(help_text="[mm, mm, mm]")
    affine = models.JSONField(help_text="4x4, row by row")
    original = models.CharField(max_length=200, help_text="De-identified NIfTI under the originals folder.")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="volume_once_per_project")]


class Source(models.Model):
    """Where a served picture came from and how it was made (I10). The original is kept, de-identified, for export."""

    class BurnedIn(models.TextChoices):
        CLEAR = "clear"
        SUSPECTED = "suspected"
        REFUSED = "refused"

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="+", primary_key=True)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(
        max_length=64, help_text="SHA-256 of the original pixels and the crop: re-running an import is safe."
    )
    name = models.CharField(max_length=300, help_text="File name as imported, or what the generator called it.")
    group = models.CharField(max_length=200, blank=True, help_text="Patient, slide or series: what may not be split.")
    original = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(help_text="Of the original (px).")
    height = models.PositiveIntegerField()
    crop = models.JSONField(null=True, help_text="[x1, y1, x2, y2] in original pixels, null = the whole picture.")
    scale = models.FloatField(default=1.0, help_text="Served pixels per original pixel (of the crop).")
    flips = models.CharField(max_length=32, blank=True, help_text="How a volume slice was turned for display.")
    volume = models.ForeignKey(Volume, null=True, on_delete=models.CASCADE, related_name="slices")
    slice_axis = models.PositiveSmallIntegerField(null=True)
    slice_index = models.PositiveIntegerField(null=True)
    perceptual_hash = models.CharField(max_length=16, blank=True, db_index=True)
    burned_in = models.CharField(max_length=12, choices=BurnedIn.choices, default=BurnedIn.CLEAR)
    pipeline = models.JSONField(default=dict, help_text="Version and parameters of the common path.")
    provenance = models.JSONField(default=dict, help_text="Importer or generator, versions, seed.")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="source_once_per_project")]


class ImportJob(models.Model):
    """A run of the importers: what was asked for, how far it is, what was taken and what was refused and why."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="import_jobs")
    by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    path = models.CharField(max_length=500)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
