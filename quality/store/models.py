"""What is known, and what follows from it. Only `quality.store` imports this module (a wall, see `pyproject.toml`);
other rooms above it use `quality.store.selectors` and `quality.store.services`.

Foreign keys from here into the play tier's tables have no reverse accessor: from a task there is no way to its truth.
Those that some index of the table begins with have none of their own: every answer would write to it.
"""

import random

from django.db import models
from django.db.models import F, Q


class GoldPolicy(models.Model):
    """How gold is mixed into a project's hands, and when its tasks have answers enough."""

    class Stopping(models.TextChoices):
        FIXED = "fixed"
        RISK = "risk"

    project = models.OneToOneField("projects.Project", on_delete=models.CASCADE, related_name="+", primary_key=True)
    rate = models.FloatField(default=0.2, help_text="Wanted share of gold among the tasks dealt.")
    release_size = models.PositiveIntegerField(
        default=200, help_text="Tasks released together, gold and open shuffled."
    )
    score_delay_seconds = models.PositiveIntegerField(
        default=20, help_text="Fixed delay from a round's end to its score; 30 at most."
    )
    spare_hands = models.PositiveSmallIntegerField(
        default=3, help_text="Hands kept ready for newcomers; grows by itself."
    )
    released_rate = models.FloatField(default=0.0, help_text="Share of gold in the last release.")
    stopping = models.CharField(
        max_length=8,
        choices=Stopping.choices,
        default=Stopping.FIXED,
        help_text="Fixed: every task gets its target. Risk: until the crowd's expected error meets the goal.",
    )
    risk_goal = models.FloatField(default=0.05, help_text="Expected error, 0-1, at which a task has answers enough.")
    least_votes = models.PositiveSmallIntegerField(default=2, help_text="Answers that every task gets.")
    proposal_share = models.FloatField(
        default=0.0, help_text="Prefilled answers among all that is dealt, at most; 0: none."
    )
    planted_share = models.FloatField(default=0.25, help_text="Of those, how many are made wrong on purpose.")
    unaided_share = models.FloatField(
        default=0.0, help_text="Asked without prefilled answer and without the assist, to compare."
    )
    progress_on = models.DateField(null=True, help_text="Day on which the project's progress was last written.")
    recalibration = models.JSONField(
        default=dict,
        help_text="`domain.recalibration.Recalibration` that its labels' expected quality is set right by.",
    )
    lazy = models.FloatField(default=0.3, help_text="How often prefilled answers are accepted unlooked at, 0-1.")


def random_place() -> float:
    """A place in the order of release, told by chance alone."""
    return random.SystemRandom().random()


class TaskState(models.Model):
    """Where a task stands with the dealer; the same life for gold and open.

    `counted` answers and `held` places together never exceed the target (I9): the database refuses it.
    """

    class State(models.TextChoices):
        BLOCKED = "blocked"
        WAITING = "waiting"
        OPEN = "open"
        DONE = "done"
        RETIRED = "retired"

    task = models.OneToOneField("tasks.Task", on_delete=models.CASCADE, related_name="+", primary_key=True)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.WAITING, help_text="Blocked: may bear burned-in text (I13)."
    )
    target = models.PositiveSmallIntegerField(help_text="Answers wanted at most.")
    wanted = models.PositiveSmallIntegerField(
        null=True, help_text="Answers wanted as things stand; empty: as many as the target."
    )
    by_rule = models.BooleanField(
        default=True, help_text="The stopping rule says when it is done; false: a moderator did."
    )
    risk = models.FloatField(
        null=True, help_text="Error that the crowd expects of its answer, 0-1, alike for gold and open (I3)."
    )
    counted = models.PositiveSmallIntegerField(default=0, help_text="Answers that count.")
    held = models.PositiveSmallIntegerField(default=0, help_text="Places held by `Reservation` rows.")
    stale = models.PositiveIntegerField(
        default=0, help_text="Changes of its answers, or of what is known of their authors, since it was last fused."
    )
    draw = models.FloatField(default=random_place, help_text="Order of release.")
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "state", "draw"], name="release_order"),
            models.Index(fields=["project"], condition=Q(stale__gt=0), name="stale_tasks"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(counted__lte=F("target") - F("held")), name="no_over_collection"),
        ]


class ServedGold(models.Model):
    """What share of gold a hand was dealt, so that it stays within bounds and can be held against its expectation."""

    hand = models.OneToOneField("tasks.Hand", on_delete=models.CASCADE, related_name="+", primary_key=True)
    first_rate = models.FloatField(help_text="The project's rate when the hand was first dealt gold; bounds all later.")
    places = models.PositiveIntegerField(default=0)
    gold = models.PositiveIntegerField(default=0)
    expected = models.FloatField(default=0.0, help_text="Sum of the chances of gold of all places.")
    variance = models.FloatField(default=0.0, help_text="Sum of chance times (1 - chance).")


class Reservation(models.Model):
    """A place of a task's target that an assignment holds, from the deal until it is graded, skipped or expired.

    The play tier closes assignments without knowing of places; the worker follows and gives them back.
    """

    assignment = models.OneToOneField("tasks.Assignment", on_delete=models.CASCADE, related_name="+", primary_key=True)
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="+")


class Draft(models.Model):
    """What people who had no prefilled answer say of a task, on the whole: what its proposals are made from.

    Of gold tasks as of open ones, and fused as if no answer to this one were known (I3).
    """

    task = models.OneToOneField("tasks.Task", on_delete=models.CASCADE, related_name="+", primary_key=True)
    answer = models.JSONField()
    voices = models.PositiveSmallIntegerField(help_text="Answers that it was fused from.")


class Proposal(models.Model):
    """What is behind a prefilled answer, which itself lies with its assignment (`Assignment.proposal`)."""

    assignment = models.OneToOneField("tasks.Assignment", on_delete=models.CASCADE, related_name="+", primary_key=True)
    draft = models.JSONField(help_text="The draft that it was made from.")
    planted = models.BooleanField(help_text="Whether it was made wrong on purpose.")


class GoldPack(models.Model):
    """A delivery of known answers: a folder with a manifest, or a share of labelled real pictures."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    manifest = models.JSONField(default=dict)
    gates = models.JSONField(default=dict, help_text="Fidelity, realism and memorisation reports.")
    imported_by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)


class GoldTruth(models.Model):
    """The known answer of a task. Held truths are known but unused: their tasks live as open ones."""

    class State(models.TextChoices):
        HELD = "held"
        CANDIDATE = "candidate"
        APPROVED = "approved"
        QUARANTINED = "quarantined"
        RETIRED = "retired"

    class Origin(models.TextChoices):
        SYNTHETIC = "synthetic"
        EXPERT = "expert"

    task = models.OneToOneField("tasks.Task", on_delete=models.CASCADE, related_name="+", primary_key=True)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    pack = models.ForeignKey(GoldPack, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    answer = models.JSONField(help_text="As an annotator would give it, in pixels of the served picture.")
    known_region = models.JSONField(
        null=True, help_text='Where the truth is known: {"boxes": [[x1, y1, x2, y2]]}; null = everywhere.'
    )
    probability = models.FloatField(default=1.0, help_text="How sure the truth is.")
    expected = models.FloatField(
        null=True, help_text="Quality that the crowd, as if nobody knew the answer, expected of its label, 0-1."
    )
    realised = models.FloatField(null=True, help_text="What that label's quality was, 0-1.")

    class Meta:
        indexes = [models.Index(fields=["project", "state"], name="gold_by_state")]


class Grade(models.Model):
    """One graded annotation. That a row exists is what makes grading safe to repeat (I8)."""

    annotation = models.OneToOneField(
        "annotations.Annotation", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="+")
    annotator = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    counted = models.BooleanField(help_text="Whether it fills a place of the task's target.")
    gold_score = models.FloatField(
        null=True, help_text="0-1 by the rubric against the truth; null for open tasks and abstentions."
    )
    details = models.JSONField(default=dict)
    proposal = models.CharField(
        max_length=32, blank=True, help_text="Which proposal the answer leans on; answers that share one are not apart."
    )
    edit = models.FloatField(null=True, help_text="How far it moved away from that proposal, 0 (taken as it was) to 1.")
    peer_score = models.FloatField(
        null=True, help_text="0-1 against the consensus of the others, on an open task that had its answers."
    )
    peer_details = models.JSONField(default=dict, help_text="Of that grading, as `details` are of one by a truth.")
    graded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["annotator", "task"], name="grades_of_annotator")]


class ReliabilitySnapshot(models.Model):
    """Posterior over how well an annotator answers in a project."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    annotator = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    mean = models.FloatField()
    low = models.FloatField(help_text="Lower end of the 90 % credible interval.")
    high = models.FloatField()
    gold_low = models.FloatField(default=0.0, help_text="The lower end by known answers alone: what places go by.")
    n_gold = models.PositiveIntegerField()
    parameters = models.JSONField(default=dict, help_text="The estimator's state, enough to fuse votes again.")
    method = models.CharField(max_length=40)
    fused_mean = models.FloatField(null=True, help_text="The mean that this person's votes were last weighed with.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "annotator"], name="one_reliability_per_project")]


class Consensus(models.Model):
    """The fused label of an open task."""

    class Source(models.TextChoices):
        CROWD = "crowd"
        REVISED = "revised"
        EXPERT = "expert"

    task = models.OneToOneField("tasks.Task", on_delete=models.CASCADE, related_name="+", primary_key=True)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.CROWD)
    answer = models.JSONField()
    probabilities = models.JSONField(
        default=dict, help_text="Class: label -> probability; box and mask: per object and quality figures."
    )
    uncertainty = models.FloatField(help_text="0 = sure, 1 = no idea; the same scale for every kind.")
    votes = models.JSONField(default=list, help_text="[{annotation, annotator, weight}]")
    method = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)


class ProjectFigures(models.Model):
    """Figures of a whole project that take a worker a while, as they were when last worked out."""

    class Name(models.TextChoices):
        AGREEMENT = "agreement"
        CALIBRATION = "calibration"
        FAIR_PLAY = "fair play"
        VOLUMES = "volumes"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=12, choices=Name.choices)
    content = models.JSONField(default=dict)
    answers = models.PositiveIntegerField(default=0, help_text="Answers that the project had then.")
    made_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(
        null=True, help_text="When a worker was asked for newer ones; empty: it was not, or they are here."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="figures_of_a_project_once")]


class FindingReview(models.Model):
    """A moderator's word on a finding of fair play, beside the evidence as it then was. Never changed, and of no
    consequence by itself (I12): findings are worked out anew every hour, this stays."""

    class Outcome(models.TextChoices):
        NOTHING_WRONG = "nothing wrong"
        TALKED_TO = "talked to"
        SET_ASIDE = "set aside"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, help_text="Which test found it; `quality.domain.fairplay.TESTS`.")
    first = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.CASCADE, related_name="+", help_text="Of evidence on two people."
    )
    sentence = models.TextField(help_text="The evidence in words; {0} and {1} stand for the names of the two.")
    p = models.FloatField(help_text="Chance among honest people, as it then was.")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)


class Review(models.Model):
    """A moderator's decision on a task."""

    class Action(models.TextChoices):
        ACCEPT = "accept"
        REVISE = "revise"
        RETIRE = "retire"
        CLOSE = "close"
        REOPEN = "reopen"

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey("accounts.StaffMember", null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=8, choices=Action.choices)
    answer = models.JSONField(null=True)
    comment = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)


class StudyTruth(models.Model):
    """What a picture of a study is. It is spent: `key` keeps its pixels out of every project's tasks from then on.

    Made and real ones come in couples, drawn once; which of the two is which is all that the play tier must not know.
    """

    picture = models.OneToOneField("studies.Picture", on_delete=models.CASCADE, related_name="+", primary_key=True)
    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="+")
    image = models.ForeignKey("images.Image", null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=64, db_index=True, help_text="As in `images.Source`.")
    made = models.BooleanField()
    couple = models.PositiveIntegerField()
    generator = models.CharField(max_length=200, help_text="The gold pack that the couple's made one came from.")
    provenance = models.JSONField(default=dict)
