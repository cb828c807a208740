"""AMP-Net and AMPA-Net as one Keras model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from amp_net.layers import AcrossBlocks, AMPStage, Initialization, Sensing, iterations, unrolled
from amp_net.models import forms
from amp_net.models.fields import check_policy, checked_fields
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.models.inputs.values import checked, checked_measurements, in_unit
from amp_net.models.stored import Stored

if TYPE_CHECKING:
    from amp_net.models.fixed.optimized import OptimizedAMPNet


@keras.saving.register_keras_serializable("amp_net")
class AMPNet(Stored, forms.trained_class()):  # type: ignore[misc]
    """Compressed sensing of image blocks, and their reconstruction by K unrolled AMP iterations.

    With all attention off this is AMP-Net (Algorithm 2); with all three on, AMPA-Net (Algorithm 3). Where
    the paper's text and the authors' code differ, the default follows the code, which made the figures.
    It runs on every backend of Keras; on GPUs see `Sensing` for how measurements stay exact.

    >>> import numpy as np
    >>> model = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)
    >>> y = model.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(model.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio: measurements in percent of the pixels, in (0, 100].
        stages: K; the paper's is 9.
        channels: feature maps of the balanced CNN; the paper's is 32.
        block_size: side of a block in pixels; the paper's is 33.
        activation: name of a Keras activation; the paper's is `"relu"`.
        normalization: `"affine"`, a learned scale and shift (the authors' code), or `"batch"`, real
            batch normalisation (the paper's text).
        residual: whether z(k) is computed from the `"current"` estimate x(k) (the code) or from the
            `"previous"` one x(k−1) (the text).
        onsager: where every ϕ(k) starts; the paper's is 0.1.
        initialization_attention: whether x(0) is weighted by a_Q.
        initialization_attention_units: hidden units of a_Q's perceptron (the text); None is a single
            layer (the code).
        spatial_attention: whether every stage has an a_s.
        channel_attention: whether every stage has an a_c.
        sensing_start: `"orthonormal"` rows with W_Q = W_φᵀ, or `"gaussian"` for both (the paper's).
        sensing_gain: see `Sensing`; 1 for a W_φ of our own.
        trainable_sensing: whether W_φ is learned.
        loss_penalty: `"charbonnier"` (the paper's), `"l1"` or `"l2"`.
        epsilon: ε of the Charbonnier penalty; the paper's is 1e-3.
        symmetry_weight: λ of Eq. 4; the paper's is 0.01. With 0 L_O is not computed.
        symmetry_fraction: the part of each batch on which L_O is computed, 1 or 1/2 or 1/3 and so on, one
            block of so many: an unbiased estimate of it at less cost; the paper's is 1.

    Call arguments:
        inputs: blocks `(batch, block_size, block_size, 1)`, floats in [0, 1].
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        Reconstructed blocks of the same shape, float32, not clipped.

    Raises:
        ValueError: if a field is outside its range, or the blocks are none, see `sense`.
    """

    KIND = "amp_net"
    WAYS = ("whole", "blockwise", "ensemble")
    """In which it rebuilds images, see `whole_images`."""
    MARGIN = 4
    """Blocks around its own on which a pixel of an image depends by more than 1e-5 (as trained, of 33×33)."""
    STEP = 1
    """Blocks by which an image may be moved without another outcome than that it is moved."""

    def __init__(
        self,
        cs_ratio: float = 25,
        stages: int = 9,
        channels: int = 32,
        block_size: int = 33,
        activation: str = "relu",
        normalization: str = "affine",
        residual: str = "current",
        onsager: float = 0.1,
        initialization_attention: bool = False,
        initialization_attention_units: int | None = None,
        spatial_attention: bool = False,
        channel_attention: bool = False,
        sensing_start: str = "orthonormal",
        sensing_gain: float = 1.0,
        trainable_sensing: bool = True,
        loss_penalty: str = "charbonnier",
        epsilon: float = 1e-3,
        symmetry_weight: float = 0.01,
        symmetry_fraction: float = 0.125,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = checked_fields(
            cs_ratio=cs_ratio,
            stages=stages,
            channels=channels,
            block_size=block_size,
            activation=activation,
            normalization=normalization,
            residual=residual,
            onsager=onsager,
            initialization_attention=initialization_attention,
            initialization_attention_units=initialization_attention_units,
            spatial_attention=spatial_attention,
            channel_attention=channel_attention,
            sensing_start=sensing_start,
            sensing_gain=sensing_gain,
            trainable_sensing=trainable_sensing,
            loss_penalty=loss_penalty,
            epsilon=epsilon,
            symmetry_weight=symmetry_weight,
            symmetry_fraction=symmetry_fraction,
        )
        check_policy(self.dtype_policy)
        self.block_size, self.measurements = block_size, measurements_for(cs_ratio, block_size)
        self.sensing = Sensing(
            self.measurements, block_size, sensing_start, sensing_gain, dtype="float32", name="sensing"
        )
        self.initialization = Initialization(
            block_size,
            sensing_start,
            initialization_attention,
            initialization_attention_units,
            dtype="float32",
            name="initialization",
        )
        self.stages = [
            AMPStage(
                self.make_denoiser(),
                residual,
                last=k == stages,
                onsager=onsager,
                dtype=self.dtype_policy,
                name=f"stage_{k}",
            )
            for k in range(1, stages + 1)
        ]
        self.build((None, block_size, block_size, 1))
        self.sensing.trainable = self._learns_sensing = trainable_sensing
        if sensing_start == "orthonormal":
            # The pseudo-inverse of orthonormal rows is their transpose.
            self.initialization.kernel.assign(self.sensing.matrix / sensing_gain)

    @property
    def trainable(self):
        """Whether the model is trained. A W_φ that is not learned stays as it is when this is set."""
        return super().trainable

    @trainable.setter
    def trainable(self, value):
        self._learns_sensing = self._trains_sensing()
        keras.Model.trainable.fset(self, value)
        self.sensing.trainable = value and self._learns_sensing

    def build(self, input_shape):
        self.sensing.build(input_shape)
        self.initialization.build((None, self.measurements))
        for stage in self.stages:
            stage.build(input_shape)
        self.built = True

    def make_denoiser(self, make=forms.make_denoiser):
        """f(k) of a new stage: by default a `BalancedCNN`; a subclass may have another.

        Args:
            make: what takes the fields of `BalancedCNN` and gives a layer.
        """
        fields = ("channels", "normalization", "activation", "spatial_attention", "channel_attention")
        return make(**{field: self.config[field] for field in fields}, dtype=self.dtype_policy, name="cnn")

    def call(self, inputs, training=False):
        measurements = self.sensing(in_unit(self._checked(inputs), "blocks"))
        restored, residuals = self._reconstruct(measurements, self.symmetry_every, training)
        if self.symmetry_every is not None:
            self.penalise(residuals)
        return restored

    def sense(self, blocks: Any) -> Any:
        """Measures blocks: `(batch, block_size, block_size, 1)` in [0, 1] to y, `(batch, m)`.

        Raises:
            ValueError: if the blocks have another shape, are not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        return self.sensing(in_unit(self._checked(blocks), "blocks")) * self.sensing.gain

    def reconstruct(self, measurements: Any, turn: int = 0) -> Any:
        """Rebuilds blocks or whole images.

        Args:
            measurements: y of single blocks, `(batch, m)`, each rebuilt by itself, as in the paper; or of
                images, `(batch, rows, columns, m)`, for which every stage's CNN sees across the blocks.
            turn: one of `across_blocks.TURNS`, in which the CNNs are shown images.

        Returns:
            Blocks `(batch, block_size, block_size, 1)`, or images
            `(batch, rows · block_size, columns · block_size, 1)`; not clipped.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity.
        """
        flat, across = self._flat(measurements, turn)
        restored, _ = self._reconstruct(flat, across=across)
        return restored if across is None else across.joined(restored)

    def estimates(self, measurements: Any, turn: int = 0) -> Iterator[Any]:
        """X(0), X(1) … X(K): what each stage makes of y; the last is what `reconstruct` gives.

        >>> import numpy as np
        >>> model = AMPNet(cs_ratio=10, stages=2, channels=8)
        >>> len([*model.estimates(np.zeros((1, 109), "float32"))])
        3

        Args:
            measurements, turn: as in `reconstruct`.

        Yields:
            Blocks or images as `reconstruct` gives them.

        Raises:
            ValueError: likewise.
        """
        flat, across = self._flat(measurements, turn)
        for estimate, _ in iterations(flat, self.sensing, self.initialization, self.stages, across=across):
            yield estimate if across is None else across.joined(estimate)

    def _flat(self, measurements, turn):
        """Y of all blocks, `(batch, m)`, and how images are joined of them; None for single blocks."""
        measurements = checked_measurements(measurements, self.measurements) / self.sensing.gain
        if len(measurements.shape) == 2:
            return measurements, None
        rows, columns = ops.shape(measurements)[1:3]
        across = AcrossBlocks(rows, columns, self.block_size, turn)
        return ops.reshape(measurements, (-1, self.measurements)), across

    def optimized(self, dtype: str = "float32") -> OptimizedAMPNet:
        """The trained network as a fixed, faster function with the same results, see `OptimizedAMPNet`."""
        return forms.optimized(self, dtype)

    def set_sensing_matrix(self, matrix: np.ndarray) -> None:
        """Sets Φ, `(m, block_size²)` with one measurement a row, and W_Q to its pseudo-inverse.

        Raises:
            ValueError: if the matrix does not fit this model or has entries that are not finite.
        """
        self.sensing.set_matrix(matrix)
        self.initialization.kernel.assign(np.linalg.pinv(self.sensing.matrix / self.sensing.gain).T)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "trainable_sensing": self._trains_sensing(),
            "trainable": self.trainable,
        }

    def _reconstruct(self, measurements, symmetry_every=None, training=False, across=None):
        """Algorithms 2 and 3 from Y on: X(N), and the symmetry residual of every stage."""
        return unrolled(
            measurements, self.sensing, self.initialization, self.stages, symmetry_every, training, across
        )

    def _trains_sensing(self):
        """Whether W_φ is learned, or would be if the whole model were not frozen."""
        return self.sensing.trainable if self.trainable else self._learns_sensing

    def _checked(self, blocks):
        return checked(blocks, self._one_input(), "blocks")

    def _one_input(self):
        return self.block_size, self.block_size, 1
