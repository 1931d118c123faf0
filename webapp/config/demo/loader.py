"""Loads the demonstration: staff login, projects, pictures, known answers; then opens the projects.

Every step looks at what is there first, so that a run that was killed is finished by the next one.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from quality.store import selectors
from quality.store import services as gold
from synth import manifest
from webapp.accounts.models import StaffMember
from webapp.accounts.services import create_staff
from webapp.config.demo import drawing
from webapp.config.demo.texts import DEBRIEF, ETHICS, LICENCE, PROJECTS, ProjectText
from webapp.images.options import ImportOptions
from webapp.images.services import add_exemplar, decoder, set_common_path
from webapp.projects.models import Project
from webapp.projects.services import create_project, open_project

PACKS = Path(__file__).parent / "packs"
Say = Callable[[str], None]


@dataclass
class Loaded:
    """`password`: of the administrator that was created, shown this once; None where staff was there already."""

    password: str | None = None
    projects: list[dict[str, Any]] = field(default_factory=list)


def complete() -> bool:
    """Whether all of the demonstration is there. A project that a moderator closed since counts as there."""
    there = Project.objects.filter(slug__in=[text.slug for text in PROJECTS]).exclude(state=Project.State.DRAFT)
    return there.count() == len(PROJECTS) and StaffMember.objects.exists()


def load(*, say: Say) -> Loaded:
    """Make whatever of the demonstration is missing. Projects that are open or closed are left as they are."""
    admin, password = ensure_admin()
    done = Loaded(password=password)
    if complete():
        return done
    folder = settings.HOME / "demo"
    drawing.draw(folder, say)
    for text in PROJECTS:
        project = Project.objects.filter(slug=text.slug).first()
        if project is not None and project.state != Project.State.DRAFT:
            continue
        project = project or _create(admin, text)
        say(f"Loading {text.title!r} ...")
        done.projects.append(_fill(admin, project, text, folder))
        open_project(by=admin, project=project)
    return done


def ensure_admin() -> tuple[StaffMember, str | None]:
    """The first administrator; created as `admin` where there is none, with a random password kept for its owner."""
    admin = StaffMember.objects.filter(role=StaffMember.Role.ADMIN, is_active=True).order_by("pk").first()
    if admin is not None:
        return admin, None
    password = secrets.token_urlsafe(12)
    path = settings.HOME / "staff-password.txt"
    path.unlink(missing_ok=True)
    # Only its owner may ever read the file, also while it is being written; and before there is an account, since
    # nobody would know the password of one that a kill left without it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"admin {password}\n")
    return create_staff(username="admin", password=password, role=StaffMember.Role.ADMIN), password


def _create(admin: StaffMember, text: ProjectText) -> Project:
    project = create_project(
        by=admin,
        title=text.title,
        slug=text.slug,
        kind=text.kind,
        prompt=text.prompt,
        labels=text.labels,
        summary=text.summary,
        guideline=text.guideline,
        debrief=DEBRIEF,
        redundancy=text.redundancy,
        ethics_reference=ETHICS,
        data_licence=LICENCE,
    )
    set_common_path(by=admin, project=project, path=text.common_path)
    return project


def _fill(admin: StaffMember, project: Project, text: ProjectText, folder: Path) -> dict[str, Any]:
    """Tutorial, pictures with a share of known answers, and the ready-made pack where one belongs to the project."""
    if not project.exemplars.exists():
        labels = {label.key: label for label in project.labels.all()}
        with decoder() as sandbox:
            for example in text.examples:
                add_exemplar(
                    by=admin,
                    project=project,
                    picture=folder / "exemplars" / example.file,
                    caption=example.caption,
                    label=labels.get(example.label or ""),
                    is_positive=example.good,
                    sandbox=sandbox,
                )
    pack = ready_made(text.slug)
    report = gold.import_images(
        by=admin,
        project=project,
        path=folder / text.folder,
        options=ImportOptions.parse(text.options),
        gold=gold.GoldShare(share=text.gold_share),
    )
    generated = 0
    if pack is not None:
        imported = gold.import_gold_pack(by=admin, project=project, path=pack)
        generated = gold.approve_pack(by=admin, pack_id=imported.pack_id)
    _practice(admin, project, text)
    return {
        "project": text.slug,
        "pictures": len(report.pictures.taken) + len(report.pictures.skipped) + generated,
        "tasks": report.tasks + generated,
        "gold_drawn": report.gold,
        "gold_generated": generated,
        "refused": len(report.pictures.refused),
    }


def _practice(admin: StaffMember, project: Project, text: ProjectText) -> None:
    """A few pictures for the practice room, with a reason each: no gold in use, at most a quarter of a kind."""
    if project.practice.exists():
        return
    offered = selectors.practice_offered(project, limit=5000)
    for shows, number, explanation in text.practice:
        fit = [item.row.id for item in offered if shows == _shows(item) and not item.is_used]
        gold.make_practice(
            by=admin, project=project, tasks=fit[: min(number, -(-len(fit) // 4))], explanation=explanation
        )


def _shows(item: selectors.GoldItem) -> str:
    """The label that a known answer says is there, "box", or "nothing"."""
    kind = str(item.truth["kind"])
    return str(item.truth["label"] if kind == "class" else item.row.label if kind == "mask" else kind)


def ready_made(slug: str) -> Path | None:
    """The bundled pack of generated pictures for a project, if there is one and its gates let it through.

    Without one the known answers are drawn pictures that were held back.
    """
    pack = PACKS / slug
    if not pack.is_dir():
        return None
    gates = manifest.read_gates(pack)
    wanted = ("realism", "fidelity", "memorisation")
    return pack if all(gates.get(gate, {}).get("passed") is True for gate in wanted) else None
