"""Reports of leak audits, kept for the people who run a project. Out of the play tier's reach."""

from django.db import models


class AuditReport(models.Model):
    """One leak audit of a project: what was tried, what it found, and what could not be certified."""

    class Verdict(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"
        NOT_CERTIFIABLE = "not certifiable"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    report = models.JSONField(help_text="As `audit_leaks --json` prints it.")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-made_at"], name="audits_of_project")]
