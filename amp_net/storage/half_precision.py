"""Weights in half precision: what presets store in 16 bits and compute with in 32."""

import io

import h5py
import numpy as np
from h5py import h5f, h5fd, h5g, h5p

from amp_net.storage.disk import files

LARGEST_LOSS = 1e-4
"""What the smallest entries of an array may lose, as a share of its largest."""
SMALLEST_NORMAL = float(np.finfo("float16").smallest_normal)
SMALLEST = np.float32(np.finfo("float16").smallest_subnormal)
PACKED_FROM = 512
"""Bytes from which on an array is packed; a smaller one would take more room for the filters' own notes."""


def rounded(values, keep_signs=False):
    """Rounds an array to float16, which keeps 11 significant bits: a relative error of 2^-11 at most.

    Below 6.1e-5 float16 has fewer bits, and from 65520 on it has no finite value. An array that loses more
    than `LARGEST_LOSS` of its largest entry there, or that overflows, stays as it is.

    >>> import numpy as np
    >>> rounded(np.float32([1 / 3, 2.0])).tolist()
    [0.333251953125, 2.0]
    >>> rounded(np.float32([1 / 3, 1e6])).tolist()
    [0.3333333432674408, 1000000.0]

    Args:
        values: float32, of any shape.
        keep_signs: whether no entry may become 0 that was not.

    Returns:
        float32, of the same shape.
    """
    with np.errstate(over="ignore"):
        half = values.astype("float16").astype("float32")
    if keep_signs:
        half = np.where((half == 0) & (values != 0), np.copysign(SMALLEST, values), half)
    if not np.isfinite(half).all():
        return values
    size = np.abs(values)
    lost = np.abs(half - values)[size < SMALLEST_NORMAL].max(initial=0)
    return values if lost > LARGEST_LOSS * size.max(initial=0) else half


def store(path, besides=None):
    """Rewrites an HDF5 file of weights: as float16 what float16 holds exactly, the rest as it is.

    The values stay the same. Arrays go through HDF5's byte shuffle and gzip filters, which every reader of
    HDF5 has: the bytes of exponents repeat and pack well. With one version of HDF5 the same weights always
    make the same file.

    Args:
        path: of the file.
        besides: another such file, or None; arrays that it has with the same values are left out.

    Raises:
        ValueError: if the file cannot be written.
    """
    buffer, there = io.BytesIO(), arrays_of(besides) if besides else {}
    # In memory, since HDF5 ends the process when the disk is full.
    with h5py.File(path) as source, _new_file(buffer) as target:

        def copy(name, item):
            if isinstance(item, h5py.Group):
                made = h5py.Group(h5g.create(target.id, name.encode(), gcpl=_timeless(h5p.GROUP_CREATE)))
            else:
                values = _smallest(item[()])
                if name in there and np.array_equal(there[name], values):
                    return
                made = target.create_dataset(name, data=values, **_filters(values))
            made.attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    files.write(path, buffer.getvalue())


def arrays_of(path):
    """All arrays of an HDF5 file, by name."""
    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(add)
    return found


def _new_file(buffer):
    """An empty HDF5 file in a buffer, in the format of HDF5 1.10, whose groups take less room than before."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fileobj_driver(h5fd.fileobj_driver, buffer)
    access.set_libver_bounds(h5f.LIBVER_V110, h5f.LIBVER_V110)
    return h5py.File(h5f.create(b"weights", h5f.ACC_TRUNC, fcpl=_timeless(h5p.FILE_CREATE), fapl=access))


def _timeless(kind):
    """Properties with which HDF5 does not record when a group was made."""
    properties = h5p.create(kind)
    properties.set_obj_track_times(False)
    return properties


def _filters(values):
    """Arguments of `create_dataset`: an array is one chunk."""
    if values.nbytes < PACKED_FROM:
        return {}
    return {"shuffle": True, "compression": "gzip", "compression_opts": 9, "chunks": values.shape}


def _smallest(values):
    """The values as float16 if that is exact, as they are otherwise."""
    with np.errstate(over="ignore"):
        half = values.astype("float16")
    return half if values.dtype == np.float32 and np.array_equal(half, values) else values
