"""The flag that the commands share which read images or measurements of them."""

from absl import flags

from amp_net.images.formats.limits import MAX_PIXELS

flags.DEFINE_integer(
    "max_pixels", MAX_PIXELS, "Pixels that an image may have, height times width.", lower_bound=1
)
