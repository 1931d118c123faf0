"""The demonstration in small: the same way from drawing to open projects, with a handful of pictures."""

import io
import json
import stat
from pathlib import Path

import pytest
from django.core.management import call_command

from quality.store.models import GoldTruth, TaskState
from synth import manifest
from webapp.accounts.models import StaffMember
from webapp.accounts.staff import authenticate_staff
from webapp.config.demo import drawing, loader
from webapp.images.models import Image
from webapp.projects.models import Project
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All four folders, drawn once: 10 crops, 2 fields, 1 scan of 3 slices, the tutorial pictures."""
    folder = tmp_path_factory.mktemp("demo")
    small = {"SLIDES": 1, "FIELD_SLIDES": 1, "FIELDS_PER_SLIDE": 2, "SCANS": 1, "SLICES": 3}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in small.items():
            patch.setattr(drawing, name, value)
        for name in ("crops", "fields", "scans", "exemplars"):
            drawing._whole(folder / name, getattr(drawing, f"draw_{name}"))
    return folder


@pytest.fixture
def demo(drawn: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (home / "demo").symlink_to(drawn)
    monkeypatch.setattr(loader, "PACKS", home / "packs")
    return home


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", "--no-crowd", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_three_projects_are_open_with_pictures_and_known_answers(demo: Path) -> None:
    told = run()
    assert [p.state for p in Project.objects.all()] == ["open"] * 3
    assert "which-cell: 10 pictures, 10 tasks" in told
    tasks = {p.slug: Task.objects.filter(project=p).count() for p in Project.objects.all()}
    assert tasks == {"which-cell": 10, "find-the-cells": 2, "outline-the-organ": 9}
    assert GoldTruth.objects.count() == TaskState.objects.count() == 21
    assert GoldTruth.objects.filter(state="approved", project__slug="which-cell").count() in (2, 3)
    scans = Image.objects.filter(project__slug="outline-the-organ")
    assert {(s.width, s.height, s.markers) for s in scans} == {(256, 192, "RALP")}
    opens_the_staff_pages(demo / "staff-password.txt")
    changes_nothing(demo)


def opens_the_staff_pages(path: Path) -> None:
    name, password = path.read_text().split()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    member = authenticate_staff(name, password)
    assert member is not None
    assert member.role == StaffMember.Role.ADMIN


def changes_nothing(demo: Path) -> None:
    """Running it again."""
    before = list(Task.objects.order_by("id").values_list("id", flat=True))
    password = (demo / "staff-password.txt").read_text()
    assert run() == ""
    assert list(Task.objects.order_by("id").values_list("id", flat=True)) == before
    assert (demo / "staff-password.txt").read_text() == password


def test_what_was_interrupted_is_finished(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loader, "open_project", fail)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert Project.objects.filter(state="draft").exists()
    told = json.loads(run("--json"))
    assert [p["project"] for p in told["projects"]] == ["which-cell", "find-the-cells", "outline-the-organ"]
    assert told["admin_created"] is False
    assert Project.objects.filter(state="open").count() == 3
    assert Task.objects.count() == GoldTruth.objects.count() == 21


@pytest.mark.parametrize("when", ["before", "after"])
def test_whenever_a_kill_comes_somebody_can_log_in(home: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    create = loader.create_staff

    def killed(**given: str) -> None:
        if when == "after":
            create(**given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loader, "create_staff", killed)
        with pytest.raises(KeyboardInterrupt):
            loader.ensure_admin()
    loader.ensure_admin()
    opens_the_staff_pages(home / "staff-password.txt")


def test_a_site_with_projects_of_its_own_gets_no_demonstration(demo: Path) -> None:
    Project.objects.create(slug="mine", title="Mine", kind="class", prompt="?")
    run("--if-empty")
    assert list(Project.objects.values_list("slug", flat=True)) == ["mine"]
    assert not StaffMember.objects.exists()


def pack(folder: Path, drawn: Path, *, passed: bool) -> None:
    """Two drawn cells as a generated pack whose gates say yes or no."""
    names = sorted((drawn / "crops" / "images").iterdir())[:2]
    items = []
    for place, source in enumerate(names):
        target = folder / "images" / f"{place}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        # Turned, so that it is another picture than the one the crops bring.
        with drawing.PillowImage.open(source) as picture:
            picture.transpose(drawing.PillowImage.Transpose.ROTATE_90).save(target)
        items.append(manifest.Item(f"images/{place}.png", {"kind": "class", "label": "neutrophil"}))
    labels = (manifest.PackLabel("neutrophil", "Neutrophil"),)
    manifest.write(folder, manifest.Manifest("Generated", "class", labels, tuple(items)))
    gates = {name: {"passed": True} for name in ("fidelity", "memorisation")} | {"realism": {"passed": passed}}
    (folder / "gates.json").write_text(json.dumps(gates))


@pytest.mark.parametrize(("passed", "generated"), [(True, 2), (False, 0)])
def test_a_generated_pack_is_used_only_if_its_gates_let_it_through(
    demo: Path, drawn: Path, passed: bool, generated: int
) -> None:
    pack(loader.PACKS / "which-cell", drawn, passed=passed)
    run()
    assert GoldTruth.objects.filter(origin="synthetic", state="approved").count() == generated


def test_an_unfinished_drawing_is_drawn_anew(tmp_path: Path) -> None:
    (tmp_path / "crops.part").mkdir()
    (tmp_path / "crops.part" / "left").touch()
    drawing._whole(tmp_path / "crops", lambda folder: (folder / "new").touch())
    assert [p.name for p in (tmp_path / "crops").iterdir()] == ["new"]
    assert not (tmp_path / "crops.part").exists()
