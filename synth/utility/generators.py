"""Gold packs from the training slices alone, by the generators of this package, at the size worked at."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth.diffusion import sample as diffusion
from synth.diffusion.network import load as load_slices
from synth.diffusion.train import train_slices
from synth.errors import DataError
from synth.insertion import sample as insertion
from synth.maps import squares
from synth.pix2pix import model as pix2pix
from synth.scenes import Scene
from synth.training import Plan, Say
from synth.utility.examples import Examples, of_pack


@dataclass(frozen=True)
class Order:
    """`n` pictures of `keys`, `size` px, from what shows in `scenes`; a model is trained for `steps`, or `seconds` if
    that is over before."""

    scenes: list[Scene]
    keys: tuple[str, ...]
    size: int
    n: int
    steps: int
    seconds: float | None
    threads: int
    seed: int
    say: Say

    def training(self, batch: int) -> Plan:
        return Plan(steps=self.steps, seconds=self.seconds, batch=batch, seed=self.seed, threads=self.threads)


def generated(model: str, order: Order) -> Examples:
    """What a pack by `model` of `GENERATORS` teaches; `DataError` where these scenes yield none."""
    with tempfile.TemporaryDirectory() as folder:
        GENERATORS[model](order, Path(folder))
        return of_pack(Path(folder) / "pack", order.keys, order.size)


def _pix2pix(order: Order, folder: Path) -> None:
    data = squares(order.scenes, order.keys, size=order.size)
    pix2pix.train_pix2pix(data, folder / "model", order.training(pix2pix.BATCH), say=order.say)
    network, _, card = pix2pix.load(folder / "model")
    pix2pix.pix2pix_pack(network, card, folder / "pack", data=data, n=order.n, seed=order.seed, say=order.say)


def _slices(order: Order, folder: Path) -> None:
    data = squares(order.scenes, order.keys, size=order.size)
    train_slices(data, folder / "model", order.training(16), say=order.say)
    network, card = load_slices(folder / "model", "slices")
    plan = diffusion.Plan(order.n, seed=order.seed, threads=order.threads)
    diffusion.slices_pack(network, card, folder / "pack", plan, data=data, say=order.say)


def _insert(order: Order, folder: Path) -> None:
    """As many as fit, if they are fewer: half, a quarter, ..."""
    n = order.n
    while True:
        try:
            # Few objects go to many hosts: here nobody can recognise one by meeting it twice.
            plan = insertion.Plan(n, reuse=order.n, seed=order.seed)
            insertion.sample_pack(order.scenes, folder / "pack", plan, say=order.say)
            return
        except DataError:
            if n == 1:
                raise
            n //= 2


GENERATORS: dict[str, Callable[[Order, Path], None]] = {"pix2pix": _pix2pix, "slices": _slices, "insert": _insert}
