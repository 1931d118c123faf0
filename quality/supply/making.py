"""Making a batch, step by step, as `python -m synth` does each. Runs beside the gpu worker.

Every step leaves a folder or a file that is there whole or not at all, under a folder of the batch's own; whoever takes
a batch up again finds what is done and goes on. Nothing here is reached by a web process (a wall: see
`pyproject.toml`); it talks to them through the batch's row alone.
"""

import json
import math
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from quality.store import material
from quality.store.gold import GoldError, import_gold_pack
from quality.supply import batches, process, reference
from quality.supply.batches import Lost
from quality.supply.models import Batch, Recipe
from quality.supply.recipes import SupplyError, checkpoint_folder
from synth import manifest
from synth.realism.limits import ENOUGH_PICTURES, ENOUGH_SOURCES
from webapp.images.selectors import Look, common_look

State = Batch.State
REPORT_EVERY = 10  # pictures of an import


class Refused(Exception):
    """The batch gives no gold; the message is one sentence."""


class NotCertifiable(Exception):
    """Nobody could say whether the batch is good enough; the message is one sentence."""


def make(batch_id: int) -> bool:
    """Make a batch; False where it is not done yet: another maker is alive, or this one was interrupted. Safe to repeat
    and to kill."""
    token = batches.claim(batch_id, now=timezone.now())
    if token is None:
        return False
    batch = Batch.objects.select_related("project").get(pk=batch_id)
    maker = _Maker(batch, token)
    try:
        maker.run()
    except Lost:
        if not Batch.objects.filter(pk=batch_id, state__in=Batch.ON_ITS_WAY).exists():
            batches.undo(batch)  # called off
            maker.clear()
        return False
    except (process.Interrupted, OSError) as interrupted:  # such as a disk that is full
        batches.let_go(batch_id, token, told=str(interrupted))
        return False
    except NotCertifiable as reason:
        maker.end(State.NOT_CERTIFIABLE, reason)
    except (Refused, process.WrongInput, SupplyError, GoldError, manifest.PackError) as reason:
        maker.end(State.REFUSED, reason)
    return True


def gates_of(generator: str) -> tuple[str, ...]:
    """The gates that a batch goes through, the cheapest first. Inserted objects keep their host's pixels by design."""
    return ("fidelity", "realism") if generator == Recipe.Generator.INSERT else ("memorisation", "fidelity", "realism")


class _Maker:
    """One try at a batch."""

    def __init__(self, batch: Batch, token: str) -> None:
        self.batch, self.token = batch, token
        self.project, self.plan = batch.project, batch.plan
        self.folder = settings.HOME / "supply" / str(batch.pk)
        self.rng = np.random.default_rng(self.plan["seed"])

    def run(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("*.part"):
            shutil.rmtree(left, ignore_errors=True)
        self.beat("Gathering real pictures", state=State.MAKING)
        look = self._look()
        if not (self.folder / "real").exists():
            self._split()  # before anything is used up
        if self.plan["generator"] == Recipe.Generator.INSERT:
            self._use_up()
        real = self.whole("real", self._gather)
        made = self.whole("made", self._sample)
        served = self.whole("served", lambda out: reference.write_served(made, out, self.project, look, self.beat))
        chosen = self.whole("chosen", partial(self._choose, served, real / "guides"))
        self.beat("At the gates", state=State.GATING)
        gates = self._judge(chosen, real)
        pack = self.whole("pack", lambda out: self._collect(made, chosen, gates, out))
        self._import(pack)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _look(self) -> Look:
        look = common_look(self.project)
        if look.size is None or look.size[0] != look.size[1]:
            raise NotCertifiable("The gates take square pictures of one size; this project's differ.")
        return look

    def _split(self) -> reference.Split:
        pictures = material.real_pictures(self.project)
        found = reference.split(pictures, sources=ENOUGH_SOURCES, least=ENOUGH_PICTURES, rng=self.rng)
        if found is None:
            n_sources = len({picture.source for picture in pictures})
            raise NotCertifiable(
                f"To be certified, made pictures need {ENOUGH_PICTURES} real ones of {ENOUGH_SOURCES} sources to be "
                f"held against; the project has {len(pictures)} of {n_sources}."
            )
        return found

    def _gather(self, out: Path) -> None:
        """Real pictures that judge, what is known of them, and, of other sources, what is known to choose by."""
        sides = self._split()
        reference.write_pictures(out / "judges", sides.judges, self.beat)
        reference.write_labelled(out / "known", self.project, sides.judges, self.beat)
        reference.write_labelled(out / "guides", self.project, sides.guides, self.beat)

    def _sample(self, out: Path) -> None:
        makers = {Recipe.Generator.CELLS: self._sample_cells, Recipe.Generator.INSERT: self._insert}
        makers[Recipe.Generator(self.plan["generator"])](out)

    def _number(self) -> int:
        return math.ceil(self.plan["size"] * self.plan["spare"])

    def _sample_cells(self, out: Path) -> None:
        checkpoint = checkpoint_folder(self.plan["checkpoint"])
        self.synth(
            *("cells", "sample", "--checkpoint", checkpoint, "--n", self._number(), "--out", out),
            *("--steps", self.plan["steps"], "--guidance", self.plan["guidance"], "--seed", self.plan["seed"]),
            *("--only", *self.plan["labels"]),
        )

    def _insert(self, out: Path) -> None:
        scenes = self.whole("scenes", self._scenes)
        names = (scenes / "names.json").read_text("utf-8")
        self.synth(
            *("insert", "sample", "--data", scenes, "--n", self._number(), "--out", out, "--kind", self.project.kind),
            *("--seed", self.plan["seed"], "--label-names", names, "--only", *self.plan["labels"]),
        )
        # Scenes are called by their picture; attackers are cross-validated by its source.
        sources, whole = material.sources_of(self._material()), manifest.read(out)
        items = tuple(replace(item, group=sources.get(item.group, item.group)) for item in whole.items)
        manifest.write(out, replace(whole, items=items))

    @transaction.atomic
    def _use_up(self) -> None:
        """Take the batch's material out of play, and write down which with the same commit."""
        if self.batch.material:
            return
        images = material.use_up_held(project=self.project, number=self.plan["material"], rng=self.rng)
        if len(images) < 2:
            raise Refused("There are no held-back labelled pictures left, which nobody met, to insert objects into.")
        self.batch.material = [str(image) for image in images]
        batches.beat(self.batch.pk, self.token, material=self.batch.material)

    def _scenes(self, out: Path) -> None:
        reference.write_scenes(out, self.project, self._material(), material.held_answers(self._material()))

    def _material(self) -> list[UUID]:
        return [UUID(image) for image in self.batch.material]

    def _choose(self, served: Path, guides: Path, out: Path) -> None:
        """The best of what was made, by real pictures of other sources than those that judge it; where too little is
        known of such, the first."""
        if self._can_guide(guides):
            keep = ("--keep", self.plan["size"], "--out", out)
            try:
                self.synth("select", served, "--real", guides, *keep, *self._as_shown())
            except process.WrongInput as error:
                raise Refused(f"Too few of the made pictures are good enough to choose from: {error}") from error
            return
        whole = manifest.read(served)
        _copy(served, out, replace(whole, items=whole.items[: self.plan["size"]]))

    def _can_guide(self, folder: Path) -> bool:
        if not (folder / "manifest.json").is_file():
            return False
        items = manifest.read(folder).items
        shown = {item.label or item.answer.get("label") for item in items}
        return len({item.group for item in items}) >= 2 and shown >= set(self.plan["labels"])

    def _as_shown(self) -> list[Any]:
        return [*reference.AS_THEY_ARE, "--seed", self.plan["seed"] % 1000]

    def _judge(self, chosen: Path, real: Path) -> dict[str, Any]:
        """The reports of all gates; Refused at the first that says no."""
        gates: dict[str, Any] = {}
        for gate in gates_of(self.plan["generator"]):
            report = self._report(gate, chosen, real / ("known" if gate == "fidelity" else "judges"))
            gates[gate] = report
            self.beat(f"{gate.capitalize()}: {'passed' if report['passed'] else 'failed'}", gates=gates)
            if report.get("certifiable") is False:
                raise NotCertifiable("There are too few pictures or sources for the realism gate to say anything.")
            if not report["passed"]:
                raise Refused(_why(report))
        return gates

    def _report(self, gate: str, chosen: Path, real: Path) -> dict[str, Any]:
        path = self.folder / f"{gate}.json"
        if not path.exists():
            if not (real / "manifest.json").is_file():
                raise NotCertifiable(
                    "No real picture has a label yet that the made ones' labels could be held against."
                )
            options = self._as_shown() if gate == "realism" else []
            report = self.synth(gate, chosen, "--real", real, "--json", *options)
            scratch = path.with_suffix(".part")
            scratch.write_text(json.dumps(report), "utf-8")
            scratch.replace(path)
        return dict(json.loads(path.read_text("utf-8")))

    def _collect(self, made: Path, chosen: Path, gates: dict[str, Any], out: Path) -> None:
        """The chosen ones as the generator made them, with what made them and what the gates said (I10)."""
        whole = manifest.read(made)
        stems = {Path(item.image).stem for item in manifest.read(chosen).items}
        items = tuple(item for item in whole.items if Path(item.image).stem in stems)
        generator = {**whole.generator, "batch": self.batch.pk, "plan": self.plan}
        _copy(made, out, replace(whole, name=batches.pack_name(self.batch), items=items, generator=generator))
        (out / "gates.json").write_text(json.dumps(gates, indent=1), "utf-8")

    def _import(self, pack: Path) -> None:
        def progress(done: int, total: int) -> None:
            if done % REPORT_EVERY == 0:
                self.beat(f"{done} of {total} pictures taken")

        report = import_gold_pack(by=None, project=self.project, path=pack, progress=progress)
        if not report.taken and not report.skipped:
            raise Refused(f"No picture could be taken: {report.refused[0]['reason']}")
        self.end(State.WAITING, pack_id=report.pack_id)

    # -- tools --------------------------------------------------------------------------------------------------------

    def beat(self, told: str, **values: Any) -> None:
        batches.beat(self.batch.pk, self.token, told=told[:200], **values)

    def synth(self, *arguments: Any) -> dict[str, Any]:
        return process.run([str(argument) for argument in arguments], alive=self.beat)

    def whole(self, name: str, write: Callable[[Path], None]) -> Path:
        """The folder `name`, written under another name first unless it is there: whole or absent."""
        path = self.folder / name
        if not path.exists():
            scratch = self.folder / f"{name}-{secrets.token_hex(4)}.part"
            write(scratch)
            scratch.rename(path)
        return path

    def end(self, state: str, reason: Exception | str = "", **values: Any) -> None:
        batches.finish(self.batch, self.token, state, reason=str(reason), **values)
        self.clear()

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _copy(source: Path, out: Path, part: manifest.Manifest) -> None:
    for item in part.items:
        (out / item.image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(manifest.picture_path(source, item.image), out / item.image)
    manifest.write(out, part)


def _why(report: dict[str, Any]) -> str:
    match report["gate"]:
        case "realism":
            return f"A script can tell the pictures from real ones by: {', '.join(report['offending'])}."
        case "fidelity":
            return (
                f"Too many pictures do not show what their label says: {report['agreement']:.0%} do, of real ones "
                f"{report['agreement_real']:.0%}."
            )
        case _:
            return f"{report['share']:.1%} of the pictures are copies of real ones; {report['allowed']:.0%} may be."
