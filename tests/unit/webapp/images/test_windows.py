import numpy as np
import pytest

from webapp.images import windows
from webapp.images.windows import Window


def test_the_abdominal_window_spans_minus_160_to_240():
    assert windows.named("ct-abdomen") == Window(-160.0, 240.0)
    assert windows.named("40/400") == Window(-160.0, 240.0)
    assert windows.named("auto") is None


def test_values_become_grey_and_may_be_inverted():
    values = np.array([-1000, -160, 40, 240, 3000], dtype=np.int16)
    assert Window(-160, 240).apply(values).tolist() == [0, 0, 0.5, 1, 1]
    assert Window(-160, 240, invert=True).apply(values).tolist() == [1, 1, 0.5, 0, 0]


def test_percentiles_forget_outliers_and_what_is_no_number():
    values = np.concatenate([np.arange(1000.0), [1e9, np.nan, np.inf]])
    window = windows.percentiles(values)
    assert window.low == pytest.approx(5.0, abs=1)
    assert window.high == pytest.approx(996.0, abs=1)


@pytest.mark.parametrize("values", [np.zeros(10), np.full(3, np.nan)])
def test_a_flat_picture_does_not_divide_by_zero(values):
    assert np.isfinite(windows.percentiles(values).apply(np.zeros(3))).all()


def test_names():
    assert windows.valid("-600/1500")
    assert not windows.valid("wide")
