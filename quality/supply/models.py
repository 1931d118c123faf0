"""How a project's gold is made, and each batch of it. Out of the play tier's reach, like all that is known of gold."""

from django.db import models
from django.db.models import Q


class Recipe(models.Model):
    """How more gold is made for a project, and when."""

    class Generator(models.TextChoices):
        CELLS = "cells", "Cells from a diffusion model"
        INSERT = "insert", "Real objects inserted into other real pictures"
        HELD = "held", "None: pictures that experts labelled, held back until they are needed"

    project = models.OneToOneField("projects.Project", on_delete=models.CASCADE, related_name="+", primary_key=True)
    active = models.BooleanField(default=True, help_text="Whether batches are made by themselves.")
    generator = models.CharField(max_length=12, choices=Generator.choices)
    checkpoint = models.CharField(max_length=200, blank=True, help_text='Folder of the model; "cells": the bundled.')
    steps = models.PositiveSmallIntegerField(default=18, help_text="Noise levels of the sampler.")
    guidance = models.FloatField(default=1.0, help_text="1: classes as learnt; more: more typical.")
    material = models.PositiveIntegerField(
        default=100, help_text="Held-back labelled pictures that a batch of inserted objects uses up."
    )
    size = models.PositiveIntegerField(default=330, help_text="Pictures a batch.")
    spare = models.FloatField(default=1.7, help_text="Pictures made for each that is kept.")
    days = models.FloatField(default=14.0, help_text="More is made once the gold lasts less than so many days.")
    exposure_cap = models.PositiveSmallIntegerField(
        null=True, help_text="A gold task that so many people answered retires; empty: none does."
    )
    trusted_since = models.JSONField(
        default=dict, help_text="Label -> when a moderator said that it may be made again, ISO 8601."
    )
    set_by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(auto_now=True)


class Batch(models.Model):
    """Gold that was wanted once, and what came of it.

    One at a time is on its way in a project. Whoever makes it holds it by `holder` and shows life by `beat_at`.
    """

    class State(models.TextChoices):
        WANTED = "wanted"
        MAKING = "making"
        GATING = "gating", "At the gates"
        WAITING = "waiting", "Waits for a moderator"
        APPROVED = "approved"
        REJECTED = "rejected"
        REFUSED = "refused"
        NOT_CERTIFIABLE = "not certifiable"

    ON_ITS_WAY = (State.WANTED, State.MAKING, State.GATING)
    UNDECIDED = (*ON_ITS_WAY, State.WAITING)

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WANTED)
    plan = models.JSONField(help_text="The recipe as it then was, the labels to make and the seed (I10).")
    why = models.CharField(max_length=300, help_text="Why it was wanted.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused or is not certifiable.")
    told = models.CharField(max_length=200, blank=True, help_text="How far its maker is.")
    material = models.JSONField(default=list, help_text="Pictures that it uses up, by id.")
    gates = models.JSONField(default=dict, help_text="Reports by gate.")
    pack = models.ForeignKey("quality_store.GoldPack", null=True, on_delete=models.SET_NULL, related_name="+")
    held_used = models.PositiveIntegerField(
        default=0, help_text="Held-back answers of experts that became gold in its place."
    )
    holder = models.CharField(max_length=32, blank=True)
    beat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(
        "accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: the clock."
    )
    wanted_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, help_text="When its maker was done with it.")
    decided_by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["wanted", "making", "gating", "waiting"]),
                name="one_batch_at_a_time",
            )
        ]
