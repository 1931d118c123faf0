"""The bundled segmenter: a small U-Net on the crop around one box. Runs in milliseconds on any processor.

It looks at pixels only when a prompt comes, so its embedding is the image itself and nothing is worth making ahead.
Trained on phantoms by `python -m inference train-demo` (inference/engine/train_demo.py).
"""

import hashlib
import json
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as read_weights
from safetensors.torch import save as write_weights
from scipy import ndimage

from inference.engine.calibration import Calibration
from inference.engine.crops import appearance, back, guidance, prompt_box, window_around
from inference.engine.protocol import (
    Embedding,
    Prompt,
    Proposal,
    Row,
    SegmenterError,
    check_image,
    proposal_from_logits,
)
from inference.engine.unet import BoxUNet

WEIGHTS = Path(__file__).parent / "weights" / "demo.safetensors"
FORMAT = "goldvein-demo-segmenter-2"
CHUNK = 8  # crops in one forward pass


class DemoSegmenter:
    """`network` in evaluation mode; `version` names its weights; `calibration` sets its scores right."""

    name = "demo"

    def __init__(self, network: BoxUNet, version: str, calibration: Calibration | None = None) -> None:
        self.version = version
        self._calibration = calibration or Calibration()
        # channels_last is unknown to the stubs; a fifth faster
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        return Embedding(image, (image.shape[0], image.shape[1]))

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        return self.decode_rows([(embedding, prompt) for prompt in prompts])

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        return [p for start in range(0, len(rows), CHUNK) for p in self._decode_chunk(rows[start : start + CHUNK])]

    @torch.inference_mode()
    def _decode_chunk(self, rows: list[Row]) -> list[Proposal]:
        boxes = [prompt_box(prompt, embedding.size) for embedding, prompt in rows]
        windows = [window_around(box) for box in boxes]
        inputs = [
            torch.cat([appearance(_picture(embedding), window), guidance(prompt, box, window)])
            for (embedding, prompt), box, window in zip(rows, boxes, windows, strict=True)
        ]
        crops = torch.stack(inputs).contiguous(memory_format=torch.channels_last)
        proposals = []
        for (embedding, prompt), window, logits in zip(rows, windows, self._network(crops), strict=True):
            values, x, y = back(logits, window, embedding.size)
            if values.size == 0:
                raise SegmenterError("The prompt lies outside the image.")
            proposal = proposal_from_logits(_without_holes(values, prompt, x, y), x=x, y=y)
            proposals.append(replace(proposal, score=self._calibration(proposal.score)))
        return proposals


def _without_holes(logits: npt.NDArray[np.float32], prompt: Prompt, x: int, y: int) -> npt.NDArray[np.float32]:
    """`logits`, lying at (x, y) of the image, with the mask's holes closed, but for those that a click calls outside.

    An organ or a cell belongs together with what lies in it; a dark nucleus is no reason for a hole in its cell.
    """
    parts, count = ndimage.label(np.pad(logits <= 0, 1, constant_values=True))  # the first part lies around the mask
    if count == 1:
        return logits
    holes = parts[1:-1, 1:-1]
    height, width = logits.shape
    clicks = [(int(v) - y, int(u) - x) for u, v, inside in prompt.points if not inside]
    kept = {0, 1, *(int(holes[r, c]) for r, c in clicks if 0 <= r < height and 0 <= c < width)}
    closed = logits.copy()
    closed[~np.isin(holes, list(kept))] = np.float32(1e-3)
    return closed


def _picture(embedding: Embedding) -> npt.NDArray[np.uint8]:
    return embedding.features.astype(np.uint8, copy=False)


def load(name: str, checkpoint: Path | None) -> DemoSegmenter:
    """The demo segmenter with the bundled weights, or with those in `checkpoint`."""
    path = checkpoint or WEIGHTS
    return DemoSegmenter(read(path), digest(path), read_calibration(path))


def digest(path: Path) -> str:
    """The weights' name: the start of the file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def read(path: Path) -> BoxUNet:
    """The network with the weights in `path`; raises `SegmenterError` with one sentence."""
    network = BoxUNet()
    try:
        weights = read_weights(path.read_bytes())
        network.load_state_dict({key: value.float() for key, value in weights.items()})
    except OSError as error:
        raise SegmenterError(f"The demo segmenter's weights {path} cannot be read: {error.strerror}.") from error
    except (SafetensorError, RuntimeError) as error:
        raise SegmenterError(f"{path} does not hold weights of the demo segmenter ({FORMAT}, safetensors).") from error
    return network


def _about(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        return dict(file.metadata() or {})


def made_by(path: Path) -> dict[str, object]:
    """What made the weights in `path`, which `read` has read, as `save` was told; empty where they do not say."""
    known = _about(path).get("provenance", "{}")
    try:
        return dict(json.loads(known))
    except (ValueError, TypeError) as error:
        raise SegmenterError(f"The provenance in {path} must be a JSON object; it is {known[:80]}.") from error


def read_calibration(path: Path) -> Calibration:
    """What the weights in `path`, which `read` has read, say of their scores; no change where they say nothing."""
    known = _about(path).get("calibration", "[1, 0]")
    try:
        slope, intercept = json.loads(known)
        return Calibration(float(slope), float(intercept))
    except (ValueError, TypeError) as error:
        raise SegmenterError(f"The calibration in {path} must be [slope > 0, intercept]; it is {known}.") from error


def save(network: BoxUNet, path: Path, provenance: dict[str, object], calibration: Calibration) -> None:
    """Write the weights as float16, with what made them and `calibration`, in one step (never half a file)."""
    weights = {key: value.detach().half().contiguous() for key, value in network.state_dict().items()}
    partial = path.with_suffix(".partial")
    about = {"provenance": json.dumps(provenance), "calibration": json.dumps(astuple(calibration))}
    partial.write_bytes(write_weights(weights, {"format": FORMAT, **about}))
    partial.replace(path)
