"""A checkpoint is a folder: `model.safetensors`, `config.json`, `card.json`.

Weights are the averaged ones in float16, the spectrum stays in float32. `state.pt` beside them holds what training
needs to go on; it is not shipped.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from synth.data import DataError
from synth.diffusion.network import CellsConfig, Denoiser


def save(folder: Path, config: CellsConfig, weights: dict[str, torch.Tensor], card: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    half = {
        name: tensor.detach().to(torch.float16 if name.startswith("net.") else torch.float32).contiguous()
        for name, tensor in weights.items()
    }
    scratch = folder / "model.part"
    save_file(half, scratch)
    scratch.replace(folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_json(), indent=1), "utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=1), "utf-8")


def load(folder: Path) -> tuple[Denoiser, dict[str, Any]]:
    """The model in evaluation mode and its card; `DataError` where the folder is not such a checkpoint."""
    folder = Path(folder)
    try:
        config = CellsConfig.from_json(json.loads((folder / "config.json").read_text("utf-8")))
        card = json.loads((folder / "card.json").read_text("utf-8"))
        model = Denoiser(config)
        model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{folder} is not a checkpoint of `cells` (model.safetensors, config.json): {reason}."
        ) from error
    return model.eval(), card
