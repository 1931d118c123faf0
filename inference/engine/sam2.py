"""SAM 2.1 (Ravi et al. 2024) for single pictures, through transformers (an extra: `pip install goldvein[sam2]`).

The checkpoint is a folder as transformers keeps it; its `model.safetensors` is what is named. The picture is stretched
to the model's square; the embedding holds three feature maps, laid end to end in one array.
"""

import hashlib
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional as F

from inference.engine.batching import Chunks, DeviceCopies
from inference.engine.protocol import (
    Embedding,
    Prompt,
    Proposal,
    Row,
    SegmenterError,
    check_image,
    proposal_from_logits,
)
from inference.engine.sam import CPU_CHUNK, DEVICE_BYTES, GPU_CHUNK, MASK_LOGIT

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PREPROCESSING = "1"


class Sam2Segmenter:
    """`model` is a `transformers.Sam2Model`; `digest` names its weights."""

    def __init__(self, model: Any, name: str, digest: str) -> None:
        self.name = name
        self.version = f"{digest}-p{PREPROCESSING}"
        self._model = model.eval().requires_grad_(False)
        self._device = next(model.parameters()).device
        self._side = int(model.prompt_encoder.input_image_size)
        self._sizes = [tuple(size) for size in model.backbone_feature_sizes]
        self._channels = [model.mask_decoder.conv_s0.out_channels, model.mask_decoder.conv_s1.out_channels]
        self._copies = DeviceCopies(DEVICE_BYTES)
        self._chunks = Chunks(GPU_CHUNK if self._device.type == "cuda" else CPU_CHUNK)

    @torch.inference_mode()
    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        with torch.autocast("cuda", torch.bfloat16, enabled=self._device.type == "cuda"):
            maps = self._model.get_image_embeddings(self._prepare(image)[None])
        flat = torch.cat([m.float().flatten() for m in maps])
        return Embedding(flat.cpu().numpy(), (image.shape[0], image.shape[1]))

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        return self.decode_rows([(embedding, prompt) for prompt in prompts])

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        alike: dict[tuple[bool, int, bool], list[int]] = defaultdict(list)
        for index, (_, prompt) in enumerate(rows):
            alike[prompt.box is not None, len(prompt.points), prompt.mask is not None].append(index)
        proposals: dict[int, Proposal] = {}
        for indices in alike.values():
            found = self._chunks.run([rows[i] for i in indices], self._decode_alike)
            proposals.update(zip(indices, found, strict=True))
        return [proposals[index] for index in range(len(rows))]

    @torch.inference_mode()
    def _decode_alike(self, rows: list[Row]) -> list[Proposal]:
        logits, scores = self._best(rows)
        proposals = []
        for low, score, (embedding, _) in zip(logits, scores.tolist(), rows, strict=True):
            whole = F.interpolate(low[None, None], embedding.size, mode="bilinear", align_corners=False)[0, 0]
            proposals.append(proposal_from_logits(whole.float().cpu().numpy(), x=0, y=0, score=score))
        return proposals

    def _best(self, rows: list[Row]) -> tuple[Tensor, Tensor]:
        """Low-resolution logits and the score of the best mask of each row; all prompts have the same parts."""
        prompt = rows[0][1]
        lone = (prompt.box is not None) + len(prompt.points) == 1 and prompt.mask is None
        maps = [torch.stack(level) for level in zip(*(self._maps(e) for e, _ in rows), strict=True)]
        found = self._model(image_embeddings=maps, multimask_output=lone, **self._prompts(rows))
        scores, masks = found.iou_scores[:, 0], found.pred_masks[:, 0]
        best, each = scores.argmax(1), torch.arange(len(rows), device=self._device)
        return masks[each, best], scores[each, best]

    def _maps(self, embedding: Embedding) -> list[Tensor]:
        flat, maps = self._copies.get(embedding.features, self._device), []
        for level, size in enumerate(self._sizes):
            rest = flat.numel() // (size[0] * size[1])
            channels = self._channels[level] if level < len(self._channels) else rest
            count = channels * size[0] * size[1]
            maps.append(flat[:count].view(channels, *size))
            flat = flat[count:]
        return maps

    def _prompts(self, rows: list[Row]) -> dict[str, Tensor]:
        """Boxes, points and masks in the model's pixels, one object a row."""
        scale = torch.tensor([[self._side / e.size[1], self._side / e.size[0]] for e, _ in rows])[:, None]
        prompts, inputs = [prompt for _, prompt in rows], dict[str, Tensor]()
        if prompts[0].box is not None:
            corners = torch.tensor([p.box for p in prompts]).reshape(-1, 2, 2)
            inputs["input_boxes"] = (corners * scale).reshape(-1, 1, 4).to(self._device)
        if prompts[0].points:
            values = torch.tensor([[[x, y, float(inside)] for x, y, inside in p.points] for p in prompts])
            inputs["input_points"] = (values[..., :2] * scale)[:, None].to(self._device)
            inputs["input_labels"] = values[..., 2].int()[:, None].to(self._device)
        if prompts[0].mask is not None:
            side = self._model.prompt_encoder.mask_input_size
            masks = [torch.from_numpy(p.mask).float()[None, None] for p in prompts if p.mask is not None]
            low = torch.cat([F.interpolate(m, side, mode="area") for m in masks])
            inputs["input_masks"] = (2 * MASK_LOGIT * (low - 0.5)).to(self._device)
        return inputs

    def _prepare(self, image: npt.NDArray[np.uint8]) -> Tensor:
        """uint8[h, w, 3] -> float32[3, side, side]: stretched, scaled to [0, 1], standardised."""
        resized = Image.fromarray(image).resize((self._side, self._side), Image.Resampling.BILINEAR)
        values = torch.from_numpy(np.array(resized)).permute(2, 0, 1).float() / 255
        mean, spread = (torch.tensor(v).view(3, 1, 1) for v in (MEAN, SPREAD))
        return ((values - mean) / spread).to(self._device)


def library() -> Any:
    """transformers; raises `SegmenterError` where it is not installed."""
    try:
        return import_module("transformers")
    except ImportError as error:
        raise SegmenterError("SAM 2.1 needs transformers: pip install goldvein[sam2].") from error


def load(name: str, checkpoint: Path | None) -> Sam2Segmenter:
    """`sam2`: `checkpoint` is the `model.safetensors` of a folder that transformers saved, with its config.json."""
    assert checkpoint is not None, "the registry checks this"
    try:
        model = library().Sam2Model.from_pretrained(checkpoint.parent, local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise SegmenterError(f"{checkpoint.parent} does not hold a SAM 2.1 model as transformers saves it.") from error
    with checkpoint.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    return Sam2Segmenter(model.to("cuda" if torch.cuda.is_available() else "cpu"), name, digest)
