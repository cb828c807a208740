"""How models are saved and loaded: as presets, and by Keras's own methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import keras

from amp_net import backends
from amp_net.models import presets
from amp_net.models.presets.loading import FORMER_FIELDS

if TYPE_CHECKING:
    from typing_extensions import Self

HDF5 = (".h5", ".hdf5")
NEEDS_TENSORFLOW = {"jax": ("openvino",), "torch": ("tf_saved_model",)}
"""The formats of `export` in which Keras fails under a backend, however the model is written."""


class Stored(keras.Model):
    """A model that has presets; what else Keras offers, and cannot do for it, is refused.

    A subclass has a `KIND`, see `presets.load`, and takes the fields of its `config`.
    """

    config: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.autocast = False

    @classmethod
    def from_preset(cls, preset: str | Path, dtype: str | None = None) -> Self:
        """A trained model: by the name of a preset of this package, from a folder, or from an address.

        Args:
            preset: the name, the folder, or the address with the SHA-256 that it is to have, as
                `https://…/mine.zip#sha256=…` or `hf://owner/name#sha256=…`, see `fetched`.
            dtype: a Keras dtype policy, or None for Keras's default.

        Raises:
            ValueError: if there is no such preset, it holds another network, its files are missing or
                damaged, or an address cannot be fetched or leads to something else.
        """
        return presets.load(cls, preset, dtype=dtype)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        """A new model of a config; fields of 0.1 that no function depends on are left out."""
        config = {field: value for field, value in config.items() if field not in FORMER_FIELDS}
        return super().from_config(config, custom_objects)

    def get_config(self) -> dict[str, Any]:
        """The fields of the model, with its name and dtype policy."""
        return {
            **self.config,
            "name": self.name,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
        }

    def save_to_preset(
        self, folder: str | Path, metadata: dict[str, Any] | None = None, curve: str | None = None
    ) -> None:
        """Writes `config.json`, `metadata.json`, `model.weights.h5` and `README.md`, all or nothing.

        Args:
            folder: where to; a preset that is there is replaced.
            metadata: what to say of the weights: `results`, `training`, `command`, `licence` and others, as
                the presets of this package have them; the model card, `README.md`, shows them.
            curve: of the training, for `curve.csv` beside them; None for none.

        Raises:
            ValueError: if the folder holds other files or cannot be written, or the metadata hold NaN.
        """
        presets.save(self, folder, metadata or {}, curve)

    def save(self, filepath: str | Path, *arguments: Any, **kwargs: Any) -> None:
        """As Keras's, to a `.keras` file or a folder.

        Raises:
            ValueError: if it is to be an HDF5 file: Keras writes that, but cannot make the model again.
        """
        if str(filepath).endswith(HDF5):
            raise ValueError(
                f"Keras cannot load this model from {filepath}; save it as .keras, its weights alone by "
                "save_weights, or a preset by save_to_preset."
            )
        super().save(filepath, *arguments, **kwargs)

    def quantize(self, mode: Any = None, *arguments: Any, **kwargs: Any) -> NoReturn:
        """Not for this model.

        Raises:
            ValueError: always. Keras quantises layers of its own alone, and has none for convolutions.
        """
        raise ValueError(
            f"Keras cannot quantise this model to {mode!r}, since it knows no quantised convolutions; "
            "optimized('bfloat16') and optimized('float16') compute in 16 bits."
        )

    def export(
        self,
        filepath: str | Path,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """As Keras's, for batches of any size of what `call` takes where no other signature is given.

        Raises:
            ValueError: if Keras cannot write the format under this backend.
        """
        if format in NEEDS_TENSORFLOW.get(backends.BACKEND, ()):
            raise ValueError(
                f"Keras cannot export this model to {format} under {backends.BACKEND}; set "
                "KERAS_BACKEND=tensorflow and load the preset there."
            )
        one = self._one_input()
        if one is not None:
            input_signature = input_signature or [keras.InputSpec(shape=(None, *one), dtype="float32")]
            kwargs = {**backends.export_options(format), **kwargs}
        super().export(filepath, format, verbose, input_signature, **kwargs)

    def _one_input(self) -> tuple[int, ...] | None:
        """The shape of one element of the batch that `call` takes alone; None if it takes more, or any."""
        return None
