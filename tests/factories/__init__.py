"""One factory a file; the defaults make something valid and plain."""

from tests.factories.images import ImageFactory
from tests.factories.people import GuestFactory, StaffFactory
from tests.factories.projects import LabelFactory, ProjectFactory
from tests.factories.tasks import GoldFactory, TaskFactory

__all__ = [
    "GoldFactory",
    "GuestFactory",
    "ImageFactory",
    "LabelFactory",
    "ProjectFactory",
    "StaffFactory",
    "TaskFactory",
]
