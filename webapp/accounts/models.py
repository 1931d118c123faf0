"""People: who plays, who works here, and what they agreed to.

The volunteer tier (I1) may write people it creates but can neither read nor write what makes somebody staff:
`StaffMember`, `StaffSession` and `StaffToken` are tables of their own, out of its reach.
"""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from webapp.accounts import consent


class UserManager(BaseUserManager):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """Somebody who plays: a guest known by nothing but a generated name, or an account with an e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pseudonym = models.CharField(max_length=64, unique=True, help_text="Generated; the only name others ever see.")
    email = models.EmailField(null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    on_boards = models.BooleanField(default=True, help_text="Whether this person appears on leaderboards.")
    joined_at = models.DateTimeField(auto_now_add=True)
    consent_version = models.CharField(
        max_length=32,
        blank=True,
        help_text="Last text agreed to; kept here as well so that no request has to look it up.",
    )
    deletion_requested_at = models.DateTimeField(null=True, blank=True)
    keep_answers = models.BooleanField(
        default=True, help_text="After leaving, answers stay without a link to the person."
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    # What the volunteer tier may change; a name and a date of joining are written once.
    CHANGEABLE = frozenset(
        {
            "email",
            "password",
            "last_login",
            "is_active",
            "on_boards",
            "consent_version",
            "deletion_requested_at",
            "keep_answers",
            "merged_into",
        }
    )

    def save(self, *args, update_fields=None, **kwargs) -> None:
        # allauth and Django save whole rows; the database refuses that to the volunteer tier (I1).
        if not self._state.adding and update_fields is None:
            update_fields = self.CHANGEABLE - {f.removesuffix("_id") for f in self.get_deferred_fields()}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def is_guest(self) -> bool:
        return self.email is None

    @property
    def has_consented(self) -> bool:
        """Whether this person agreed to the text as it is today."""
        return self.consent_version == consent.CURRENT.version

    def __str__(self) -> str:
        return self.pseudonym


class Consent(models.Model):
    """What a person agreed to, word for word by version, and when."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    text_version = models.CharField(max_length=32)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "text_version"], name="one_consent_per_text")]


class PlaySession(AbstractBaseSession):
    """Browser sessions of volunteers. `user_id` lets all of a person's sessions end at once."""

    user_id = models.UUIDField(null=True, db_index=True)

    @classmethod
    def get_session_store_class(cls):
        from webapp.accounts.sessions import PlaySessionStore

        return PlaySessionStore


class PlayToken(models.Model):
    """A volunteer's API key; only its SHA-256 is stored."""

    digest = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="play_tokens")


class StaffMember(models.Model):
    """Somebody who works on projects. The staff password is apart from the volunteer's own."""

    class Role(models.TextChoices):
        RESEARCHER = "researcher"
        MODERATOR = "moderator"
        ADMIN = "admin"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    username = models.CharField(max_length=64, unique=True)
    password = models.CharField(max_length=128)
    role = models.CharField(max_length=16, choices=Role.choices)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.username


class StaffSession(AbstractBaseSession):
    """Browser sessions of staff; the volunteer tier cannot read this table."""

    @classmethod
    def get_session_store_class(cls):
        from webapp.accounts.sessions import StaffSessionStore

        return StaffSessionStore


class StaffToken(models.Model):
    """A staff member's API key; only its SHA-256 is stored."""

    digest = models.CharField(primary_key=True, max_length=64)
    member = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
