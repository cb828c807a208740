"""The flag that the commands share which read images or measurements of them."""

from absl import flags

# That of `images.limits`, whose room imports OpenCV, which a command sets up first.
MAX_PIXELS = 400_000_000
flags.DEFINE_integer(
    "max_pixels", MAX_PIXELS, "Pixels that an image may have, height times width.", lower_bound=1
)
