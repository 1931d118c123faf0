"""Signing up, as allauth has it, but whole or not at all."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from webapp.accounts.models import User


class SignupForm(AllauthSignupForm):
    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Somebody new, or a reply where the address was taken a moment ago: by a double click, or in another tab."""
        try:
            with transaction.atomic():
                if request.user.is_authenticated:  # of one guest's tabs the second waits for the first
                    list(User.objects.select_for_update(no_key=True).filter(pk=request.user.pk).values("pk"))
                user, reply = super().try_save(request)
        except IntegrityError:
            messages.info(request, "There is an account with this address now. Please log in.")
            return None, redirect("account_login")
        return user, reply
