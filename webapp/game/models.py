"""What people get back: a points ledger, and read models for boards, levels, badges and streaks; teams; practice."""

import uuid

from django.db import models


class RoundScore(models.Model):
    """A round's score. Written by the worker; shown from `visible_at` on, a fixed delay after the round's end (I4)."""

    round = models.OneToOneField("tasks.Round", on_delete=models.CASCADE, related_name="score", primary_key=True)
    annotator = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(help_text="0-100, rounded to fives.")
    points = models.PositiveSmallIntegerField()
    visible_at = models.DateTimeField(db_index=True)
    look_back = models.ForeignKey(
        "LookBack",
        null=True,
        on_delete=models.SET_NULL,
        related_name="entries",
        help_text="The look back it belongs to.",
    )


class LookBack(models.Model):
    """Several rounds of a person looked at together: how each kind of answer held up, and credit that came later.

    No share is told on fewer than ten answers, nor does it follow from what else is told (`quality.domain.disclosure`).
    """

    annotator = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="look_backs")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    answers = models.PositiveIntegerField()
    shares = models.JSONField(help_text="[{kinds: [...], answers, score}]; score 0-100, in fives; [] = all too mixed.")
    visible_at = models.DateTimeField(db_index=True)
    credit = models.PositiveSmallIntegerField(
        null=True, help_text="Points added once others confirmed these answers; empty: not looked at again yet."
    )
    credited_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["visible_at"], condition=models.Q(credit=None), name="look_backs_to_credit")]


class Standing(models.Model):
    """A person's place in a project's game, refreshed in batches from the ledger (a read model)."""

    annotator = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="standings")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="standings")
    points = models.PositiveIntegerField(default=0)
    points_week = models.PositiveIntegerField(default=0)
    rounds = models.PositiveIntegerField(default=0)
    rounds_week = models.PositiveIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(default=0, help_text="Lower bound of the mean score, 1-100; 0 = none.")
    rating_week = models.PositiveSmallIntegerField(default=0)
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
    rounds = models.PositiveIntegerField(default=0, help_text="Rounds, and look backs that brought credit.")
    refreshed_at = models.DateTimeField()


class Team(models.Model):
    """People who play under one name. Its name is generated, like theirs; its code lets others in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=16, unique=True)


class TeamMember(models.Model):
    """That somebody is in a team, one at a time. What they played before they came does not count for it."""

    annotator = models.OneToOneField(
        "accounts.User", on_delete=models.CASCADE, related_name="team_membership", primary_key=True
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    joined_at = models.DateTimeField()


class TeamStanding(models.Model):
    """A team's place over all projects, refreshed in batches (a read model). Members who hide do not count."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="standing", primary_key=True)
    members = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveIntegerField(default=0)
    rounds_week = models.PositiveIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(default=0)
    rating_week = models.PositiveSmallIntegerField(default=0)


class PracticeItem(models.Model):
    """A picture with a known answer that everybody may see: it is explained at once and never counts.

    Made by a moderator from a picture that an expert labelled and nobody has been dealt (`quality.store.practice`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="practice")
    label = models.ForeignKey("projects.Label", null=True, on_delete=models.CASCADE, related_name="+")
    file = models.CharField(max_length=80, help_text="Name in the picture store.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    markers = models.CharField(max_length=4, blank=True)
    answer = models.JSONField(help_text="As an annotator would give it, in pixels of the served picture.")
    known_region = models.JSONField(null=True)
    explanation = models.CharField(max_length=500)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["file", "label"], name="practice_once")]
