"""Segment Anything (Kirillov et al. 2023): ViT-B, ViT-L and ViT-H checkpoints as published, stateless.

The library's predictor remembers its image and repeats the embedding for every box; here `encode` returns it and
`decode` lets all prompts of a chunk look at the one copy. Preprocessing is SAM's own: longest side 1024, its mean and
spread, padding to the right and below.
"""

import hashlib
import logging
import pickle
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.engine.attention import use_fused_attention
from inference.engine.batching import BUCKETS, Chunks, DeviceCopies, bucket
from inference.engine.precision import LEAST_IOU, mean_iou, processor_has_bfloat16, scene
from inference.engine.protocol import (
    Embedding,
    Prompt,
    Proposal,
    Row,
    SegmenterError,
    check_image,
    proposal_from_logits,
)
from inference.engine.torchvision_free import segment_anything

logger = logging.getLogger(__name__)

CPU_CHUNK, GPU_CHUNK = 8, 64  # prompts decoded at once
DEVICE_BYTES = 2**30  # embeddings that wait on the device as float32: 256 of SAM's
PREPROCESSING = "1"  # raise it when the picture reaches the encoder differently: cached embeddings are made again
MASK_LOGIT = 6.0  # a mask given so far counts as logits of this size; SAM was trained on its own, of about that size
Shape = tuple[bool, int, bool]


class SamSegmenter:
    """`model` is a `segment_anything.modeling.Sam`; `digest` names its weights.

    The encoder runs in bfloat16 (`half`) on a GPU and on processors that have it, the decoder in float32: on a GPU in
    batches of 1, 2, 4 ... 64 rows, on the processor in chunks of 8. Without enough GPU memory batches are halved, and
    at last the model moves to the processor. `warm_up` compiles for the GPU and holds bfloat16 against float32.
    """

    def __init__(self, model: Any, name: str, digest: str, *, half: bool | None = None) -> None:
        self.name = name
        self.version = f"{digest}-p{PREPROCESSING}"
        self._model = model.eval().requires_grad_(False)
        self._side: int = model.image_encoder.img_size
        use_fused_attention(self._model)
        on_gpu = self._device.type == "cuda"
        self._half = on_gpu or processor_has_bfloat16() if half is None else half
        self._encoder = self._model.image_encoder
        self._copies = DeviceCopies(DEVICE_BYTES)
        self._chunks = Chunks(GPU_CHUNK if on_gpu else CPU_CHUNK, self._to_processor if on_gpu else None)
        self._encodings = Chunks(1, self._to_processor if on_gpu else None)

    @property
    def _device(self) -> torch.device:
        device: torch.device = self._model.device
        return device

    def _to_processor(self) -> None:
        logger.warning("%s does not fit on the GPU any more; it goes on, slowly, on the processor.", self.name)
        self._copies = DeviceCopies(DEVICE_BYTES)
        self._chunks.limit = CPU_CHUNK
        self._model.to("cpu")
        self._encoder, self._half = self._model.image_encoder, processor_has_bfloat16()

    def warm_up(self) -> None:
        """What takes long the first time, before anybody waits; and no bfloat16 where it changes the masks.

        On a GPU the encoder is compiled, where that works, and every batch size is decoded once. One picture is encoded
        in both precisions: masks that agree less than .99 (IoU) on average turn bfloat16 off for this model.
        """
        image, prompts = scene()
        half, on_gpu = self._half, self._device.type == "cuda"
        self._half = False
        exact = self.decode(self.encode(image), prompts)
        self._half = half
        if on_gpu:
            self._compile(image)
        embedding = self.encode(image)
        if half and (iou := mean_iou(exact, self.decode(embedding, prompts), embedding.size)) < LEAST_IOU:
            logger.warning("%s goes on in float32: bfloat16 agrees with it by an IoU of %.3f only.", self.name, iou)
            self._half = False
        for size in BUCKETS if on_gpu else ():
            self.decode(embedding, (prompts * size)[:size])

    def _compile(self, image: npt.NDArray[np.uint8], backend: str | Callable[..., Any] = "inductor") -> None:
        """The encoder as one compiled graph; as it was, where this machine cannot compile it."""
        self._encoder = torch.compile(self._model.image_encoder, backend=backend, fullgraph=True)
        try:
            self._encode([image])
        except Exception as error:  # a missing compiler, an unknown chip: each raises something else
            logger.warning("%s is not compiled: %s", self.name, error)
            self._encoder = self._model.image_encoder

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        return self._encodings.run([image], self._encode)[0]

    @torch.inference_mode()
    def _encode(self, images: list[npt.NDArray[np.uint8]]) -> list[Embedding]:
        batch = torch.stack([self._prepare(image) for image in images]).to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            features = self._encoder(batch)
        found = features.float().cpu().numpy()
        return [Embedding(f, (i.shape[0], i.shape[1])) for f, i in zip(found, images, strict=True)]

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        return self.decode_rows([(embedding, prompt) for prompt in prompts])

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        """Rows whose prompts have the same parts go through the decoder together, whichever image they are of."""
        alike: dict[Shape, list[int]] = defaultdict(list)
        for index, (_, prompt) in enumerate(rows):
            alike[self._shape(prompt)].append(index)
        proposals: dict[int, Proposal] = {}
        for indices in alike.values():
            found = self._chunks.run([rows[i] for i in indices], self._decode_alike)
            proposals.update(zip(indices, found, strict=True))
        return [proposals[index] for index in range(len(rows))]

    def _shape(self, prompt: Prompt) -> Shape:
        return prompt.box is not None, len(prompt.points), prompt.mask is not None

    @torch.inference_mode()
    def _decode_alike(self, rows: list[Row]) -> list[Proposal]:
        logits, scores = self._best(rows)
        return [
            proposal_from_logits(values.cpu().numpy(), x=0, y=0, score=float(score))
            for values, score in zip(logits, scores.tolist(), strict=True)
        ]

    def _best(self, rows: list[Row]) -> tuple[list[Tensor], Tensor]:
        """Logits float32[h, w] on its image and score of the best mask of each row; all prompts have the same parts."""
        low, scores = self._low_resolution(rows)
        prompt = rows[0][1]
        # Mask 0 is trained for prompts that leave no doubt, masks 1-3 for a lone box or point.
        lone = (prompt.box is not None) + len(prompt.points) == 1 and prompt.mask is None
        chosen = 1 + scores[:, 1:].argmax(1) if lone else torch.zeros_like(scores[:, 0], dtype=torch.int64)
        best = torch.arange(len(rows), device=chosen.device)
        return self._on_images(low[best, chosen], rows), scores[best, chosen]

    def _on_images(self, low: Tensor, rows: list[Row]) -> list[Tensor]:
        return [self._restore(one[None, None], e.size)[0, 0] for one, (e, _) in zip(low, rows, strict=True)]

    def _low_resolution(self, rows: list[Row]) -> tuple[Tensor, Tensor]:
        """Four masks a row, float32[n, 4, side / 4, side / 4], and their scores float32[n, 4].

        On a GPU rows are filled up to the next bucket, so that few batch sizes exist.
        """
        count = len(rows)
        padded = rows + [rows[-1]] * (bucket(count) - count) if self._device.type == "cuda" else rows
        copies = {id(e.features): self._copies.get(e.features, self._device) for e, _ in padded}
        if len(copies) == 1:  # one image: the copy is shared by all rows, not repeated
            features = next(iter(copies.values()))[None]
        else:
            features = torch.stack([copies[id(e.features)] for e, _ in padded])
        low, scores = self._predict(features, *self._embed(padded))
        return low[:count], scores[:count]

    def _embed(self, rows: list[Row]) -> tuple[Tensor, Tensor]:
        """Sparse and dense prompt embeddings of rows whose prompts have the same parts."""
        scales = torch.tensor([self._scale(e.size) for e, _ in rows])[:, None]
        prompts, device = [prompt for _, prompt in rows], self._device
        boxes = points = masks = None
        if prompts[0].box is not None:
            corners = torch.tensor([prompt.box for prompt in prompts]).reshape(-1, 2, 2)
            boxes = (corners * scales).reshape(-1, 4).to(device)
        if prompts[0].points:
            values = torch.tensor([[[x, y, float(inside)] for x, y, inside in prompt.points] for prompt in prompts])
            points = (values[..., :2] * scales).to(device), values[..., 2].int().to(device)
        if prompts[0].mask is not None:
            masks = torch.stack([self._low_mask(prompt.mask, e.size) for e, prompt in rows]).to(device)
        sparse, dense = self._model.prompt_encoder(points=points, boxes=boxes, masks=masks)
        return sparse, dense

    def _low_mask(self, mask: Any, size: tuple[int, int]) -> Tensor:
        """A mask so far, bool[h, w], as the prompt encoder wants it: logits float32[1, side / 4, side / 4]."""
        height, width = self._inner(size)
        values = F.interpolate(torch.from_numpy(mask).float()[None, None], (height, width), mode="area")
        square = F.pad(
            2 * MASK_LOGIT * (values - 0.5), (0, self._side - width, 0, self._side - height), value=-MASK_LOGIT
        )
        side = self._model.prompt_encoder.mask_input_size
        return F.interpolate(square, side, mode="area")[0]

    def _predict(self, features: Tensor, sparse: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        """As `MaskDecoder.predict_masks`, except that every row has its own image, or all rows share one."""
        decoder = self._model.mask_decoder
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
        tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], dim=1)
        place = self._model.prompt_encoder.get_dense_pe().expand(len(sparse), -1, -1, -1)
        hidden, source = decoder.transformer(features + dense, place, tokens)
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
