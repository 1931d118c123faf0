"""What people get back: a points ledger, and read models for boards, levels, badges and streaks."""

from django.db import models


class RoundScore(models.Model):
    """A round's score. Written by the worker; shown from `visible_at` on, a fixed delay after the round's end (I4)."""

    round = models.OneToOneField("tasks.Round", on_delete=models.CASCADE, related_name="score", primary_key=True)
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(help_text="0-100, rounded to fives.")
    points = models.PositiveSmallIntegerField()
    visible_at = models.DateTimeField(db_index=True)


class Standing(models.Model):
    """A person's place in a project's game, refreshed in batches from the ledger (a read model)."""

    annotator = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="standings")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="standings")
    points = models.PositiveIntegerField(default=0)
    points_week = models.PositiveIntegerField(default=0)
    rounds = models.PositiveIntegerField(default=0)
    rank = models.PositiveIntegerField(default=0)
    rank_week = models.PositiveIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=1)
    days_this_week = models.PositiveSmallIntegerField(default=0)
    streak_weeks = models.PositiveSmallIntegerField(default=0)
    badges = models.JSONField(default=list, help_text="Keys of `webapp.game.badges`.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["annotator", "project"], name="one_standing_per_project")]


class Board(models.Model):
    """How far a project's standings have come: the ledger rows they include, and when they were worked out."""

    project = models.OneToOneField("projects.Project", on_delete=models.CASCADE, related_name="+", primary_key=True)
    rounds = models.PositiveIntegerField(default=0)
    refreshed_at = models.DateTimeField()
