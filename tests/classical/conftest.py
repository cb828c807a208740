"""What the tests of methods share."""

import pytest
from keras import ops

from amp_net import images
from amp_net.images import quality
from amp_net.photographs import image_sets


@pytest.fixture(scope="module")
def camera():
    """The photograph in 32×32 pixels, `(1, 32, 32, 1)`."""
    pixels = images.to_unit(dict(image_sets.load("samples"))["camera"])
    return pixels.reshape(32, 16, 32, 16).mean(axis=(1, 3))[None, ..., None]


def measured(operator, image):
    return ops.convert_to_numpy(operator.measure(image))


def psnr(found, image):
    return quality.psnr(found[0, ..., 0], image[0, ..., 0])
