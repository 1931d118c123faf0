"""Writes on projects. Pictures of exemplars come from the picture store: see `webapp.images.services.add_exemplar`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from webapp.accounts.models import StaffMember
from webapp.projects.models import Exemplar, Label, Membership, Project

# Told apart by people with the common colour vision deficiencies; used in order where none is given.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c5109", "#6a51a3", "#b8a800", "#3b3b3b")

EDITABLE = {
    "title",
    "summary",
    "prompt",
    "guideline",
    "debrief",
    "round_size",
    "redundancy",
    "lease_seconds",
    "assist",
    "ethics_reference",
    "data_licence",
}


class ProjectError(ValueError):
    """A change that cannot be made; the message is one sentence for the person who asked for it."""


def create_project(
    *,
    by: StaffMember | None,
    title: str,
    kind: str,
    prompt: str,
    slug: str = "",
    labels: Iterable[Mapping[str, Any] | str] = (),
    **fields: Any,
) -> Project:
    """Make a draft project; whoever makes it works on it. `fields`: any of `EDITABLE`; `labels` as in `add_labels`.

    Raises `ProjectError` where a value does not fit.
    """
    _check_fields(fields)
    slug = slug or slugify(title)[:45]
    if Project.objects.filter(slug=slug).exists():
        raise ProjectError(f"The address {slug!r} is taken by another project.")
    project = Project(title=title, kind=kind, prompt=prompt, slug=slug, **fields)
    with transaction.atomic():
        _save(project)
        if by is not None:
            Membership.objects.create(project=project, member=by)
        add_labels(by=by, project=project, labels=labels)
    return project


def update_project(*, by: StaffMember | None, project: Project, **fields: Any) -> Project:
    """Change any of `EDITABLE`. The kind of question stays: answers given would no longer mean anything."""
    _check_fields(fields)
    for name, value in fields.items():
        setattr(project, name, value)
    _save(project)
    return project


@transaction.atomic
def add_labels(*, by: StaffMember | None, project: Project, labels: Iterable[Mapping[str, Any] | str]) -> list[Label]:
    """Append to the label set, or change entries whose key is there already.

    A label is a name as files use it, or a mapping with `name` and any of `key`, `colour` ("#rrggbb"), `shortcut` (one
    character), `position`. A key is made from the name where none is given, and never changes afterwards.
    """
    present = {label.key: label for label in project.labels.all()}
    place = max((label.position for label in present.values()), default=-1) + 1
    saved = []
    for entry in labels:
        wanted = {"key": slugify(entry)[:40], "name": _readable(entry)} if isinstance(entry, str) else dict(entry)
        key = str(wanted.pop("key", "")) or slugify(wanted.get("name", ""))[:40]
        label = present.get(key)
        if label is None:
            label = Label(project=project, key=key, colour=PALETTE[place % len(PALETTE)], position=place)
            label.shortcut = str(place + 1) if place < 9 else ""
            present[key] = label
            place += 1
        for name in ("name", "colour", "shortcut", "position"):
            if wanted.get(name) not in (None, ""):
                setattr(label, name, wanted[name])
        _save(label)
        saved.append(label)
    return saved


def _readable(name: str) -> str:
    """As people read it: files say mast_cell where a button should say Mast cell. Abbreviations stay as they are."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words.islower() else words


def remove_label(*, by: StaffMember | None, label: Label) -> None:
    """Take a label out of a draft's set; once a project was opened, answers may name it."""
    if label.project.state != Project.State.DRAFT:
        raise ProjectError(f"{label.name!r} stays: the project was opened, and answers may name it.")
    label.delete()


def add_exemplar(
    *,
    by: StaffMember | None,
    project: Project,
    file: str,
    caption: str,
    label: Label | None = None,
    is_positive: bool = True,
) -> Exemplar:
    """Show a picture of the store (`file`, its name there) in the tutorial, after those that are there."""
    last = project.exemplars.aggregate(last=Max("position"))["last"]
    exemplar = Exemplar(
        project=project,
        label=label,
        file=file,
        caption=caption,
        is_positive=is_positive,
        position=0 if last is None else last + 1,
    )
    _save(exemplar)
    return exemplar


def remove_exemplar(*, by: StaffMember | None, exemplar: Exemplar) -> None:
    """Take a picture out of the tutorial. Its file goes with the next sweep of the store."""
    exemplar.delete()


def open_project(*, by: StaffMember | None, project: Project) -> Project:
    """Let volunteers in. Raises `ProjectError` until it is on record that the project may run at all (I12)."""
    if not project.ethics_reference.strip():
        raise ProjectError("Say under which ethics approval (or exemption) the project runs before you open it.")
    if not project.data_licence.strip():
        raise ProjectError("Say under which licence the pictures are used before you open the project.")
    if not project.labels.exists():
        raise ProjectError("Give the project at least one label before you open it.")
    return _set_state(project, Project.State.OPEN)


def close_project(*, by: StaffMember | None, project: Project) -> Project:
    """End the project for volunteers; from now on they see its debrief. It can be opened again."""
    return _set_state(project, Project.State.CLOSED)


@transaction.atomic
def set_members(*, by: StaffMember | None, project: Project, members: Iterable[StaffMember]) -> None:
    """Who works on the project, besides administrators, who work on all."""
    wanted = {member.pk for member in members}
    project.memberships.exclude(member_id__in=wanted).delete()
    for pk in wanted:
        Membership.objects.get_or_create(project=project, member_id=pk)


def _set_state(project: Project, state: str) -> Project:
    project.state = state
    project.save(update_fields=["state"])
    return project


def _check_fields(fields: Mapping[str, Any]) -> None:
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        raise ProjectError(
            f"A project has no field {unknown[0]!r} that can be set; expected one of {', '.join(sorted(EDITABLE))}."
        )
    for name in ("round_size", "redundancy"):
        if name in fields and not 1 <= int(fields[name]) <= 100:
            raise ProjectError(f"Expected {name.replace('_', ' ')} from 1 to 100; got {fields[name]}.")


def _save(row: Project | Label | Exemplar) -> None:
    """Validate and write; what Django found wrong first becomes the sentence."""
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ProjectError(
            f"{'' if field == '__all__' else field.replace('_', ' ').capitalize() + ': '}{messages[0]}"
        ) from None
    row.save()
