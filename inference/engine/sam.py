"""Segment Anything (Kirillov et al. 2023): ViT-B, ViT-L and ViT-H checkpoints as published, stateless.

The library's predictor remembers its image and repeats the embedding for every box; here `encode` returns it and
`decode` lets all prompts of a chunk look at the one copy. Preprocessing is SAM's own: longest side 1024, its mean and
spread, padding to the right and below.
"""

import hashlib
import pickle
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.engine.protocol import Embedding, Prompt, Proposal, SegmenterError, check_image, proposal_from_logits
from inference.engine.torchvision_free import segment_anything

CHUNK = 8  # prompts decoded at once
PREPROCESSING = "1"  # raise it when the picture reaches the encoder differently: cached embeddings are made again


class SamSegmenter:
    """`model` is a `segment_anything.modeling.Sam`; `digest` names its weights."""

    def __init__(self, model: Any, name: str, digest: str) -> None:
        self.name = name
        self.version = f"{digest}-p{PREPROCESSING}"
        self._model = model.eval().requires_grad_(False)
        self._device: torch.device = model.device
        self._side: int = model.image_encoder.img_size

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        # bfloat16 is eight times as fast on a GPU and costs no measurable Dice.
        half = torch.autocast("cuda", torch.bfloat16, enabled=self._device.type == "cuda")
        with torch.inference_mode(), half:
            features = self._model.image_encoder(self._prepare(image)[None].to(self._device))[0]
        return Embedding(features.float().cpu().numpy(), (image.shape[0], image.shape[1]))

    @torch.inference_mode()
    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        features = torch.from_numpy(np.asarray(embedding.features, np.float32)).to(self._device)
        alike: dict[tuple[bool, int], list[int]] = defaultdict(list)
        for index, prompt in enumerate(prompts):
            alike[prompt.box is not None, len(prompt.points)].append(index)
        proposals: dict[int, Proposal] = {}
        for indices in alike.values():
            for start in range(0, len(indices), CHUNK):
                chunk = indices[start : start + CHUNK]
                logits, scores = self._best(features, [prompts[i] for i in chunk], embedding.size)
                for index, values, score in zip(chunk, logits, scores, strict=True):
                    proposals[index] = proposal_from_logits(values.cpu().numpy(), x=0, y=0, score=float(score))
        return [proposals[index] for index in range(len(prompts))]

    def _best(self, features: Tensor, prompts: list[Prompt], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Logits float32[n, h, w] on the image and scores float32[n] of the best mask of each prompt."""
        low, scores = self._low_resolution(features, *self._embed(prompts, size))
        # Mask 0 is trained for prompts that leave no doubt, masks 1-3 for a lone box or point.
        lone = (prompts[0].box is not None) + len(prompts[0].points) == 1
        chosen = 1 + scores[:, 1:].argmax(1) if lone else torch.zeros(len(prompts), dtype=torch.int64)
        rows = torch.arange(len(prompts))
        return self._restore(low[rows, chosen][:, None], size)[:, 0], scores[rows, chosen]

    def _embed(self, prompts: list[Prompt], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Sparse and dense prompt embeddings; all prompts have as many points, and all or none has a box."""
        scale = torch.tensor(self._scale(size))
        boxes = points = None
        if prompts[0].box is not None:
            corners = torch.tensor([prompt.box for prompt in prompts]).reshape(-1, 2, 2)
            boxes = (corners * scale).reshape(-1, 4).to(self._device)
        if prompts[0].points:
            values = torch.tensor([[[x, y, float(inside)] for x, y, inside in prompt.points] for prompt in prompts])
            points = (values[..., :2] * scale).to(self._device), values[..., 2].int().to(self._device)
        sparse, dense = self._model.prompt_encoder(points=points, boxes=boxes, masks=None)
        return sparse, dense

    def _low_resolution(self, features: Tensor, sparse: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        """Four masks a prompt, float32[n, 4, side / 4, side / 4], and their scores float32[n, 4].

        As `MaskDecoder.predict_masks`, except that the one embedding is shared by all rows instead of copied.
        """
        decoder = self._model.mask_decoder
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
        tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], dim=1)
        place = self._model.prompt_encoder.get_dense_pe().expand(len(sparse), -1, -1, -1)
        hidden, source = decoder.transformer(features[None] + dense, place, tokens)
        source = source.transpose(1, 2).reshape(dense.shape)
        upscaled = decoder.output_upscaling(source)
        count = decoder.num_mask_tokens
        filters = torch.stack(
            [mlp(hidden[:, 1 + i]) for i, mlp in zip(range(count), decoder.output_hypernetworks_mlps, strict=True)], 1
        )
        low = (filters @ upscaled.flatten(2)).unflatten(2, upscaled.shape[-2:])
        return low, decoder.iou_prediction_head(hidden[:, 0])

    def _inner(self, size: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the picture on the model's square, padding left out."""
        scale = self._side / max(size)
        return int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)

    def _scale(self, size: tuple[int, int]) -> tuple[float, float]:
        """Model pixels per image pixel: (x, y)."""
        height, width = self._inner(size)
        return width / size[1], height / size[0]

    def _prepare(self, image: npt.NDArray[np.uint8]) -> Tensor:
        """uint8[h, w, 3] -> float32[3, side, side] as the encoder wants it."""
        height, width = self._inner((image.shape[0], image.shape[1]))
        resized = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        padded: Tensor = self._model.preprocess(torch.from_numpy(resized).permute(2, 0, 1).to(self._device))
        return padded

    def _restore(self, low: Tensor, size: tuple[int, int]) -> Tensor:
        """Low-resolution logits [n, 1, s, s] -> [n, 1, h, w] on the image."""
        square = F.interpolate(low, (self._side, self._side), mode="bilinear", align_corners=False)
        height, width = self._inner(size)
        return F.interpolate(square[..., :height, :width], size, mode="bilinear", align_corners=False)


def read_checkpoint(name: str, kind: str, path: Path) -> tuple[Any, str]:
    """The Sam model `kind` (vit_b, vit_l, vit_h) with the weights in `path`, on the GPU if there is one; their hash."""
    model = segment_anything().sam_model_registry[kind](checkpoint=None)
    try:
        # weights_only: a checkpoint from the internet must not be able to run code.
        weights = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise SegmenterError(f"{path} does not hold the weights of {name} (a .pth of segment-anything).") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), digest


def load(name: str, checkpoint: Path | None) -> SamSegmenter:
    """`sam_vit_b`, `sam_vit_l` or `sam_vit_h`."""
    assert checkpoint is not None, "the registry checks this"
    model, digest = read_checkpoint(name, name.removeprefix("sam_"), checkpoint)
    return SamSegmenter(model, name, digest)
