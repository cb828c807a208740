"""The one place where a thing's form is chosen.

Under TensorFlow some things have faster or more able forms in `amp_net.tensorflow`; elsewhere, and on GPUs
for what only processors gain from, the plain forms are used.
"""

from amp_net.backends import BACKEND, on_accelerator
from amp_net.layers import BalancedCNN


def make_denoiser(**fields):
    """A `BalancedCNN` with these fields, in the form that is fastest here."""
    if BACKEND == "tensorflow" and not on_accelerator():
        from amp_net.tensorflow.merged.merged_cnn import MergedCNN

        return MergedCNN(**fields)
    return BalancedCNN(**fields)


def trained_class():
    """`TrainedOnBlocks`, under TensorFlow with a training step that `tf.distribute` can share out."""
    if BACKEND == "tensorflow":
        from amp_net.tensorflow.training_steps import TrainedOnBlocks
    else:
        from amp_net.models.learning.trained_on_blocks import TrainedOnBlocks
    return TrainedOnBlocks


def trained_on_windows_class():
    """`TrainedOnWindows`, under TensorFlow with steps that look at every batch."""
    if BACKEND == "tensorflow":
        from amp_net.tensorflow.training_steps import TrainedOnWindows
    else:
        from amp_net.models.learning.trained_on_windows import TrainedOnWindows
    return TrainedOnWindows


def optimized(model, dtype):
    """An `OptimizedAMPNet` of a model, in the form that is fastest here."""
    if BACKEND == "tensorflow":
        from amp_net.tensorflow.optimized import MergedAMPNet

        return MergedAMPNet(model, dtype)
    from amp_net.models.fixed.optimized import OptimizedAMPNet

    return OptimizedAMPNet(model, dtype)
