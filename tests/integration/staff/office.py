"""A small laboratory: a project with a task, an answer, jobs and a file, and one of everybody who may come by."""

from typing import Any

from django.conf import settings
from django.test import Client

from quality.store.models import Consensus
from quality.supply.models import Batch
from tests.factories import AssignmentFactory, GuestFactory, HandFactory, ProjectFactory, StaffFactory, TaskFactory
from webapp.accounts import staff
from webapp.accounts.models import StaffMember, User
from webapp.accounts.services import set_staff_password
from webapp.annotations.models import Annotation
from webapp.exports.models import ExportJob
from webapp.images.models import ImportJob, Source
from webapp.projects.models import Membership
from webapp.studies.models import Study

PASSWORD = "quartz-lantern"
ACTORS = ("stranger", "volunteer", "researcher", "moderator", "outsider", "admin")


class Office:
    """`outsider` moderates another project; a stranger is nobody at all."""

    def __init__(self) -> None:
        self.project = ProjectFactory(slug="cells", ethics_reference="E 1", data_licence="CC0")
        self.task = TaskFactory(project=self.project, state="open")
        Source.objects.create(
            image=self.task.image, project=self.project, key="k", name="one.png", width=64, height=48, group="slide 1"
        )
        self.volunteer = GuestFactory()
        self.annotation = self.answer(self.volunteer, {"kind": "class", "label": "cat"})
        Consensus.objects.create(
            task=self.task,
            project=self.project,
            source="crowd",
            answer={"kind": "class", "label": "cat"},
            probabilities={"cat": 0.75, "dog": 0.25},
            uncertainty=0.5,
            method="bayes-confusion",
            votes=[{"annotation": str(self.annotation.pk), "weight": 1.25}],
        )
        self.import_job = ImportJob.objects.create(project=self.project, path="/nowhere")
        self.study = Study.objects.create(slug="made-or-real", project=self.project, title="Made or real?")
        self.batch = Batch.objects.create(
            project=self.project, state="refused", plan={"size": 330}, reason="It failed."
        )
        (settings.EXPORTS / "cells.json").write_text("{}")
        self.export_job = ExportJob.objects.create(project=self.project, format="coco", state="done", file="cells.json")
        self.staff = {role: self.hire(role, role, "cells") for role in ("researcher", "moderator")}
        self.staff["outsider"] = self.hire("outsider", "moderator", ProjectFactory(slug="others").slug)
        self.staff["admin"] = self.hire("admin", "admin")

    def answer(self, annotator: User, answer: dict[str, Any]) -> Annotation:
        hand = HandFactory(project=self.project, annotator=annotator)
        assignment = AssignmentFactory(hand=hand, task=self.task, annotator=annotator)
        return Annotation.objects.create(assignment=assignment, task=self.task, annotator=annotator, answer=answer)

    def hire(self, name: str, role: str, *slugs: str) -> StaffMember:
        member = StaffFactory(username=name, role=role)
        set_staff_password(member=member, password=PASSWORD)
        for slug in slugs:
            project = self.project if slug == "cells" else type(self.project).objects.get(slug=slug)
            Membership.objects.create(project=project, member=member)
        return member

    def browser(self, actor: str, **options: Any) -> Client:
        """The actor in front of the pages, logged in."""
        client = Client(**options)
        if actor == "volunteer":
            client.force_login(self.volunteer)
        elif actor != "stranger":
            reply = client.post("/staff/login/", {"username": actor, "password": PASSWORD})
            assert reply.status_code == 302, reply.content
        return client

    def program(self, actor: str) -> Client:
        """A program of the actor, with an API key."""
        if actor in self.staff:
            key = staff.new_staff_token(by=self.staff[actor], name="test")
            return Client(headers={"Authorization": f"Token {key}"})
        return self.browser(actor)

    def fill(self, route: str) -> str:
        """A route with the ids of what is here."""
        for name, value in {
            "<slug:slug>": "cells",
            "<uuid:task_id>": self.task.pk,
            "<uuid:annotator_id>": self.volunteer.pk,
            "exports/<int:job_id>": f"exports/{self.export_job.pk}",
            "imports/<int:job_id>": f"imports/{self.import_job.pk}",
            "<int:batch_id>": self.batch.pk,
            "<int:study_id>": self.study.pk,
            "<int:pack_id>": 1,
            "<str:username>": "researcher",
        }.items():
            route = route.replace(name, str(value))
        return route
