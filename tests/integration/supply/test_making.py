"""A batch from the wish to gold: made step by step, gated, approved; killed, raced and refused on its way."""

import errno
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from quality.store import selectors as store
from quality.store.material import real_pictures
from quality.store.models import GoldTruth, TaskState
from quality.store.policies import policy_of
from quality.store.release import release
from quality.supply import batches, making, process
from quality.supply.making import make
from quality.supply.models import Batch
from quality.supply.services import SupplyError, approve_batch, call_off, order, reject_batch, set_recipe
from synth.data import read_labelled, write_labelled
from tests.factories import StaffFactory
from tests.integration.supply import lab
from webapp.images.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(few, checkpoint):
    project = lab.cells()
    set_recipe(by=None, project=project, generator="cells", checkpoint=checkpoint, size=8, spare=1.5)
    return project


def truths(project, **states):
    return GoldTruth.objects.filter(project=project, **states)


def test_a_batch_is_made_gated_approved_and_served(project, generator):
    batch = order(by=StaffFactory(), project=project, why="It is wanted.")
    assert make(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.reason) == ("waiting", "")
    assert generator.done == ["cells", "select", "memorisation", "fidelity", "realism"]
    assert sorted(batch.gates) == ["fidelity", "memorisation", "realism"]
    (pack,) = store.packs(project)
    assert pack.gates["realism"]["passed"]
    assert pack.manifest["generator"]["plan"]["seed"] == batch.plan["seed"]
    assert truths(project, origin="synthetic", state="candidate").count() == 8

    out = truths(project, state="candidate").first().task_id
    moderator = StaffFactory()
    assert approve_batch(by=moderator, project=project, batch_id=batch.pk, without=[out]) == (7, 1)
    batch.refresh_from_db()
    assert (batch.state, batch.decided_by) == ("approved", moderator)
    assert store.packs(project)[0].approved_by == moderator.username
    release(project, policy_of(project), now=timezone.now(), rng=np.random.default_rng(1))
    released = TaskState.objects.filter(task__in=truths(project, origin="synthetic").values("task"), state="open")
    assert 4 <= released.count() <= 7
    assert not released.filter(task=out).exists()
    with pytest.raises(SupplyError, match="does not wait"):
        reject_batch(by=moderator, project=project, batch_id=batch.pk)


def test_a_killed_batch_goes_on_where_it_was(project, generator, home):
    batch = order(by=None, project=project)

    def killed(name):
        if name == "fidelity" or (name == "cells" and "cells" not in begun):
            begun.append(name)
            raise KeyboardInterrupt

    begun: list[str] = []
    generator.before = killed
    for done in ([], ["cells", "select", "memorisation"]):
        with pytest.raises(KeyboardInterrupt):
            make(batch.pk)
        assert generator.done == done
        assert not make(batch.pk)  # the dead maker is still taken for alive
        Batch.objects.update(beat_at=timezone.now() - timedelta(seconds=batches.BUSY_SECONDS + 1))
    generator.before = lambda name: None
    assert make(batch.pk)
    assert generator.done == ["cells", "select", "memorisation", "fidelity", "realism"]
    assert Batch.objects.get().state == "waiting"
    assert truths(project, origin="synthetic").count() == 8
    assert not (home / "supply" / str(batch.pk)).exists()


def test_a_batch_that_always_breaks_off_is_given_up(project, generator):
    def broken(name):
        raise process.Interrupted("It was killed by signal 9.")

    generator.before = broken
    batch = order(by=None, project=project)
    for _ in range(batches.ATTEMPTS + 1):
        assert not make(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "refused"
    assert batch.reason == "It was begun 5 times without getting done. It was killed by signal 9."


def test_a_full_disk_breaks_a_batch_off_and_is_named(project, generator, monkeypatch):
    batch = order(by=None, project=project)
    with monkeypatch.context() as disk:
        disk.setattr(making.reference, "write_pictures", raising(OSError(errno.ENOSPC, "No space left on device")))
        assert not make(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.holder, batch.told) == ("making", "", "[Errno 28] No space left on device")
    assert make(batch.pk)


def raising(error):
    def fail(*given):
        raise error

    return fail


def test_of_two_makers_one_makes_it(project, generator):
    batch = order(by=None, project=project)
    now = timezone.now()
    first = batches.claim(batch.pk, now=now)
    assert first
    assert batches.claim(batch.pk, now=now) is None
    second = batches.claim(batch.pk, now=now + timedelta(seconds=batches.BUSY_SECONDS + 1))
    assert second
    with pytest.raises(batches.Lost):
        batches.beat(batch.pk, first, told="I am back.")
    batches.beat(batch.pk, second, told="Mine.")
    assert Batch.objects.get().told == "Mine."


def test_a_batch_that_is_called_off_stops_at_the_next_sign_of_life(project, generator, home):
    batch = order(by=None, project=project)
    generator.before = lambda name: call_off(by=None, project=project, batch_id=batch.pk)
    assert not make(batch.pk)
    assert generator.done == []
    assert Batch.objects.get().state == "rejected"
    assert not (home / "supply" / str(batch.pk)).exists()


def test_what_was_imported_before_a_batch_was_called_off_is_put_away(project, generator, monkeypatch):
    batch = order(by=None, project=project)
    monkeypatch.setattr(making, "REPORT_EVERY", 1)
    beat = batches.beat

    def called_off(batch_id, token, **values):
        if values.get("told") == "3 of 8 pictures taken":
            call_off(by=None, project=project, batch_id=batch_id)
        beat(batch_id, token, **values)

    monkeypatch.setattr(batches, "beat", called_off)
    assert not make(batch.pk)
    assert set(truths(project, origin="synthetic").values_list("state", flat=True)) == {"retired"}
    assert truths(project, origin="synthetic").count() == 3


def test_what_a_gate_refuses_is_never_taken_and_held_answers_serve_instead(project, generator):
    generator.fails = "realism"
    batch = order(by=None, project=project)
    assert make(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "refused"
    assert batch.reason == "A script can tell the pictures from real ones by: file size."
    assert not batch.gates["realism"]["passed"]
    assert not truths(project, origin="synthetic").exists()
    # A release of the 24 open tasks at a fifth of gold wants six.
    assert batch.held_used == 6
    assert truths(project, origin="expert", state="approved").count() == 6


def test_too_few_sources_are_not_certifiable_and_held_answers_serve_instead(generator, checkpoint):
    project = lab.cells()
    set_recipe(by=None, project=project, generator="cells", checkpoint=checkpoint)
    batch = order(by=None, project=project)
    assert make(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "not certifiable"
    assert batch.reason.endswith("300 real ones of 25 sources to be held against; the project has 24 of 6.")
    assert generator.done == []
    assert batch.held_used == truths(project, state="approved").count() == 6


def test_made_ones_are_chosen_and_judged_by_pictures_of_different_sources(project, generator, monkeypatch):
    folders: dict[str, set[str]] = {}
    run = generator.__call__

    def watched(arguments, *, alive):
        if "--real" in arguments:
            folder = Path(arguments[arguments.index("--real") + 1])
            items = json.loads((folder / "manifest.json").read_text())["items"]
            folders[arguments[0]] = {item["group"] for item in items}
        return run(arguments, alive=alive)

    monkeypatch.setattr(process, "run", watched)
    make(order(by=None, project=project).pk)
    assert len(folders["realism"]) >= 3
    assert folders["fidelity"] <= folders["realism"]
    assert not folders["select"] & folders["realism"]


def test_a_diffusion_model_draws_the_labels_that_were_asked_for(few, generator, home):
    pytest.importorskip("torch")
    from synth.diffusion.network import Config
    from synth.diffusion.train import train_cells
    from synth.training import Plan

    data = home / "data"
    write_labelled(data, [(np.stack([lab.square(n, 60 + 130 * (n % 2))] * 3, -1), "dl"[n % 2], "s") for n in range(4)])
    config = Config(size=16, classes=("d", "l"), channels=(16, 32))
    train_cells(
        read_labelled(data), home / "models" / "tiny", Plan(steps=1, batch=2), config=config, say=lambda _: None
    )
    project = lab.cells()
    for key, label in (("d", "dark"), ("l", "light")):
        project.labels.filter(key=label).update(key=key)
        GoldTruth.objects.filter(answer__label=label).update(answer={"kind": "class", "label": key})
    generator.real = True
    set_recipe(by=None, project=project, generator="cells", checkpoint="tiny", size=4, spare=1, steps=2)
    batch = order(by=None, project=project)
    Batch.objects.update(plan={**batch.plan, "labels": ["l"]})
    make(batch.pk)
    made = truths(project, origin="synthetic")
    assert set(made.values_list("answer__label", flat=True)) == {"l"}
    assert made.count() == 4
    source = Source.objects.get(image=made.first().task.image)
    assert source.provenance["pack"] == f"Batch {batch.pk} of {project.slug}"


def test_inserted_objects_use_up_held_pictures_for_good(few, generator):
    project = lab.nuclei()
    set_recipe(by=None, project=project, generator="insert", size=4, spare=1, material=6)
    batch = order(by=None, project=project)
    make(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.reason) == ("waiting", "")
    assert generator.done == ["insert", "fidelity", "realism"]
    assert len(batch.material) == 4  # half of what experts outlined
    used = TaskState.objects.filter(task__image__in=batch.material)
    assert set(used.values_list("state", flat=True)) == {"retired"}
    assert truths(project, state="held").count() == 4
    assert not {str(picture.image_id) for picture in real_pictures(project)} & set(batch.material)
    made = truths(project, origin="synthetic", state="candidate").select_related("task__label")
    assert {truth.task.label.key for truth in made} == {"nucleus"}
    groups = Source.objects.filter(image__in=made.values("task__image")).values_list("group", flat=True)
    assert set(groups) <= {f"slide {n}" for n in range(4)}

    reject_batch(by=None, project=project, batch_id=batch.pk)  # nobody was shown what was made from them
    assert set(used.values_list("state", flat=True)) == {"waiting"}
    assert truths(project, state="held").count() == 8


def test_without_held_pictures_nothing_is_inserted(few, generator):
    project = lab.nuclei()
    truths(project).update(state="approved")
    set_recipe(by=None, project=project, generator="insert", size=4)
    batch = order(by=None, project=project)
    make(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "refused"
    assert batch.reason.startswith("There are no held-back labelled pictures left")


def test_a_wrong_command_says_what_is_wrong():
    with pytest.raises(process.WrongInput, match=r"A gold pack is a folder|needs images/ and labels.csv"):
        process.run(["memorisation", "docs", "--real", "docs", "--json"], alive=lambda line: None)


@pytest.mark.kill
def test_a_process_whose_batch_was_lost_is_killed(monkeypatch, tmp_path):
    started = []
    popen = process.subprocess.Popen
    monkeypatch.setattr(process, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(process.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0])

    def lost(line):
        raise batches.Lost

    with pytest.raises(batches.Lost):
        process.run(["phantoms", "--out", str(tmp_path / "out"), "--slides", "9999"], alive=lost)
    assert started[0].returncode == -9
