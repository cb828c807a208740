"""The flags that say what a camera shows: `flags.adopt_module_key_flags(bench_flags)`."""

from typing import Any

from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "phi",
    None,
    "What measures: a file with a sensing matrix, a pattern a row, or with a stack of patterns; a folder of "
    "pattern images; or hadamard, random_01 or random_pm1.",
)
flags.DEFINE_string("phi_variable", None, "The array that is meant in the sensing matrix's file.")
flags.DEFINE_list("frame", None, "Height and width of a pattern in pixels, as 64,64.")
flags.DEFINE_string(
    "order",
    None,
    "Of Hadamard patterns: natural, walsh, sequency, cake_cutting, zig_zag or random; or a file with the "
    "numbers of the rows of Φ in the order in which they are measured.",
)
flags.DEFINE_enum(
    "numbering",
    "natural",
    ["natural", "walsh_2d"],
    "What an order file's numbers count, for Hadamard patterns.",
)
flags.DEFINE_integer("measurements", None, "How many rows of Φ are measured, the first ones.", lower_bound=1)
flags.DEFINE_integer("phi_seed", 0, "Seed of random patterns.", lower_bound=0)
flags.DEFINE_enum(
    "split",
    "none",
    ["none", "interleaved", "halves", "white"],
    "How patterns of both signs are shown: as pairs, + − + −; all positive ones first; or the positive ones "
    "alone, with the white one as the reference.",
)
flags.DEFINE_string("patterns", None, "A patterns.json of amp_net.patterns, which says all of this.")
OF_PHI = ("phi_variable", "frame", "order", "numbering", "measurements", "phi_seed")
"""Flags that are about --phi."""


def pair(flag: str) -> tuple[int, int] | None:
    """A flag's two whole numbers above 0, or None.

    Raises:
        ValueError: if it has others.
    """
    values = FLAGS[flag].value
    if values is None:
        return None
    if len(values) != 2 or not all(value.isdecimal() and int(value) for value in values):
        raise ValueError(f"--{flag} is {','.join(values)}; it takes two positive numbers, as 8,8.")
    first, second = map(int, values)
    return first, second


def check() -> None:
    """Raises a ValueError for flags that are missing, or that contradict each other."""
    pair("frame")
    if FLAGS.patterns and FLAGS.phi:
        raise ValueError("Give --patterns or --phi, not both; each says what measures.")
    of_phi = [name for name in OF_PHI if name != "measurements" or not FLAGS.patterns]
    given = [name for name in of_phi if FLAGS[name].present]
    if given and not FLAGS.phi:
        raise ValueError(f"--{given[0]} is about --phi, which is missing.")


def acquisition(preset: str | None = None) -> Any:
    """What the flags say is shown, an `Acquisition`; None if they say nothing of Φ.

    Args:
        preset: for a --patterns that names a preset which is a folder.

    Raises:
        ValueError: if there is no such Φ or order.
    """
    from amp_net.bench import descriptions, known_patterns

    if FLAGS.patterns:
        found = descriptions.read(FLAGS.patterns, preset)
        if FLAGS.measurements is not None:
            found = known_patterns.first(found, FLAGS.measurements)
        return found if not FLAGS["split"].present else known_patterns.shown_otherwise(found, FLAGS.split)
    if not FLAGS.phi:
        return None
    return known_patterns.find(
        FLAGS.phi,
        FLAGS.phi_variable,
        pair("frame"),
        FLAGS.order,
        FLAGS.numbering,
        FLAGS.measurements,
        FLAGS.phi_seed,
        FLAGS.split,
    )
