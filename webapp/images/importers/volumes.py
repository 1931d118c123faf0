"""NIfTI (1, 2, pairs), NRRD and MetaImage: a file is a volume, its slices are the pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from webapp.images import hashing, windows
from webapp.images.importers import grouping
from webapp.images.importers.base import Context, Found, VolumeFacts
from webapp.images.importers.label_maps import volume_labels
from webapp.images.importers.slicing import slices
from webapp.images.sandbox.limits import BadFile


class Volumes:
    name = "volume"

    def claims(self, name: str, head: bytes) -> bool:
        lower = name.lower()
        if lower.endswith((".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz", ".nrrd", ".mha")):
            return True
        return head.startswith(b"NRRD") or head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0")

    def find(self, files: dict[str, Path], context: Context) -> Iterator[Found]:
        for name, path in files.items():
            if _is_second_half(name, files):
                context.more(-1)
                continue  # read with its header
            try:
                yield from _volume(name, path, context)
            except BadFile as error:
                context.refuse(name, str(error))
                context.more(-1)
            context.sandbox.clear()


def _is_second_half(name: str, files: dict[str, Path]) -> bool:
    lower = name.lower()
    for ending in (".img", ".img.gz"):
        if lower.endswith(ending):
            stem = name[: -len(ending)]
            return any(stem + header in files for header in (".hdr", ".hdr.gz", ".HDR"))
    return False


def _volume(name: str, path: Path, context: Context) -> Iterator[Found]:
    if name.lower().endswith((".img", ".img.gz")):
        raise BadFile("Expected a pair of .hdr and .img files; the header is missing.")
    read = context.sandbox.call("volume", path=str(path))
    voxels = np.load(read["folder"] / read["array"], mmap_mode="r", allow_pickle=False)
    affine = np.array(read["affine"])
    volume = VolumeFacts(hashing.key_of(voxels, affine.tolist()), name[:200], "", voxels, affine)
    yield from slices(
        volume,
        window=windows.named(context.options.window) or windows.percentiles(voxels),
        group=grouping.of_file(name, context.options.group),
        file_format="volume",
        context=context,
        labels=volume_labels(name, voxels.shape, affine, context),
    )
