"""The flags that the commands share which rebuild images: `flags.adopt_module_key_flags(way_flags)`."""

from absl import flags

flags.DEFINE_bool("blockwise", False, "Rebuild each block by itself, as in the paper, not the whole image.")
flags.DEFINE_bool(
    "ensemble", False, "The mean of eight reconstructions, in all flips and turns; eight times as long."
)


def chosen() -> str | None:
    """The way that the flags say, one of `whole_images.WAYS`; None if they say none."""
    given = [name for name in ("blockwise", "ensemble") if flags.FLAGS[name].value]
    if len(given) > 1:
        raise ValueError("Give --blockwise or --ensemble, not both; the ensemble is of whole images.")
    return given[0] if given else None
