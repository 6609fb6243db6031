"""Measures are those of the pixels, to the last digit."""

import numpy as np
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy.ndimage import convolve

from dataprep.images.measures import measures_of, sharpness

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@tries(60)
@given(st.data())
def test_measures_are_those_of_numpy(data):
    """Mean, deviation and shares are what NumPy gives for the same values."""
    shape = data.draw(SHAPES)
    channels = data.draw(st.sampled_from([(), (3,)]))
    values = data.draw(arrays("uint8", (*shape, *channels)))
    image = Image.fromarray(values)
    found = measures_of(image)
    assert (found.height, found.width) == shape
    assert found.channels == (channels or (1,))[0]
    assert found.mean == pytest.approx(values.mean(dtype="float64"), abs=1e-9)
    assert found.std == pytest.approx(values.std(dtype="float64"), abs=1e-6)
    grey = np.asarray(image.convert("L"))
    assert found.near_black == pytest.approx((grey <= 10).mean())
    assert found.near_white == pytest.approx((grey >= 245).mean())


@tries(60)
@given(st.data())
def test_sharpness_is_the_variance_of_the_laplacian(data):
    """It is that of a convolution with the four neighbours; too small a picture has none."""
    grey = data.draw(arrays("uint8", data.draw(SHAPES)))
    found = sharpness(grey)
    if min(grey.shape) < 3:
        assert np.isnan(found)
        return
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    expected = convolve(grey.astype("int64"), kernel)[1:-1, 1:-1].var()
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_blurred_picture_is_less_sharp(waves):
    """The same picture, smeared, has a smaller variance of its Laplacian."""
    from PIL import ImageFilter

    noise = np.random.default_rng(0).integers(0, 90, (32, 48, 3), dtype="uint8")
    image = Image.fromarray(np.asarray(waves()) // 2 + noise)
    blurred = image.filter(ImageFilter.GaussianBlur(2))
    assert measures_of(blurred).sharpness < measures_of(image).sharpness / 10
