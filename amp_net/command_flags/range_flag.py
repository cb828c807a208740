"""The flag that the commands share which read one's own photographs."""

from absl import flags

flags.DEFINE_list(
    "range",
    None,
    "The values of black and white, as 0,4095, in photographs of floats or of more than 16 bits; those of 8 "
    "and 16 bits say it themselves.",
)


def stated() -> tuple[float, float] | None:
    """Black and white as the flag says them, two floats; None if it is not given."""
    given = flags.FLAGS.range
    if given is None:
        return None
    try:
        black, white = map(float, given)
    except ValueError as error:
        raise ValueError(
            f"--range is {','.join(given)}; it takes the values of black and white, as 0,4095."
        ) from error
    return black, white
