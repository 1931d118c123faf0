"""The bundled segmenter: a small U-Net on the crop around one box. Runs in milliseconds on any processor.

It looks at pixels only when a prompt comes, so its embedding is the image itself and nothing is worth making ahead.
Trained on phantoms by `python -m inference train-demo` (inference/engine/train_demo.py).
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_weights
from safetensors.torch import save as write_weights

from inference.engine.crops import appearance, back, guidance, prompt_box, window_around
from inference.engine.protocol import Embedding, Prompt, Proposal, SegmenterError, check_image, proposal_from_logits
from inference.engine.unet import BoxUNet

WEIGHTS = Path(__file__).parent / "weights" / "demo.safetensors"
FORMAT = "goldvein-demo-segmenter-1"
CHUNK = 8  # crops in one forward pass


class DemoSegmenter:
    """`network` in evaluation mode; `version` names its weights."""

    name = "demo"

    def __init__(self, network: BoxUNet, version: str) -> None:
        self.version = version
        self._network = network.eval()

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        return Embedding(image, (image.shape[0], image.shape[1]))

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        image = embedding.features.astype(np.uint8, copy=False)
        proposals: list[Proposal] = []
        for start in range(0, len(prompts), CHUNK):
            proposals += self._decode_chunk(image, prompts[start : start + CHUNK])
        return proposals

    @torch.inference_mode()
    def _decode_chunk(self, image: npt.NDArray[np.uint8], prompts: list[Prompt]) -> list[Proposal]:
        size = (image.shape[0], image.shape[1])
        boxes = [prompt_box(prompt, size) for prompt in prompts]
        windows = [window_around(box) for box in boxes]
        inputs = [
            torch.cat([appearance(image, window), guidance(prompt, box, window)])
            for prompt, box, window in zip(prompts, boxes, windows, strict=True)
        ]
        proposals = []
        for window, logits in zip(windows, self._network(torch.stack(inputs)), strict=True):
            values, x, y = back(logits, window, size)
            if values.size == 0:
                raise SegmenterError("The prompt lies outside the image.")
            proposals.append(proposal_from_logits(values, x=x, y=y))
        return proposals


def load(name: str, checkpoint: Path | None) -> DemoSegmenter:
    """The demo segmenter with the bundled weights, or with those in `checkpoint`."""
    path = checkpoint or WEIGHTS
    return DemoSegmenter(read(path), digest(path))


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


def save(network: BoxUNet, path: Path, provenance: dict[str, object]) -> None:
    """Write the weights as float16, with what made them, in one step (never half a file)."""
    weights = {key: value.detach().half().contiguous() for key, value in network.state_dict().items()}
    partial = path.with_suffix(".partial")
    partial.write_bytes(write_weights(weights, {"format": FORMAT, "provenance": json.dumps(provenance)}))
    partial.replace(path)
