"""Windows of photographs, cut and turned on the device."""

import jax
import jax.numpy as jnp
import numpy as np

from amp_net import images
from amp_net.images import blocks
from amp_net.models.learning.counts import drawn_counts
from experiments.shared.trainings.photographs import SCALES, at_scales


class Windows:
    """Random windows of photographs, which lie in the device's memory as uint8.

    Every position of every photograph, at each of the scales, is equally likely; windows are flipped and
    turned by quarters.

    Args:
        photographs: grey uint8 images.
        side: of a window in pixels.
        block_size: side of a block in pixels.
        padded: share of windows that end in zeros at the right, and of those that do below, as the last
            blocks of an image.
        scales: of each photograph.
    """

    def __init__(self, photographs, side, block_size=33, padded=0.15, scales=SCALES):
        self.side, self.block_size, self.padded = side, block_size, padded
        scaled = at_scales(photographs, scales)
        scaled = [image for image in scaled if min(image.shape) >= side]
        heights, widths = np.array([image.shape for image in scaled]).T
        places = (heights - side + 1) * (widths - side + 1)
        self.pixels = jnp.asarray(np.concatenate([image.ravel() for image in scaled]))
        self.starts = jnp.asarray(np.cumsum([0, *(image.size for image in scaled)])[:-1], "int32")
        self.heights, self.widths = jnp.asarray(heights, "int32"), jnp.asarray(widths, "int32")
        self.shares = jnp.asarray(np.cumsum(places / places.sum()), "float32")

    def draw(self, key, count):
        """`count` windows, `(count, side, side, 1)`, float32 in [0, 1]."""
        keys = jax.random.split(key, 5)
        chosen = jnp.searchsorted(self.shares, jax.random.uniform(keys[0], (count,)))
        chosen = jnp.minimum(chosen, len(self.shares) - 1)
        width = self.widths[chosen]
        spare = jnp.stack([self.heights[chosen], width]) - self.side + 1
        corner = (jax.random.uniform(keys[1], (2, count)) * spare).astype("int32")
        corner = jnp.minimum(corner, spare - 1)
        turns = jax.random.bernoulli(keys[2], 0.5, (3, count))[..., None, None]
        down, along = jnp.meshgrid(jnp.arange(self.side), jnp.arange(self.side), indexing="ij")
        row = jnp.where(turns[0], self.side - 1 - down, down)
        column = jnp.where(turns[1], self.side - 1 - along, along)
        row, column = jnp.where(turns[2], column, row), jnp.where(turns[2], row, column)
        place = self.starts[chosen] + corner[0] * width + corner[1]
        index = place[:, None, None] + row * width[:, None, None] + column
        windows = self.pixels[index].astype("float32") / 255
        lost = 1 + jax.random.randint(keys[3], (2, count), 0, self.block_size - 1)
        lost = jnp.where(jax.random.bernoulli(keys[4], self.padded, (2, count)), lost, 0)
        kept = self.side - lost[..., None]
        mask = (jnp.arange(self.side) < kept[0])[:, :, None] & (jnp.arange(self.side) < kept[1])[:, None, :]
        return (windows * mask)[..., None]


def draw_counts(key, count, least, most):
    """m of each window, as `fit` of the network draws them."""
    return drawn_counts(jax.random.uniform(key, (2, count)), least, most)


def whole(photographs, block_size=33):
    """Photographs of one size, `(count, height, width, 1)` in [0, 1], padded with zeros to whole blocks.

    Portraits are turned. Returns the images and the size of each before it was padded.
    """
    turned = [image if image.shape[0] <= image.shape[1] else image.T for image in photographs]
    size = turned[0].shape
    stacked = np.stack([blocks.padded(image, block_size) for image in turned if image.shape == size])
    return images.to_unit(stacked)[..., None], size
