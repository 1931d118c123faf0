"""A project is a labelling effort: one kind of question, a label set, a guideline with exemplars, a target."""

from django.db import models


class Project(models.Model):
    class Kind(models.TextChoices):
        CLASS = "class"
        BOX = "box"
        MASK = "mask"

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, blank=True, help_text="One or two plain sentences for volunteers.")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    prompt = models.CharField(max_length=200, help_text="The question as volunteers read it.")
    guideline = models.TextField(blank=True, help_text="Markdown; shown in the tutorial and beside the canvas.")
    debrief = models.TextField(blank=True, help_text="Markdown; shown once the project is closed.")
    round_size = models.PositiveSmallIntegerField(default=10)
    redundancy = models.PositiveSmallIntegerField(default=5, help_text="Answers wanted for each task.")
    lease_seconds = models.PositiveIntegerField(default=900)
    assist = models.BooleanField(default=True, help_text="Offer a proposed mask for a drawn box (mask projects).")
    percent_done = models.PositiveSmallIntegerField(default=0, help_text="Coarse; written once a day (I4).")
    common_path = models.JSONField(
        default=dict, blank=True, help_text="Strength of the one pipeline for pictures; {} = the default (I2)."
    )
    ethics_reference = models.CharField(max_length=200, blank=True)
    data_licence = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.title


class Label(models.Model):
    """One entry of a project's label set."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    colour = models.CharField(max_length=7, default="#2f6fde")
    shortcut = models.CharField(max_length=1, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="label_key_unique_in_project")]

    def __str__(self) -> str:
        return self.name


class Exemplar(models.Model):
    """A picture in the tutorial that shows what is meant, or what is not."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exemplars")
    label = models.ForeignKey(Label, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=80, help_text="Name in the picture store.")
    caption = models.CharField(max_length=300)
    is_positive = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Membership(models.Model):
    """Which staff work on which project; administrators work on all. Out of the volunteer tier's reach."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey("accounts.StaffMember", on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "member"], name="one_membership_per_project")]
