"""The gates judge what the site serves: their copy of the common path and the site's pipeline must agree."""

import io

import numpy as np
from PIL import Image as PillowImage

from synth.realism.common_path import CommonPath, serve
from webapp.images.pipeline import GENTLE, render


def test_gates_use_the_strength_that_new_projects_get() -> None:
    ours = CommonPath()
    assert (ours.factor, ours.noise, ours.quality) == (GENTLE.factor, GENTLE.noise, GENTLE.quality)


def test_gates_see_what_the_site_serves_but_for_the_noise_of_the_draw() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:96, :96]
    pixels = np.stack([120 + 60 * np.sin(x / (9 + c)) * np.cos(y / 7) for c in range(3)], axis=-1)
    pixels = np.rint(pixels + rng.normal(0, 3, pixels.shape)).astype(np.uint8)
    here, size = serve(pixels, CommonPath(), rng)
    there = render(pixels, GENTLE, seed=1)
    decoded = np.asarray(PillowImage.open(io.BytesIO(there.bytes)).convert("RGB")).astype(int)
    assert here.shape == (there.height, there.width, 3)
    assert abs(len(there.bytes) - size) < 0.05 * size
    assert abs((decoded - pixels).std() - (here.astype(int) - pixels).std()) < 0.15
