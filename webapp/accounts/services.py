"""What people do with their own account. What the volunteer tier calls keeps to its allow-list."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.accounts import consent, departures, names, signals, tokens
from webapp.accounts.models import Consent, PlaySession, PlayToken, StaffMember, User

NAME_TRIES = 20


class Refused(ValueError):
    """What was asked for cannot be done; the message is one sentence for whoever asked."""


def consent_text() -> consent.ConsentText:
    """The text that people agree to today."""
    return consent.CURRENT


def save_new_person(user: User) -> User:
    """Save a person who is not stored yet, under a generated name that nobody else has."""
    for _ in range(NAME_TRIES):
        user.pseudonym = names.draw()
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            if not User.objects.filter(pseudonym=user.pseudonym).exists():
                raise
        else:
            return user
    raise RuntimeError(
        f"No free pseudonym in {NAME_TRIES} tries; the word lists in webapp/accounts/names.py are too short."
    )


def new_token(*, by: User) -> str:
    """Another API key for this person, in clear; it cannot be shown again."""
    token = tokens.new_token()
    PlayToken.objects.create(digest=tokens.digest(token), user=by)
    return token


@transaction.atomic
def join_guest(*, consent_version: str) -> tuple[User, str]:
    """A new guest who agreed to the consent text, and their API key in clear. Refused unless the text is today's."""
    user = User()
    user.set_unusable_password()
    save_new_person(user)
    agree(by=user, consent_version=consent_version)
    return user, new_token(by=user)


@transaction.atomic
def agree(*, by: User, consent_version: str) -> None:
    """Record that `by` agreed to today's consent text; safe to repeat."""
    if consent_version != consent.CURRENT.version:
        raise Refused(
            f"The consent text is now version {consent.CURRENT.version}, not {consent_version}; please read it again."
        )
    Consent.objects.get_or_create(user=by, text_version=consent_version)
    if not by.has_consented:
        by.consent_version = consent_version
        by.save(update_fields=["consent_version"])


def show_on_boards(*, by: User, shown: bool) -> None:
    """Whether `by` appears on leaderboards. Hiding works at once, a new rank comes with the next refresh."""
    by.on_boards = shown
    by.save(update_fields=["on_boards"])


@transaction.atomic
def join_account(*, guest: User, account: User) -> bool:
    """A guest logged in to an account of their own: everything the guest did becomes the account's.

    Where both answered a task the first answer wins (`person_merged`, kept by `webapp.annotations`). The guest's API
    keys go on working, for the account. False if there was nothing to join.
    """
    guest = User.objects.select_for_update().get(pk=guest.pk)
    if guest.pk == account.pk or not guest.is_guest or not guest.is_active or account.is_guest:
        return False
    signals.person_merged.send(sender=User, source=guest, target=account)
    agreed = set(account.consents.values_list("text_version", flat=True))
    for given in guest.consents.all():
        if given.text_version not in agreed:
            Consent.objects.filter(pk=given.pk).update(user=account)
    PlayToken.objects.filter(user=guest).update(user=account)
    PlaySession.objects.filter(user_id=guest.pk).delete()
    if guest.has_consented and not account.has_consented:
        account.consent_version = guest.consent_version
        account.save(update_fields=["consent_version"])
    guest.merged_into = account
    guest.is_active = False
    guest.save(update_fields=["merged_into", "is_active"])
    return True


@transaction.atomic
def request_deletion(*, by: User, keep_answers: bool) -> None:
    """Ask to be deleted. From now on nobody can act as this person; the worker does the rest (`tick`).

    `keep_answers`: the answers stay without a link to the person; otherwise they are removed as well.
    """
    by.deletion_requested_at = timezone.now()
    by.keep_answers = keep_answers
    by.is_active = False
    by.save(update_fields=["deletion_requested_at", "keep_answers", "is_active"])
    PlayToken.objects.filter(user=by).delete()
    PlaySession.objects.filter(user_id=by.pk).delete()


@transaction.atomic
def create_staff(*, username: str, password: str, role: str, by: StaffMember | None = None) -> StaffMember:
    """Somebody who works here. `by` is the administrator who asks; None = the command line.

    Refused with one sentence: no administrator, an unknown role, a name that is taken or not usable, a weak password.
    """
    if by is not None and by.role != StaffMember.Role.ADMIN:
        raise Refused("Only administrators may add staff.")
    if role not in StaffMember.Role.values:
        raise Refused(f"The role must be one of {', '.join(StaffMember.Role.values)}; it is {role!r}.")
    username = username.strip()
    if not username or len(username) > 64 or not username.isprintable():
        raise Refused("The user name must have 1 to 64 printable characters.")
    if StaffMember.objects.filter(username__iexact=username).exists():
        raise Refused(f"The user name {username!r} is taken.")
    user = User()
    user.set_unusable_password()
    member = StaffMember(user=save_new_person(user), username=username, role=role)
    set_staff_password(member=member, password=password)
    return member


def set_staff_password(*, member: StaffMember, password: str) -> None:
    """Give a staff member a new password; all of their browser sessions end with it. Refused if it is weak."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    member.password = make_password(password)
    member.save()


def tick(now: datetime) -> int:
    """The worker's step: carry out requested deletions and drop expired sessions. Returns how many people left."""
    return departures.tick(now)
