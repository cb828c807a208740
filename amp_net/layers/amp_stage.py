"""One iteration of AMP, with any denoiser."""

import keras

RESIDUALS = ("current", "previous")


@keras.saving.register_keras_serializable("amp_net")
class AMPStage(keras.layers.Layer):
    """One pass of the loop of Algorithms 2 and 3.

        R(k) = W_φᵀ Z(k−1) + X(k−1)
        X(k) = f(k)(R(k))
        Z(k) = Y − W_φ X + ϕ(k) Z(k−1)

    ϕ(k) Z(k−1) is the Onsager term. X in the last line is X(k), the estimate just computed, as in AMP and in
    the authors' code, or X(k−1) as the paper prints it. A last stage has no Z and so no ϕ(k).
    All of it but f(k) is computed in float32.

    >>> import numpy as np
    >>> from amp_net.layers import BalancedCNN, Sensing
    >>> blocks, sensing = np.full((2, 8, 8, 1), 0.5, "float32"), Sensing(16, 8)
    >>> y = sensing(blocks)
    >>> estimate, residual, _ = AMPStage(BalancedCNN(channels=4))(blocks, y, y, sensing=sensing)
    >>> tuple(estimate.shape), tuple(residual.shape)
    ((2, 8, 8, 1), (2, 16))

    Args:
        denoiser: f(k), a layer with the call arguments and results of `BalancedCNN`; kept as `cnn`.
        residual: `"current"` for X(k), `"previous"` for the paper's X(k−1).
        last: whether no stage follows.
        onsager: where ϕ(k) starts; the paper's is 0.1.

    Call arguments:
        estimate: X(k−1), `(batch, block_size, block_size, 1)`.
        residual: Z(k−1), `(batch, m)`.
        measurements: Y, `(batch, m)`.
        sensing: the model's `Sensing` layer, shared by all stages.
        symmetry_every, training: as in `BalancedCNN`.
        across: `AcrossBlocks`, by which f(k) is shown whole images; None, as in the paper, for single blocks.

    Returns:
        X(k); Z(k), or None from a last stage; the symmetry residual or None.

    Raises:
        ValueError: if the kind of residual is unknown.
    """

    def __init__(self, denoiser, residual="current", last=False, onsager=0.1, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if residual not in RESIDUALS:
            raise ValueError(f"The residual is of the {' or '.join(RESIDUALS)} estimate, not {residual!r}.")
        self.cnn = denoiser
        self.residual = residual
        self.last = last
        self.onsager_start = onsager

    def build(self, estimate_shape, residual_shape=None, measurements_shape=None):
        # A denoiser that was made again from its config is built.
        if not self.cnn.built:
            self.cnn.build(estimate_shape)
        if not self.last:
            self.onsager = self.add_weight(
                autocast=False,
                name="onsager",
                shape=(),
                initializer=keras.initializers.Constant(self.onsager_start),
            )

    def call(
        self, estimate, residual, measurements, sensing, symmetry_every=None, training=False, across=None
    ):
        refined = sensing.adjoint(residual) + estimate
        if across is None:
            restored, symmetry = self.cnn(refined, symmetry_every=symmetry_every, training=training)
        else:
            images, symmetry = self.cnn(
                across.shown(refined), symmetry_every=symmetry_every, training=training, side=across.side
            )
            restored = across.split_shown(images)
        if self.last:
            return restored, None, symmetry
        explained = restored if self.residual == "current" else estimate
        residual = measurements - sensing(explained) + self.onsager * residual
        return restored, residual, symmetry

    def get_config(self):
        return {
            **super().get_config(),
            "denoiser": keras.saving.serialize_keras_object(self.cnn),
            "residual": self.residual,
            "last": self.last,
            "onsager": self.onsager_start,
        }

    @classmethod
    def from_config(cls, config):
        denoiser = keras.saving.deserialize_keras_object(config["denoiser"])
        return super().from_config({**config, "denoiser": denoiser})
