from datetime import timedelta

import factory
from django.utils import timezone

from quality.store.models import GoldTruth, TaskState
from tests.factories.images import ImageFactory
from tests.factories.projects import ProjectFactory
from webapp.projects.models import Project
from webapp.tasks.models import Assignment, Hand, Task


class TaskFactory(factory.django.DjangoModelFactory):
    """A task whose answer nobody knows, and where it stands: `state__state=`, `state__target=`."""

    class Meta:
        model = Task
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    image = factory.SubFactory(ImageFactory, project=factory.SelfAttribute("..project"))

    @factory.lazy_attribute
    def label(self):
        return self.project.labels.first() if self.project.kind == Project.Kind.MASK else None

    @factory.post_generation
    def state(self, create: bool, extracted: str | None, **values: object) -> None:
        values.setdefault("target", self.project.redundancy)
        TaskState.objects.create(task=self, project=self.project, state=extracted or TaskState.State.WAITING, **values)


class GoldFactory(factory.django.DjangoModelFactory):
    """An approved truth, `cat` unless told otherwise, with a task of its own."""

    class Meta:
        model = GoldTruth

    task = factory.SubFactory(TaskFactory)
    project = factory.SelfAttribute("task.project")
    state = GoldTruth.State.APPROVED
    origin = GoldTruth.Origin.EXPERT
    answer = factory.LazyFunction(lambda: {"kind": "class", "label": "cat"})


class HandFactory(factory.django.DjangoModelFactory):
    """A spare hand, or with `annotator=` somebody's."""

    class Meta:
        model = Hand

    project = factory.SubFactory(ProjectFactory)


class AssignmentFactory(factory.django.DjangoModelFactory):
    """A task dealt to a hand, reserved for twenty minutes; it holds no place with the dealer."""

    class Meta:
        model = Assignment

    hand = factory.SubFactory(HandFactory)
    task = factory.SubFactory(TaskFactory, project=factory.SelfAttribute("..hand.project"))
    annotator = factory.SelfAttribute("hand.annotator")
    place = factory.LazyAttribute(lambda assignment: assignment.hand.assignments.count())
    held_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=20))
