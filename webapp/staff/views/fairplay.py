"""Fair play: evidence that somebody plays for points instead of looking. A person judges; nothing happens by itself."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from quality.domain.fairplay import LEVEL
from quality.store.figures import Name, figures_of
from webapp.accounts.models import User
from webapp.projects.models import Project
from webapp.staff.doors import Role, StaffRequest, page, staff_page

KINDS = {
    "fast": "Fast and careless",
    "faster": "Became careless",
    "one answer": "Always the same",
    "runs": "Long runs",
    "copies": "The same answers",
    "handovers": "Two accounts?",
}

LEAST_SHOWN = 0.0001


@staff_page(read=Role.MODERATOR)
def fairplay(request: StaffRequest, project: Project) -> HttpResponse:
    figures = figures_of(project, Name.FAIR_PLAY)
    found: list[dict[str, Any]] = figures.content.get("findings", [])
    ids = {UUID(person) for entry in found for person in entry["people"]}
    names = dict(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", "pseudonym"))
    rows = [
        {
            "kind": KINDS.get(entry["kind"], entry["kind"]),
            "sentence": _sentence(entry, names),
            "chance": f"{entry['p']:.4f}" if entry["p"] >= LEAST_SHOWN else f"< {LEAST_SHOWN}",
            "people": [(UUID(person), names[UUID(person)]) for person in entry["people"]],
        }
        for entry in found
        if all(UUID(person) in names for person in entry["people"])
    ]
    return page(request, "fairplay", project=project, rows=rows, figures=figures, level=LEVEL)


def _sentence(entry: dict[str, Any], names: dict[UUID, str]) -> SafeString:
    people = [format_html("<strong>{}</strong>", names[UUID(person)]) for person in entry["people"]]
    return format_html(escape(entry["sentence"]), *people)
