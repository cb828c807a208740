"""What Keras's backends have names of their own for; nothing here knows the rest of the package.

Libraries are imported inside the functions, since at most one of them need be installed.
"""

import re

import keras

BACKEND = keras.backend.backend()


def on_accelerator():
    """Whether the backend computes on a GPU, or a TPU, rather than on the processor."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if BACKEND == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.cuda.is_available()


def compute_capabilities():
    """Of each GPU of the backend, as `(8, 0)`; `(0, 0)` where it is unknown."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        graphics = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(each) for each in graphics]
        return [each.get("compute_capability", (0, 0)) for each in details]
    if BACKEND == "jax":
        import jax

        graphics = [each for each in jax.devices() if each.platform == "gpu"]
        found = [re.fullmatch(r"(\d+)\.(\d+)", str(each.compute_capability)) for each in graphics]
        return [tuple(map(int, each.groups())) if each else (0, 0) for each in found]
    import torch

    return [torch.cuda.get_device_capability(each) for each in range(torch.cuda.device_count())]


def make_deterministic():
    """Makes the backend's operations give the same values each time, where that can still be set."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif BACKEND == "torch":
        import torch

        torch.backends.cudnn.deterministic = True


def compiled(function, shape=None):
    """A function of a tensor that is traced once for each shape, or in PyTorch runs without gradients.

    Args:
        function: of one float32 tensor.
        shape: what the tensor has, with None for any size: TensorFlow then traces the function once.
    """
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(function, input_signature=shape and [tf.TensorSpec(shape, "float32")])
    if BACKEND == "jax":
        import jax

        return jax.jit(function)
    import torch

    return torch.no_grad()(function)


def export_options(format):
    """What Keras's `export` needs so that the exported network takes batches of any size."""
    if BACKEND == "torch" and format == "torch":
        from torch.export import Dim

        return {"dynamic_shapes": {0: Dim.AUTO}}
    return {}


def has_values(tensor):
    """Whether a tensor has values to look at; inside a traced function it has not."""
    if isinstance(tensor, keras.KerasTensor):
        return False
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.executing_eagerly()
    if BACKEND == "jax":
        import jax

        return not isinstance(tensor, jax.core.Tracer)
    if BACKEND == "torch":
        import torch

        return not torch.compiler.is_compiling()
    # Keras's NumPy backend computes at once.
    return True


def with_shape(tensor, shape):
    """The tensor, whose shape is checked again when a traced function of any shape runs.

    Args:
        tensor: of which not all of the shape may be known.
        shape: what it must be; None stands for any size.
    """
    if BACKEND == "tensorflow" and not isinstance(tensor, keras.KerasTensor):
        import tensorflow as tf

        return tf.ensure_shape(tensor, shape)
    return tensor
