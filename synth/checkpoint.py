"""A checkpoint is a folder: `model.safetensors`, `config.json`, `card.json`.

`config.json` builds the network, `card.json` says how it came about. `state.pt` beside them holds what training needs
to go on; it is not shipped.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from synth.errors import DataError

M = TypeVar("M", bound=nn.Module)


def save(folder: Path, config: dict[str, Any], weights: dict[str, torch.Tensor], card: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / "model.part"
    save_file({name: tensor.detach().contiguous() for name, tensor in weights.items()}, scratch)
    scratch.replace(folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config, indent=1), "utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=1), "utf-8")


def load(folder: Path, name: str, build: Callable[[dict[str, Any]], M]) -> tuple[M, dict[str, Any], dict[str, Any]]:
    """The model `name` in evaluation mode, made by `build(config)`, its configuration and its card; `DataError` where
    the folder holds something else."""
    folder = Path(folder)
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        if card["model"] != name:
            raise DataError(f"{folder} is a checkpoint of `{card['model']}`, not of `{name}`.")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        model = build(config)
        model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    except DataError:
        raise
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{folder} is not a checkpoint of `{name}` (model.safetensors, config.json): {reason}."
        ) from error
    return model.eval(), config, card
