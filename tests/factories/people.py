import factory

from webapp.accounts.models import StaffMember, User


class GuestFactory(factory.django.DjangoModelFactory):
    """A volunteer known by a pseudonym alone."""

    class Meta:
        model = User

    pseudonym = factory.Sequence(lambda n: f"Patient Feldspar {n}")
    password = "!"


class StaffFactory(factory.django.DjangoModelFactory):
    """A moderator; nobody can log in with this password."""

    class Meta:
        model = StaffMember

    user = factory.SubFactory(GuestFactory)
    username = factory.Sequence(lambda n: f"staff{n}")
    password = "!"
    role = StaffMember.Role.MODERATOR
