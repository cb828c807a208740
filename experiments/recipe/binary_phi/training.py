"""The training of the network with a Φ of ±1: where it starts, its steps and its validation."""

import numpy as np

from amp_net.models.learning.losses import log_error

SIDE = 132
"""Of the windows in pixels."""


def start(trained, patterns):
    """The network in bfloat16, with the stages of another and patterns of ±1.

    Args:
        trained: an `AnyRatioAMPNet`, binary or not.
        patterns: `(measurements, block_size²)`, or None for those it has.
    """
    network = type(trained)(**{**trained.config, "binary": True}, dtype="mixed_bfloat16")
    network.set_weights(trained.get_weights())
    if patterns is not None:
        network.sensing.kernel.assign(patterns.T.astype("float32") / network.block_size)
    return network


def trained_of(network):
    """The variables that are trained: of each stage all but its residual blocks.

    The kernels of these, nine tenths of the weights, stay those of the network that it starts from, so that
    the preset need not hold them.
    """
    return [
        variable
        for stage in network.stages
        for variable in stage.trainable_variables
        if not any(variable is kernel for kernel in (*stage.first, *stage.second))
    ]


def make_step(network, draw, optimizer, variables, error=log_error):
    """A function that takes a training step, and gives the loss.

    Args:
        network: of `start`.
        draw: gives windows, `(batch, side, side, 1)`.
        optimizer: of the variables.
        variables: what is trained.
        error: of rebuilt and original windows, of which the loss is the mean; by default that of `fit`.
    """
    import tensorflow as tf

    @tf.function
    def step(windows):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(error(network(windows, training=True), windows))
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return lambda: step(tf.constant(draw()))


def make_validation(network, photographs):
    """A function that gives PSNR in dB by CS ratio, of photographs that are rebuilt in float32."""
    from amp_net import evaluation, images
    from amp_net.images import quality
    from amp_net.models.fixed.optimized import copy_of
    from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS

    shown = [images.to_unit(photograph) for photograph in photographs]

    def validate():
        copy, found = copy_of(network, "float32"), {}
        for ratio, count in PUBLISHED_MEASUREMENTS.items():
            model = copy.at_measurements(count)
            psnr = [quality.psnr(image, evaluation.rebuild(model, image)) for image in shown]
            found[f"psnr_{ratio}"] = float(np.mean(psnr))
        return found

    return validate
