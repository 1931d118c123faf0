"""One factory a file; the defaults make something valid and plain."""

from tests.factories.images import ImageFactory
from tests.factories.people import GuestFactory, StaffFactory
from tests.factories.projects import LabelFactory, ProjectFactory
from tests.factories.tasks import AssignmentFactory, GoldFactory, HandFactory, TaskFactory

__all__ = [
    "AssignmentFactory",
    "GoldFactory",
    "GuestFactory",
    "HandFactory",
    "ImageFactory",
    "LabelFactory",
    "ProjectFactory",
    "StaffFactory",
    "TaskFactory",
]
