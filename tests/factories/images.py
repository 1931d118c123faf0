import secrets

import factory

from tests.factories.projects import ProjectFactory
from webapp.images.models import Image


class ImageFactory(factory.django.DjangoModelFactory):
    """A picture's row, 64 pixels wide and 48 high; there is no file behind it."""

    class Meta:
        model = Image

    project = factory.SubFactory(ProjectFactory)
    file = factory.LazyFunction(lambda: f"{secrets.token_hex(16)}.webp")
    width = 64
    height = 48
