import factory

from webapp.projects.models import Label, Project


class LabelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Label

    key = factory.Sequence(lambda n: f"label-{n}")
    name = factory.LazyAttribute(lambda label: label.key.title())


class ProjectFactory(factory.django.DjangoModelFactory):
    """An open project; `labels` are keys, `cat` and `dog` unless told otherwise."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"project-{n}")
    title = "Cats and dogs"
    kind = Project.Kind.CLASS
    state = Project.State.OPEN
    prompt = "Which is it?"
    redundancy = 3

    @factory.post_generation
    def labels(self, create: bool, extracted: list[str] | None, **_: object) -> None:
        keys = ["cat", "dog"] if extracted is None else extracted
        for position, key in enumerate(keys):
            LabelFactory(project=self, key=key, name=key.title(), position=position)
