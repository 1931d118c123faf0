"""The bundled segmenter: what it was trained for, and the way between an image and its crop."""

from collections.abc import Callable
from functools import partial
from itertools import count

import numpy as np
import pytest
import torch
from safetensors.torch import save as write_weights
from scipy import ndimage

from inference.__main__ import main
from inference.engine import Prompt, SegmenterError, crops, load
from inference.engine import held_out as held_out_module
from inference.engine.calibration import Calibration, reliability
from inference.engine.demo import WEIGHTS, DemoSegmenter, _without_holes, digest, made_by, read, read_calibration, save
from inference.engine.ellipse import ellipse_in_box
from inference.engine.evaluate import dice
from inference.engine.held_out import held_out
from inference.engine.phantoms import MIN_CONTRAST, contrast, scene, visible_share
from inference.engine.phantoms.looks import LOOKS
from inference.engine.train_demo import calibrate, hasty_box, judged, train
from inference.engine.unet import BoxUNet


def test_weights_are_small():
    assert WEIGHTS.stat().st_size < 2 * 2**20
    assert sum(p.numel() for p in BoxUNet().parameters()) == 915_588


def test_beats_the_ellipse_on_held_out_phantoms_and_obeys_clicks():
    figures = held_out(load("demo"), scenes=12, seed=424_242)
    assert figures.box > 0.9
    assert figures.box > figures.ellipse + 0.05
    assert figures.seen > 0.92 > figures.box > figures.partly_seen
    assert figures.three_clicks > figures.one_click > figures.box
    assert figures.clicks_obeyed > 0.95
    assert figures.believed == pytest.approx(figures.box, abs=0.03)
    assert figures.score_error < 0.05


def test_a_bright_disc_from_its_box():
    rows, columns = np.mgrid[0:120, 0:160]
    disc = (columns + 0.5 - 70) ** 2 + (rows + 0.5 - 60) ** 2 <= 30**2
    image = np.repeat(np.where(disc, 180, 60).astype(np.uint8)[..., None], 3, 2)
    segmenter = load("demo")
    found = segmenter.decode(segmenter.encode(image), [Prompt((40, 30, 100, 90))])[0].full(disc.shape)
    assert 2 * (found & disc).sum() / (found.sum() + disc.sum()) > 0.95


def test_holes_are_closed_unless_somebody_clicked_into_them():
    logits = np.full((20, 20), -4.0, np.float32)
    logits[2:18, 2:18] = 5.0
    logits[4:7, 4:7] = logits[12:15, 12:15] = -2.0
    closed = _without_holes(logits, Prompt((0, 0, 20, 20), ((113.5, 213.5, False),)), 100, 200) > 0
    assert closed[4:7, 4:7].all()
    assert not closed[12:15, 12:15].any()
    assert closed.sum() == 16 * 16 - 9


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


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_draws_objects_of_one_part_that_can_be_seen(look):
    found = scene(np.random.default_rng(3), look=look)
    assert found.look == look
    for mask in found.masks:
        assert ndimage.label(mask)[1] == 1
        assert contrast(found.image, mask) >= MIN_CONTRAST


def test_an_outline_is_seen_where_the_grey_changes():
    """A grey disc whose left half lies on black, the right half on the disc's own grey."""
    rows, columns = np.mgrid[0:120, 0:120]
    disc = (columns - 60) ** 2 + (rows - 60) ** 2 <= 30**2
    grey = np.where(disc, 150, np.where(columns < 60, 20, 150)).astype(np.uint8)
    assert visible_share(np.repeat(grey[..., None], 3, 2), disc) == pytest.approx(0.5, abs=0.05)
    alone = np.where(disc, 150, 20).astype(np.uint8)
    assert visible_share(np.repeat(alone[..., None], 3, 2), disc) == 1.0
    # Along the picture's edge there is no outline that could be missed; a picture that is all object has none.
    assert visible_share(np.repeat(alone[:, 60:, None], 3, 2), disc[:, 60:]) == 1.0
    assert visible_share(np.repeat(grey[..., None], 3, 2), np.ones((120, 120), bool)) == 0.0


def test_the_zones_of_a_gland_lie_side_by_side():
    core, horseshoe = scene(np.random.default_rng(14), look="zones", min_contrast=0).masks
    assert not (core & horseshoe).any()
    assert (ndimage.binary_dilation(core) & horseshoe).any()
    assert not (ndimage.binary_fill_holes(horseshoe) & core).any()  # open, never a ring


def test_where_nothing_can_be_seen_the_answer_is_about_the_ellipse():
    """On noise alone a box is all there is to know; what is likely of a box is close to the ellipse in it."""
    noise = np.random.default_rng(0).integers(90, 140, (90, 120, 3), dtype=np.uint8)
    segmenter, box = load("demo"), (30.0, 25.0, 85.0, 70.0)
    found = segmenter.decode(segmenter.encode(noise), [Prompt(box)])[0].full((90, 120))
    assert dice(found, ellipse_in_box(box, (90, 120))) > 0.85


def test_a_mask_so_far_is_a_plane_of_its_own():
    so_far = np.zeros((100, 100), bool)
    so_far[40:60, 40:60] = True
    prompt = Prompt((40, 40, 60, 60), (), so_far)
    window = crops.window_around(prompt.box)
    plane = crops.guidance(prompt, prompt.box, window)[4]
    assert float(plane[crops.CROP // 2, crops.CROP // 2]) == 1.0
    assert float(plane[0, 0]) == -1.0
    assert not crops.guidance(Prompt(prompt.box), prompt.box, window)[4].any()


def steady() -> Callable[[], float]:
    """A clock by which every step takes half a second."""
    return count(step=0.5).__next__


def test_a_training_that_was_stopped_goes_on_where_it_was(tmp_path):
    state = tmp_path / "training.pt"
    _, steps = train(seconds=1, seed=0, state=state, clock=steady())
    _, more = train(seconds=2, seed=0, state=state, clock=steady())
    assert (steps, more) == (2, 4)
    state.write_bytes(b"nothing")
    with pytest.raises(SegmenterError, match="does not hold a training"):
        train(seconds=1, seed=0, state=state)


def test_training_moves_the_weights_and_goes_on_from_others():
    network, steps = train(seconds=1, seed=0, clock=steady())
    assert steps == 2
    assert all(torch.isfinite(p).all() for p in network.parameters())
    again, _ = train(seconds=0.5, seed=0, start=network, clock=steady())
    assert not torch.equal(network.head.weight, again.head.weight)


def test_boxes_two_pixels_too_large_are_drawn_the_more_often_the_more_they_matter():
    def share(side: int) -> float:
        """Of the boxes drawn around a square, how many have the simulated crowd's size?"""
        mask, rng = np.zeros((160, 160), bool), np.random.default_rng(0)
        mask[40 : 40 + side, 40 : 40 + side] = True
        loose = (38, 38, 42 + side, 42 + side)
        return float(np.mean([hasty_box(mask, rng) == loose for _ in range(400)]))

    assert share(8) == pytest.approx(0.5, abs=0.08)
    assert share(14) == pytest.approx(4 / 14, abs=0.07)
    assert share(60) == pytest.approx(0.15, abs=0.06)


def test_a_training_writes_what_its_scores_are_worth(tmp_path):
    out = tmp_path / "demo.safetensors"
    save(BoxUNet(), out, {"data": "none"}, Calibration(1.5, -1.0))
    raw, right = DemoSegmenter(read(out), "raw"), load("demo", out)
    image, prompt = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8), Prompt((10, 10, 50, 50))
    (before,), (after,) = (s.decode(s.encode(image), [prompt]) for s in (raw, right))
    assert after.score == pytest.approx(Calibration(1.5, -1.0)(before.score))
    assert after.score < before.score
    assert np.array_equal(after.mask, before.mask)


def test_weights_without_a_calibration_keep_their_scores_and_a_broken_one_is_one_sentence(tmp_path):
    weights = {key: value.contiguous() for key, value in BoxUNet().state_dict().items()}
    out = tmp_path / "demo.safetensors"
    out.write_bytes(write_weights(weights))
    assert read_calibration(out) == Calibration()
    for broken in ("[-1, 0]", "[1]", "nothing"):
        out.write_bytes(write_weights(weights, {"calibration": broken}))
        with pytest.raises(SegmenterError, match=r"must be \[slope > 0, intercept\]; it is "):
            load("demo", out)


def test_training_from_weights_of_no_known_origin_is_refused_before_it_begins(tmp_path):
    start = tmp_path / "demo.safetensors"
    weights = {key: value.contiguous() for key, value in BoxUNet().state_dict().items()}
    for broken in ("nothing", "7"):
        start.write_bytes(write_weights(weights, {"provenance": broken}))
        with pytest.raises(SegmenterError, match="must be a JSON object; it is "):
            held_out_module.train_to_file(seconds=3600, seed=5, start=start, out=tmp_path / "out.safetensors")


def test_scores_of_the_bundled_weights_mean_what_they_say_on_objects_as_in_training():
    scores, realised = judged(DemoSegmenter(read(WEIGHTS), "raw"), seed=77, scenes=60)
    raw, right = (reliability(s, realised) for s in (scores, np.array([read_calibration(WEIGHTS)(s) for s in scores])))
    assert raw["believed"] > raw["realised"] + 0.015  # what the pixels promise is too much
    assert right["believed"] == pytest.approx(right["realised"], abs=0.015)
    assert right["error"] < 0.7 * raw["error"]


def test_no_seconds_at_all_calibrate_given_weights_and_leave_them_as_they_are(tmp_path, monkeypatch):
    out = tmp_path / "same.safetensors"
    monkeypatch.setattr(held_out_module, "calibrate", partial(calibrate, scenes=10))
    monkeypatch.setattr(held_out_module, "held_out", lambda segmenter: segmenter.version)
    version = held_out_module.train_to_file(seconds=0, seed=5, start=WEIGHTS, out=out)
    assert version == digest(out)
    kept, same = read(WEIGHTS).state_dict(), read(out).state_dict()
    assert all(torch.equal(kept[key], same[key]) for key in kept)
    assert made_by(out)["start"] == {"version": digest(WEIGHTS), **made_by(WEIGHTS)}
    assert read_calibration(out)(0.85) < 0.83


def test_no_seconds_and_nothing_to_start_from_is_one_sentence(tmp_path, capsys):
    assert main(["train-demo", "--seconds", "0", "--out", str(tmp_path / "x.safetensors")]) == 1
    assert capsys.readouterr().err.startswith("Training needs a positive number of seconds (or 0 and --start")
