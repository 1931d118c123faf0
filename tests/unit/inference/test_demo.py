"""The bundled segmenter: what it was trained for, and the way between an image and its crop."""

import numpy as np
import torch

from inference.engine import Prompt, crops, load
from inference.engine.demo import WEIGHTS
from inference.engine.phantoms import scene
from inference.engine.train_demo import held_out, train
from inference.engine.unet import BoxUNet


def test_weights_are_small():
    assert WEIGHTS.stat().st_size < 2 * 2**20
    assert sum(p.numel() for p in BoxUNet().parameters()) == 387_569


def test_beats_the_ellipse_on_held_out_phantoms_and_obeys_clicks():
    figures = held_out(load("demo"), scenes=12, seed=424_242)
    assert figures.box > 0.9
    assert figures.box > figures.ellipse + 0.05
    assert figures.three_clicks > figures.one_click > figures.box
    assert figures.clicks_obeyed > 0.95


def test_a_bright_disc_from_its_box():
    rows, columns = np.mgrid[0:120, 0:160]
    disc = (columns + 0.5 - 70) ** 2 + (rows + 0.5 - 60) ** 2 <= 30**2
    image = np.repeat(np.where(disc, 180, 60).astype(np.uint8)[..., None], 3, 2)
    segmenter = load("demo")
    found = segmenter.decode(segmenter.encode(image), [Prompt((40, 30, 100, 90))])[0].full(disc.shape)
    assert 2 * (found & disc).sum() / (found.sum() + disc.sum()) > 0.95


def test_a_window_is_the_box_and_two_fifths_more():
    assert crops.window_around((100, 100, 200, 200)) == (80, 80, 220, 220)
    # A long thin box gets a window half as wide as it is long.
    assert crops.window_around((0, 0, 100, 10)) == (-20, -30, 120, 40)


def test_points_widen_the_box_and_stand_in_for_one():
    assert crops.prompt_box(Prompt((10, 10, 20, 20), ((30, 5, True), (0, 0, False))), (100, 100)) == (10, 5, 30, 20)
    assert crops.prompt_box(Prompt(None, ((50, 40, True),)), (80, 160)) == (30, 20, 70, 60)


def test_beyond_the_image_its_edge_is_repeated():
    array = np.arange(6).reshape(2, 3)
    assert crops.cut(array, (-1, 0, 2, 3)).tolist() == [[0, 0, 1], [3, 3, 4], [3, 3, 4]]


def test_logits_come_back_to_where_they_were_seen():
    logits = torch.full((crops.CROP, crops.CROP), -5.0)
    logits[:, crops.CROP // 2 :] = 5.0
    values, x, y = crops.back(logits, (-10, 20, 118, 148), (100, 200))
    assert (values.shape, x, y) == ((80, 118), 0, 20)  # cut off at the left and at the bottom
    assert (values[:, :52] < 0).all()  # the window's middle is column 54
    assert (values[:, 56:] > 0).all()


def test_phantoms_follow_their_seed_and_every_object_can_be_seen():
    a, b = scene(np.random.default_rng(8)), scene(np.random.default_rng(8))
    assert np.array_equal(a.image, b.image)
    assert a.image.shape == (144, 144, 3)
    assert all(mask.sum() >= 60 for mask in a.masks)


def test_training_moves_the_weights_and_goes_on_from_others():
    network, steps = train(seconds=1, seed=0)
    assert steps >= 1
    assert all(torch.isfinite(p).all() for p in network.parameters())
    again, _ = train(seconds=0.5, seed=0, start=network)
    assert not torch.equal(network.head.weight, again.head.weight)
