"""Doing what a form asks for, and saying how it went in one sentence."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from quality.store.services import GoldError, PolicyError, ReviewError
from quality.supply.services import SupplyError
from webapp.accounts.services import Refused
from webapp.exports.services import ExportError
from webapp.images.services import BadFile
from webapp.projects.services import ProjectError
from webapp.studies.services import StudyError

Action = TypeVar("Action", bound=Callable[..., str])


class FormError(ValueError):
    """A form that does not say what is needed; the message is one sentence."""


# What services refuse with: sentences for the person who asked.
REFUSALS = (
    FormError,
    GoldError,
    PolicyError,
    ReviewError,
    SupplyError,
    Refused,
    ExportError,
    BadFile,
    ProjectError,
    StudyError,
)


UNKNOWN_FORM = "This form is not known here; please reload the page and try again."


@contextmanager
def attempt(request: HttpRequest) -> Iterator[None]:
    """What a service refuses is told on the next page; anything else is a fault of ours and stays one."""
    try:
        yield
    except REFUSALS as refusal:
        messages.error(request, str(refusal))


def said(request: HttpRequest, sentence: str) -> None:
    messages.success(request, sentence)


def asked_for(request: HttpRequest, actions: Mapping[str, Action]) -> Action:
    """Which of a page's actions its form names. Raises FormError."""
    try:
        return actions[request.POST.get("action", "")]
    except KeyError:
        raise FormError(UNKNOWN_FORM) from None


def are(count: int, noun: str) -> str:
    """`are(1, "task")` = "1 task is"; `are(3, "task")` = "3 tasks are"."""
    return f"{count} {noun} is" if count == 1 else f"{count} {noun}s are"


def number_of(request: HttpRequest, name: str, what: str) -> float:
    """A number from the form. Raises FormError."""
    text = request.POST.get(name, "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise FormError(f"Expected a number for {what}; got {text[:40]!r}.")
    return value


def whole_of(request: HttpRequest, name: str, what: str) -> int:
    """A whole number from the form. Raises FormError."""
    value = number_of(request, name, what)
    if value != int(value):
        raise FormError(f"Expected a whole number for {what}; got {value:g}.")
    return int(value)


def chosen(request: HttpRequest, name: str = "task") -> list[UUID]:
    """The ids that were ticked. Raises FormError where none was."""
    try:
        ids = [UUID(value) for value in request.POST.getlist(name)]
    except ValueError:
        raise FormError("What was ticked cannot be read; please reload the page and try again.") from None
    if not ids:
        raise FormError("Nothing was ticked, so nothing has changed.")
    return ids
