"""Files of numbers as laboratories leave them: NumPy's, MATLAB's, HDF5, and tables of text.

What a file declares is looked at before it is read, and a file that its reader could crash on is read by
another process.
"""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from absl import logging

from amp_net.measurements import read_mat
from amp_net.storage import arrays, file_sizes
from amp_net.storage.disk import files
from amp_net.storage.printable import printable

TABLES, HDF5 = (".csv", ".tsv", ".txt"), (".mat", ".h5", ".hdf5")
SUFFIXES = (".npy", ".npz", *HDF5, *TABLES)
MOST_NUMBERS = 2**27
"""Numbers in a file at most: 1 GiB in double precision."""
MEMORY = 4 * 2**30
"""Bytes of address space that a `.mat` or HDF5 file may take to be read."""
SECONDS = 120
"""Seconds that a `.mat` or HDF5 file may take to be read."""
COMMENTS = ("#", "%")
"""What a line of a table starts with that is not of its numbers."""
SHOWN = 300
"""Characters of a list of names that an error shows."""


def read(path, variable=None, meant=()):
    """Reads an array of real numbers.

    Args:
        path: a file with one of the `SUFFIXES`. A table's first line may be a heading, and each of its
            columns is then an array of its own; where it has semicolons, commas are of decimals.
        variable: name of the array that is meant, of HDF5 with its groups, as `scan/y`; not needed where a
            file holds one array of real numbers.
        meant: names, in lower case, of which the first that is there is taken where no variable is given.

    Returns:
        The array, of whole numbers, floats or booleans; it may hold NaN and infinity.

    Raises:
        ValueError: if the file cannot be read, holds no such array, more than `MOST_NUMBERS`, or takes more
            than `MEMORY` or `SECONDS` to read.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path} does not end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if suffix == ".npy":
        return _from_numpy(path)
    if suffix == ".npz":
        return _from_archive(path, variable, meant)
    found, names = _from_table(path) if suffix in TABLES else _isolated(path, variable)
    return found[_chosen(path, found, names, variable, meant)]


def is_numbers(path):
    """Whether a file, by its ending and its entries, is one of numbers and no measurement file of ours."""
    suffix = Path(path).suffix.lower()
    if suffix != ".npz":
        return suffix in SUFFIXES
    try:
        with files.opened(path) as file, arrays.archive_of(file) as archive:
            # Any of the three, so that a damaged one of ours is not taken for another's.
            return not {*archive.namelist()} & {"version.npy", "phi_sha256.npy", "content_sha256.npy"}
    except (*arrays.DAMAGE, OSError):
        return False


def _chosen(path, found, names, variable, meant):
    """The name of the array that is meant."""
    if variable is None:
        if len(found) == 1:
            return next(iter(found))
        by_name = {name.lower(): name for name in found}
        variable = next((by_name[name] for name in meant if name in by_name), None)
    if variable not in found:
        known = printable(", ".join(sorted(names if variable else found))) or "no real numbers"
        if len(known) > SHOWN:
            known = f"{known[:SHOWN]}…"
        raise ValueError(f"{path} holds {known}; say which variable is meant.")
    return variable


def _from_numpy(path):
    with files.opened(path) as file:
        if file.read(2) == b"PK":
            raise ValueError(f"{path} is an archive and not an array; call it .npz, or save with numpy.save.")
        file.seek(0)
        try:
            declared = arrays.declared(file)
            if declared.dtype.kind in "fiub" and declared.size <= MOST_NUMBERS:
                file.seek(0)
                array = np.lib.format.read_array(file, allow_pickle=False)
                if file.read(1):
                    raise ValueError("more than its array")
                return array
        except (*arrays.DAMAGE, MemoryError) as error:
            raise ValueError(f"{path} is damaged: NumPy cannot read it as an array of numbers.") from error
    if declared.size > MOST_NUMBERS:
        raise _too_large(path)
    raise ValueError(f"{path} does not hold real numbers.")


def _from_archive(path, variable, meant):
    damaged = f"{path} is damaged: NumPy cannot read it as an archive of arrays."
    with files.opened(path) as file:
        try:
            archive = arrays.archive_of(file)
            names = arrays.members(archive)
        except (*arrays.DAMAGE, MemoryError) as error:
            raise ValueError(damaged) from error
        broken = [name for name, each in names.items() if each is None]
        if variable in broken or (variable is None and any(name.lower() in meant for name in broken)):
            raise ValueError(damaged)
        found = {name: each for name, each in names.items() if each is not None and each.dtype.kind in "fiub"}
        chosen = _chosen(path, found, names, variable, meant)
        if found[chosen].size > MOST_NUMBERS:
            raise _too_large(path)
        try:
            with archive.open(chosen + arrays.ENDING) as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
                # The sum of a member is compared when it is read to its end.
                member.read(1)
                return array
        except (*arrays.DAMAGE, MemoryError) as error:
            raise ValueError(damaged) from error


def _from_table(path):
    """A dict of a table's arrays, and their names."""
    text = files.read(path, file_sizes.TEXT).decode("utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(COMMENTS)]
    if not lines:
        raise ValueError(f"{path} holds no real numbers.")
    if not text.endswith(("\n", "\r")):
        logging.warning(
            "%s ends within a line; if it was cut short, its last number is wrong", printable(path)
        )
    delimiter = next((sign for sign in ";\t," if sign in lines[0]), None)
    if delimiter == ";":
        lines = [line.replace(",", ".") for line in lines]
    heading = [name.strip().strip('"') for name in lines[0].split(delimiter)]
    named = not any(map(_is_number, heading))
    if named and len(lines) == 1:
        raise ValueError(f"{path} holds a line of text and no real numbers.")
    try:
        table = np.loadtxt(io.StringIO("\n".join(lines[named:])), delimiter=delimiter, comments=None, ndmin=2)
    except (ValueError, OverflowError) as error:
        # What follows is advice for who calls NumPy.
        reason = printable(" ".join(str(error).split()).partition(";")[0])[:SHOWN].rstrip(".")
        raise ValueError(f"{path} is no table of numbers: {reason}.") from error
    if not named:
        return {"": table}, [""]
    if len({*heading}) != len(heading) or len(heading) != table.shape[1]:
        raise ValueError(
            f"{path} has a heading of {len(heading)} names and {table.shape[1]} columns of "
            f"{len(lines) - 1} numbers; give each column one name of its own."
        )
    return dict(zip(heading, table.T, strict=True)), heading


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _isolated(path, variable):
    """A dict of the arrays that are meant, and the names of all that there are."""
    with files.opened(path, file_sizes.MATLAB), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "read.npz"
        # In a process of its own: SciPy's reader of .mat crashes on some damaged files. Isolated, since
        # Python would look for modules in the working folder, and run what lies there.
        folders = [place for place in sys.path if place and Path(place).resolve() != Path.cwd()]
        arguments = map(str, (path.resolve(), target, MOST_NUMBERS, MEMORY, SECONDS, variable or ""))
        command = [sys.executable, "-I", read_mat.__file__, *arguments, *folders]
        # No filter that a file names is looked for among the libraries of this machine.
        environment = {**os.environ, "HDF5_PLUGIN_PRELOAD": "::"}
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS, env=environment)
        except subprocess.TimeoutExpired as error:
            raise ValueError(f"{path} takes more than {SECONDS} seconds to read.") from error
        if done.returncode == read_mat.TOO_LARGE:
            raise _too_large(path)
        if done.returncode == read_mat.NO_ROOM:
            raise ValueError(f"{path} cannot be read: there is no room for its numbers in {folder}.")
        if done.returncode:
            kind = "MATLAB" if path.suffix.lower() == ".mat" else "HDF5"
            raise ValueError(f"{path} is damaged, or no {kind} file; save it anew, or as .npy.")
        with np.load(target, allow_pickle=False) as archive:
            content = {
                name.removeprefix(read_mat.OF): archive[name] for name in archive if name != read_mat.NAMES
            }
            return content, {*archive[read_mat.NAMES].tolist(), *content}


def _too_large(path):
    return ValueError(f"{path} holds more than {MOST_NUMBERS} numbers, or more than fit into {MEMORY} bytes.")
