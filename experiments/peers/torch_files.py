"""Weights files of PyTorch before 1.6, read without PyTorch."""

import collections
import io
import pickle

import numpy as np

from amp_net.storage import file_sizes
from amp_net.storage.disk import files

DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}


def read(path):
    """The arrays of a file that `torch.save` made of a state dict, by name.

    Nothing but arrays is made of what the file names, so that no file can have code run.

    Raises:
        ValueError: if the file cannot be read, is of another kind, or damaged.
    """
    file = io.BytesIO(files.read(path, file_sizes.WEIGHTS))
    try:
        # A magic number, the version of the format, and facts on the machine.
        for _ in range(3):
            _Reader(file).load()
        reader = _Reader(file)
        arrays = reader.load()
        for key in _Reader(file).load():
            storage = reader.storages[key]
            count = int(np.frombuffer(file.read(8), "<i8").item())
            storage[:] = np.frombuffer(file.read(count * storage.itemsize), storage.dtype)
    except (pickle.UnpicklingError, EOFError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} is no weights file of PyTorch before 1.6, or damaged: {error}.") from error
    return dict(arrays)


class _Reader(pickle.Unpickler):
    """Makes arrays of tensors; the numbers in them come after all else in the file."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"it holds a {module}.{name}")

    def persistent_load(self, pid):
        _, dtype, key, _, count, _ = pid
        return self.storages.setdefault(key, np.zeros(count, dtype))


def _view(storage, offset, shape, strides, *_):
    end = offset + 1 + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    if offset < 0 or min((*shape, *strides), default=1) < 0 or end > len(storage):
        raise ValueError("a tensor reaches beyond its numbers")
    bytes_between = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, bytes_between, writeable=False)
