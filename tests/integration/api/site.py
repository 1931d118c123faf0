"""A small site to test against: a project with pictures and tasks, volunteers, and hands dealt to them.

The dealing here is a plain row for each place: which task comes when is the dealer's own matter and tested there.
"""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from webapp.accounts import consent, services
from webapp.accounts.models import User
from webapp.annotations.models import Annotation
from webapp.game.services import award_round, refresh_standings
from webapp.images.models import Image
from webapp.projects.models import Label, Project
from webapp.tasks.models import Assignment, Hand, Round, Task

PLAY = "/api/v1/play/"


class Site:
    """`project` is an open class project: is it a cat or a dog? Pictures are 64 x 48."""

    def __init__(self, **options: Any) -> None:
        self.project = self.new_project("cells", **options)

    def new_project(self, slug: str, *, tasks: int = 40, **options: Any) -> Project:
        given = {"title": slug.title(), "kind": "class", "state": "open", "prompt": "What is it?", **options}
        project = Project.objects.create(slug=slug, **given)
        labels = [
            Label.objects.create(project=project, key=key, name=key.title(), position=i, shortcut=str(i + 1))
            for i, key in enumerate(("cat", "dog"))
        ]
        for number in range(tasks):
            image = Image.objects.create(project=project, file=f"{slug}-{number:04d}.png", width=64, height=48)
            Task.objects.create(project=project, image=image, label=labels[0] if project.kind == "mask" else None)
        return project

    def volunteer(self) -> User:
        return services.join_guest(consent_version=consent.CURRENT.version)[0]

    def client(self, user: User) -> Client:
        """A program of this person, with an API key."""
        return Client(headers={"Authorization": f"Token {services.new_token(by=user)}"})

    def deal(self, user: User, *, count: int = 10, project: Project | None = None) -> list[Assignment]:
        """The first `count` tasks that the person has not seen, in the person's hand."""
        project = project or self.project
        hand, _ = Hand.objects.get_or_create(project=project, annotator=user)
        first = hand.assignments.count()
        unseen = Task.objects.filter(project=project).exclude(assignments__annotator=user).order_by("image__file")
        until = timezone.now() + timedelta(minutes=20)
        return [
            Assignment.objects.create(hand=hand, task=task, annotator=user, place=first + i, held_until=until)
            for i, task in enumerate(unseen[:count])
        ]

    def play_round(self, user: User, *, score: int = 80, shown_at: datetime | None = None, size: int = 10) -> Round:
        """A finished round of `size` answers with its score in the ledger and on the board."""
        now = timezone.now()
        shown_at = shown_at or now
        played = Round.objects.create(
            project=self.project, annotator=user, size=size, started_at=shown_at, completed_at=shown_at
        )
        for assignment in self.deal(user, count=size):
            Assignment.objects.filter(pk=assignment.pk).update(
                state="answered", round=played, claimed_at=shown_at, closed_at=shown_at
            )
            Annotation.objects.create(
                assignment=assignment,
                task=assignment.task,
                annotator=user,
                round=played,
                answer={"kind": "class", "label": "cat"},
                digest="0" * 64,
            )
        award_round(round=played, score=score, points=score, visible_at=shown_at)
        refresh_standings(project=self.project, now=max(now, shown_at))
        return played
