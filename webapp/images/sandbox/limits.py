"""What one file may ask for. Files come from strangers: whatever a header claims is checked against these first."""

MAX_PIXELS = 64 * 2**20  # of one picture; whole slides need to be cut into tiles first
MIN_SIDE = 8  # px; below that there is nothing to look at
MAX_PAGES = 2000  # of one file
MAX_VOXELS = 2**28  # of one volume: 512 x 512 x 1024
MEMORY_BYTES = 4 * 2**30  # address space of the process that decodes
SECONDS = 60.0  # for one request
MAX_FILE_BYTES = 4 * 2**30  # written by the process that decodes


class BadFile(Exception):
    """A file that cannot be taken; the message is one sentence: what was expected, what came."""


def check_picture(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadFile(
            f"Expected at most {MAX_PIXELS // 2**20} megapixels, got {width} x {height}: cut it into tiles first."
        )
    if min(width, height) < MIN_SIDE:
        raise BadFile(f"Expected at least {MIN_SIDE} x {MIN_SIDE} pixels; got {width} x {height}.")


def check_volume(shape: tuple[int, ...]) -> None:
    voxels = 1
    for side in shape:
        voxels *= max(int(side), 0)
    if voxels == 0 or voxels > MAX_VOXELS:
        sides = " x ".join(str(side) for side in shape)
        raise BadFile(f"Expected a volume of 1 to {MAX_VOXELS // 2**20} million voxels; got {sides}.")
