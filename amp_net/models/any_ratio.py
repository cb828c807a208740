"""One network for every CS ratio, on whole images. Ours, beyond the paper."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from amp_net.layers.beyond.across_blocks import turned, turned_back
from amp_net.layers.beyond.feature_stage import FeatureStage, even
from amp_net.layers.beyond.nested_sensing import NestedSensing, adjoint, measure
from amp_net.models import forms
from amp_net.models.fields import check_size, check_switch
from amp_net.models.fixed.at_ratio import AtRatio
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.models.inputs.values import checked, finite, in_unit, of_whole_blocks
from amp_net.models.stored import Stored

if TYPE_CHECKING:
    from typing_extensions import Self


@keras.saving.register_keras_serializable("amp_net")
class AnyRatioAMPNet(Stored, forms.trained_on_windows_class()):  # type: ignore[misc]
    """Compressed sensing of images at any CS ratio, by unrolled AMP iterations across blocks.

    Each block is sensed by itself, with the first m rows of one learned Φ. X(0) = Φᵀ Y; every stage is a
    `FeatureStage`, whose CNN sees the whole image and is given the CS ratio.

    `fit` and `evaluate` take batches of images alone, see `TrainedOnWindows`: in training m is drawn anew for
    each image; in evaluation each image is rebuilt from every m of the paper's seven ratios.

    >>> import numpy as np
    >>> network = AnyRatioAMPNet(stages=1, channels=4, blocks=1, measurements=32, block_size=8)
    >>> images = np.full((2, 16, 16, 1), 0.5, "float32")
    >>> tuple(network(images, np.array([8, 32])).shape), network.at(25).measurements
    ((2, 16, 16, 1), 16)

    Args:
        stages: K.
        channels, blocks: of each stage, see `FeatureStage`.
        measurements: rows of Φ, the largest m.
        block_size: side of a block in pixels.
        binary: whether all entries of Φ are ±1 / block_size, see `NestedSensing`.

    Call arguments:
        images: `(batch, rows · block_size, columns · block_size, 1)`, floats in [0, 1].
        counts: m of each image, whole numbers `(batch,)` from 1 to `measurements`; None as in `fit` and
            `evaluate`.
        training: whether without counts they are drawn; else they are all of `standard_counts`.

    Returns:
        Reconstructed images of the same shape, float32, not clipped. Without counts and training, of each
        image one for every standard count: `(batch, counts, rows · block_size, columns · block_size, 1)`.

    Raises:
        ValueError: if a field is no whole number, or too large; if the images are none, see `sense`.
    """

    KIND = "any_ratio"
    MARGIN = 6
    """As in `AMPNet`."""
    STEP = 2
    """Likewise; feature maps have half the image's resolution, and blocks an odd side."""

    def __init__(
        self,
        stages: int = 10,
        channels: int = 64,
        blocks: int = 3,
        measurements: int = 545,
        block_size: int = 33,
        binary: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = {
            "stages": stages,
            "channels": channels,
            "blocks": blocks,
            "measurements": measurements,
            "block_size": block_size,
            "binary": binary,
        }
        check_size(self.config)
        check_switch(self.config, "binary")
        self.measurements, self.block_size = measurements, block_size
        self.sensing = NestedSensing(measurements, block_size, binary, dtype="float32", name="sensing")
        self.stages = [
            FeatureStage(channels, blocks, dtype=self.dtype_policy, name=f"stage_{k}")
            for k in range(1, stages + 1)
        ]
        self.build((None, block_size, block_size, 1))

    def build(self, images_shape):
        self.sensing.build(images_shape)
        for stage in self.stages:
            stage.build()
        self.built = True

    def call(self, images, counts=None, training=False):
        images = in_unit(self._checked(images), "images")
        if counts is not None:
            return self._rebuilt(images, counts)
        if training:
            return self._rebuilt(images, self.drawn_counts(ops.shape(images)[0]))
        standard = self.standard_counts()
        counts = ops.zeros_like(images[:, 0, 0], "int32") + ops.convert_to_tensor(standard, "int32")
        restored = self._rebuilt(ops.repeat(images, len(standard), axis=0), ops.reshape(counts, (-1,)))
        return ops.reshape(restored, (-1, len(standard), *ops.shape(images)[1:]))

    def _rebuilt(self, images, counts):
        """Images of `(batch, height, width, 1)`, each rebuilt from its own number of measurements."""
        rows = ops.arange(self.measurements)
        used = ops.cast(rows[None, :] < ops.cast(counts, rows.dtype)[:, None], "float32")[:, None, None, :]
        ratio = ops.log(ops.cast(counts, "float32") / self.block_size**2)[:, None]
        return self._reconstruct(self.sensing(images) * used, ratio, used)

    def sense(self, images: Any, count: int) -> Any:
        """Measures images with the first rows of Φ.

        Args:
            images: `(batch, rows · block_size, columns · block_size, 1)`, floats in [0, 1].
            count: m, from 1 to `measurements`.

        Returns:
            y, `(batch, rows, columns, m)`.

        Raises:
            ValueError: if m is outside of that range, or the images are not of whole blocks, not floats,
                hold NaN or infinity, or are far outside of [0, 1].
        """
        self.check_count(count)
        return self.sensing(in_unit(self._checked(images), "images"), count=count)

    def reconstruct(self, measurements: Any, turn: int = 0) -> Any:
        """Rebuilds images from y `(batch, rows, columns, m)`; not clipped.

        Args:
            measurements: y.
            turn: one of `across_blocks.TURNS`, in which the CNNs are shown the images.

        Raises:
            ValueError: if y has another number of axes or an m outside of 1 to `measurements`, is not of
                floats, or holds NaN or infinity.
        """
        measurements, ratio = self._told(measurements)
        return self._reconstruct(measurements, ratio, turn=turn)

    def estimates(self, measurements: Any, turn: int = 0) -> Iterator[Any]:
        """X(0), X(1) … X(K): what each stage makes of y; the last is what `reconstruct` gives.

        Raises:
            ValueError: as `reconstruct`.
        """
        measurements, ratio = self._told(measurements)
        return self._estimates(measurements, ratio, turn=turn)

    def _told(self, measurements):
        """y, and the logarithm of its CS ratio, which the stages are told."""
        measurements = finite(checked(measurements, (None, None, None), "measurements"), "measurements")
        self.check_count(measurements.shape[-1])
        ratio = math.log(measurements.shape[-1] / self.block_size**2)
        return measurements, ops.full((1, 1), ratio, "float32")

    @classmethod
    def from_preset(cls, preset: str | Path = "amp_net_any_ratio", dtype: str | None = None) -> Self:
        """As `Stored.from_preset`; by default the network of this package."""
        return super().from_preset(preset, dtype)

    def _reconstruct(self, measurements, ratio, used=1.0, turn=0):
        """X(K)."""
        # One X(k) after the other, so that memory never holds all.
        return collections.deque(self._estimates(measurements, ratio, used, turn), maxlen=1).pop()

    def _estimates(self, measurements, ratio, used=1.0, turn=0):
        """Algorithm 2 from Y on, with feature maps passed on: X(0), X(1) … X(K).

        Φ and Y stand for Q and Y' where Φ is binary, see `NestedSensing`.
        """
        measurements, rows = self.sensing.orthonormal(measurements)
        measurements = used * measurements
        size, features = self.block_size, None
        estimate = adjoint(measurements, rows, size)
        yield estimate
        residual = measurements - used * measure(estimate, rows, size)
        for k, stage in enumerate(self.stages, 1):
            back = adjoint(residual, rows, size)
            seen = turned(estimate, turn)
            shown, features, onsager = stage(even(seen), even(turned(back, turn)), features, ratio)
            height, width = ops.shape(seen)[1:3]
            estimate = turned_back(shown[:, :height, :width], turn)
            yield estimate
            if k < len(self.stages):
                explained = used * measure(estimate, rows, size)
                residual = measurements - explained + onsager * residual

    def with_orthonormal_rows(self) -> Self:
        """This network, or of a binary one that for measurements y': its Φ is Q, see `NestedSensing`."""
        if not self.sensing.binary:
            return self
        config = {**self.get_config(), "binary": False}
        network = type(self).from_config(config)
        network.set_weights(self.get_weights())
        network.sensing.kernel.assign(
            ops.matmul(self.sensing.rows(), ops.convert_to_tensor(self.sensing.mixing(self.measurements)))
        )
        return network

    def at(self, cs_ratio: float) -> AtRatio:
        """This network at one CS ratio, in percent: an `AtRatio`.

        >>> from amp_net.models.any_ratio import AnyRatioAMPNet
        >>> AnyRatioAMPNet(stages=1, channels=8, blocks=1).at(cs_ratio=10).measurements
        109

        Raises:
            ValueError: if the network does not take so many measurements, or so few.
        """
        return self.at_measurements(measurements_for(cs_ratio, self.block_size))

    def at_measurements(self, count: int) -> AtRatio:
        """This network with m measurements of a block: an `AtRatio`.

        Raises:
            ValueError: if the network does not take so many.
        """
        return AtRatio(self, count)

    def check_count(self, count: int) -> None:
        """Raises a ValueError if the network does not take so many measurements of a block."""
        if not 1 <= count <= self.measurements:
            raise ValueError(
                f"There are {count} measurements of a block; this network takes 1 to {self.measurements}."
            )

    def _checked(self, images):
        return of_whole_blocks(images, (self.block_size, self.block_size))
