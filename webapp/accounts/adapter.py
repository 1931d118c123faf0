"""Accounts with an e-mail address: how allauth's sign-up and login meet guests.

Guests are logged in too, so a sign-up by a guest gives their own row an address and a password, and a login by a guest
joins the guest with the account. Nothing that was done is lost either way.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from webapp.accounts import services
from webapp.accounts.models import User

LONGEST_ADDRESS = 254  # what a mail server takes, and the column


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        if len(email) > LONGEST_ADDRESS:
            raise ValidationError(f"An e-mail address has at most {LONGEST_ADDRESS} characters.")
        return str(super().clean_email(email))

    def new_user(self, request: HttpRequest) -> User:
        return _guest_of(request) or User()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        data = form.cleaned_data
        user.email = data["email"]
        if data.get("password1"):
            user.set_password(data["password1"])
        else:
            user.set_unusable_password()
        if commit and user._state.adding:
            services.save_new_person(user)
        elif commit:
            user.save(update_fields=["email", "password"])
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        guest = _guest_of(request)
        # Together: an account that is logged in without the guest's answers would look like a loss.
        with transaction.atomic():
            super().login(request, user)
            if guest is not None and guest.pk != user.pk:
                services.join_account(guest=guest, account=user)


def _guest_of(request: HttpRequest) -> User | None:
    """The guest who plays in this browser, as a plain row; None for nobody and for people with an account."""
    user = request.user
    if not user.is_authenticated or not user.is_guest:
        return None
    return User.objects.filter(pk=user.pk, email=None).first()  # another tab may have signed up meanwhile
