"""Import and gold packs: pictures become tasks, labels become truths."""

import csv
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image as Pillow

from quality.domain import masks
from quality.store import selectors
from quality.store.models import GoldTruth, TaskState
from quality.store.services import (
    GoldError,
    GoldShare,
    approve_pack,
    import_gold_pack,
    import_images,
    reject_pack,
    split_gold,
)
from synth import manifest
from tests.factories import ProjectFactory
from webapp.projects.models import Project
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db


def pictures(folder: Path, number: int, *, labelled: int) -> Path:
    """`number` noisy pictures, the first `labelled` of them with a label in labels.csv."""
    rng = np.random.default_rng(5)
    folder.mkdir(exist_ok=True)
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "label"])
        for n in range(number):
            Pillow.fromarray(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(folder / f"cell{n:03}.png")
            if n < labelled:
                writer.writerow([f"cell{n:03}.png", "cat" if n % 2 else "dog"])
    return folder


def truths(**states: str) -> int:
    return GoldTruth.objects.filter(**states).count()


def test_a_share_of_what_is_labelled_becomes_gold_and_the_rest_is_held(tmp_path):
    project = ProjectFactory()
    folder = pictures(tmp_path / "cells", 30, labelled=20)
    report = import_images(by=None, project=project, path=folder, gold=GoldShare(share=0.25)).summary()
    assert (report["taken"], report["tasks"]) == (30, 30)
    assert report["gold"] + report["held"] == 20
    assert 4 <= report["gold"] <= 6
    assert truths(state="approved") == report["gold"]
    assert report["rates"]["gold_waiting"] == report["gold"]
    assert report["rates"]["open_waiting"] == 30 - report["gold"]


def test_the_command_fails_only_where_not_one_picture_could_be_taken(tmp_path, capsys):
    project, folder = ProjectFactory(), tmp_path / "cells"
    folder.mkdir()
    (folder / "empty.png").touch()
    with pytest.raises(CommandError, match="Not one picture"):
        call_command("import_images", project.slug, str(folder))
    assert "refused empty.png: Expected a picture; the file is empty." in capsys.readouterr().out
    pictures(folder, 2, labelled=0)
    for told in ("2 pictures taken", "0 pictures taken, 2 were there already"):
        call_command("import_images", project.slug, str(folder))
        assert told in capsys.readouterr().out


def test_importing_again_changes_nothing(tmp_path):
    project = ProjectFactory()
    folder = pictures(tmp_path / "cells", 12, labelled=12)
    import_images(by=None, project=project, path=folder, gold=GoldShare(share=0.5))
    gold = set(GoldTruth.objects.filter(state="approved").values_list("task", flat=True))
    again = import_images(by=None, project=project, path=folder, gold=GoldShare(share=0.5))
    assert (again.tasks, again.gold, again.held) == (0, 0, 0)
    assert set(GoldTruth.objects.filter(state="approved").values_list("task", flat=True)) == gold
    assert Task.objects.count() == TaskState.objects.count() == 12


def test_an_exact_number_can_be_asked_for(tmp_path):
    project = ProjectFactory()
    folder = pictures(tmp_path / "cells", 30, labelled=30)
    report = import_images(by=None, project=project, path=folder, gold=GoldShare(number=7))
    assert (report.gold, report.held) == (7, 23)


def test_a_bad_share_is_told_in_one_sentence():
    with pytest.raises(GoldError, match=r"The share of gold lies between 0 and 1; it is 1.5\."):
        GoldShare(share=1.5)


def mask_pack(folder: Path) -> Path:
    """Two pictures with a bright square each; one truth as a mask, one as nothing."""
    rng = np.random.default_rng(1)
    mask = np.zeros((48, 64), dtype=bool)
    mask[10:30, 20:50] = True
    items = []
    for n, answer in enumerate([manifest.mask_answer(mask), {"kind": "nothing"}]):
        pixels = rng.integers(0, 100, (48, 64), dtype=np.uint8) + 100 * mask.astype(np.uint8) * (n == 0)
        name = manifest.write_picture(folder, f"images/{n}.png", pixels.astype(np.uint8))
        items.append(manifest.Item(image=name, answer=answer, label="liver", group=f"case {n}"))
    labels = (manifest.PackLabel("liver", "Liver"),)
    manifest.write(folder, manifest.Manifest("Squares", "mask", labels, tuple(items), {"made_by": "a test"}))
    return folder


def test_a_gold_pack_goes_through_the_pipeline_and_waits_for_approval(tmp_path):
    project = ProjectFactory(kind=Project.Kind.MASK, labels=["liver", "spleen"])
    report = import_gold_pack(by=None, project=project, path=mask_pack(tmp_path / "pack"))
    assert (report.taken, report.skipped, report.refused) == (2, 0, [])
    found = GoldTruth.objects.get(answer__kind="mask")
    assert found.state == "candidate"
    assert found.task.label.key == "liver"
    assert masks.area(found.answer["rle"]) == 600
    assert selectors.gold_stock(project)["candidate"] == 2
    assert approve_pack(by=None, pack_id=report.pack_id) == 2
    again = import_gold_pack(by=None, project=project, path=tmp_path / "pack")
    assert (again.taken, again.skipped) == (0, 2)
    assert selectors.packs(project)[0].counts["approved"] == 2


def test_a_rejected_pack_is_never_dealt(tmp_path):
    project = ProjectFactory(kind=Project.Kind.MASK, labels=["liver"])
    report = import_gold_pack(by=None, project=project, path=mask_pack(tmp_path / "pack"))
    assert reject_pack(by=None, pack_id=report.pack_id) == 2
    assert set(TaskState.objects.values_list("state", flat=True)) == {"retired"}


def test_a_pack_of_another_kind_is_refused_whole(tmp_path):
    project = ProjectFactory()
    with pytest.raises(GoldError, match="The pack holds mask answers, but the project asks for class answers"):
        import_gold_pack(by=None, project=project, path=mask_pack(tmp_path / "pack"))
    assert not Task.objects.exists()


def test_held_truths_can_be_split_into_gold_later(tmp_path):
    project = ProjectFactory()
    import_images(by=None, project=project, path=pictures(tmp_path / "cells", 10, labelled=10))
    assert split_gold(by=None, project=project, share=0.3) == 3
    assert truths(state="approved") == 3
