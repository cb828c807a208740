"""Which rows of Φ are measured, and in which order: by name, or from a file."""

import contextlib
import json
from pathlib import Path

import numpy as np

from amp_net.measurements import number_files
from amp_net.operators import orders
from amp_net.storage import file_sizes
from amp_net.storage.disk import files

NAMES = ("pattern_order", "order", "rows", "patterns")
"""Of the array with the order in a file that holds several."""
NUMBERINGS = ("natural", "walsh_2d")
"""What the numbers of an order file count: rows of Sylvester's matrix (or of a Φ that is given), or patterns
with v changes of sign down and h along, as v · width + h."""


def order_of(name, frame, numbering="natural", count=None):
    """Rows of Φ in the order in which they are measured.

    Args:
        name: one of `orders.ORDERS`, or an order file: whole numbers from 0 in any of the files that
            `number_files` reads, or a JSON file, itself a list or with a list called `patterns`. Numbers of
            positive and negative patterns, 2k and 2k + 1 in turn, are those of rows k: in an archive that has
            `pos_neg`, in a list called `patterns` (so does spas), and where they are no rows otherwise.
        frame: height and width.
        numbering: one of `NUMBERINGS`, for a file.
        count: how many rows there are.

    Returns:
        Whole numbers `(m,)`, none twice.

    Raises:
        ValueError: if there is no such order, or the file holds none.
    """
    count = frame[0] * frame[1] if count is None else count
    if name in orders.ORDERS:
        return orders.order(name, frame)
    path = Path(name)
    if path.suffix.lower() not in (*number_files.SUFFIXES, ".json"):
        raise ValueError(
            f"There is no order {str(name)[:100]!r}: it is {', '.join(orders.ORDERS)}, or a file of numbers "
            f"that ends in {', '.join(number_files.SUFFIXES)} or .json."
        )
    numbers, paired = _from_json(path) if path.suffix.lower() == ".json" else _from_numbers(path)
    if not numbers.size or numbers.dtype.kind not in "iuf" or not np.array_equal(numbers, np.trunc(numbers)):
        raise ValueError(f"{path} is no order: it must hold whole numbers, the rows from 0 on.")
    if (paired or numbers.max() >= count) and _are_pairs(numbers):
        numbers = numbers[::2] // 2
    low, high = numbers.min(), numbers.max()
    if low < 0 or high >= count:
        hint = "; it seems to count from 1, so subtract 1" if (low, high) == (1, count) else ""
        raise ValueError(f"{path} has rows from {low:g} to {high:g}; they are 0 to {count - 1}{hint}.")
    rows = numbers.astype("int64")
    if len(np.unique(rows)) < len(rows):
        raise ValueError(f"{path} names a row twice; each is measured once.")
    return rows if numbering == "natural" else _walsh_rows(frame)[rows]


def _are_pairs(numbers):
    """Whether the numbers are 2k, 2k + 1, 2l, 2l + 1 and so on."""
    if len(numbers) % 2:
        return False
    positive, negative = numbers[::2], numbers[1::2]
    return bool(np.all(positive % 2 == 0) and np.all(negative == positive + 1))


def _walsh_rows(frame):
    """Rows of Sylvester's matrix by v · width + h."""
    down, along = (np.argsort(orders.changes(side)) for side in frame)
    return (down[:, np.newaxis] * frame[1] + along).ravel()


def _from_numbers(path):
    """The numbers in a file, and whether it says that they are of pairs."""
    numbers, paired = number_files.read(path, meant=NAMES), False
    if path.suffix.lower() == ".npz":
        with contextlib.suppress(ValueError):
            paired = bool(np.all(number_files.read(path, "pos_neg")))
    return np.asarray(numbers).ravel(), paired


def _from_json(path):
    """The list in a JSON file, or the one called `patterns` of it or of an object in its list, which may be
    of pairs.
    """
    try:
        content = json.loads(files.read(path, file_sizes.TEXT))
    # A number may have too many digits, and nesting be too deep.
    except (ValueError, RecursionError) as error:
        if str(path) in str(error):
            raise
        raise ValueError(f"{path} is damaged: it is not valid JSON.") from error
    paired = False
    for each in [content, *(content if isinstance(content, list) else [])]:
        if isinstance(each, dict) and "patterns" in each:
            content, paired = each["patterns"], True
            break
    if isinstance(content, str):
        # So does spas write long lists.
        content = [word for word in content.strip("[] \n").split(",") if word.strip()]
    try:
        numbers = np.array([float(number) for number in content])
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path} holds no list of numbers, and none called patterns.") from error
    if not np.isfinite(numbers).all():
        raise ValueError(f"{path} is no order: it must hold whole numbers, the rows from 0 on.")
    return numbers, paired
