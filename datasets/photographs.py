"""What the builders share: single image files with registered SHA-256, in the order of their names."""

import hashlib
import sys
from pathlib import Path
from typing import ClassVar

import tensorflow as tf
import tensorflow_datasets as tfds

from amp_net.photographs import original_files


class PhotographBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """A data set of photographs; one example is `{"image": uint8, "name": file name}`.

    Subclasses name their split. There are 3 channels, RGB, or 1 where the set is `original_files.GREY`. Files
    found in TFDS's `manual_dir` are taken from there; `amp_net.photographs.image_sets` checks them first.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES: ClassVar = {"1.1.0": "The files at the commits named in checksums.tsv."}
    SPLIT = "test"

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # TFDS would guess these from the module's name, which in a clone is not where the files lie.
        cls.code_path = Path(sys.modules[cls.__module__].__file__)
        cls.pkg_dir_path = cls.code_path.parent
        cls.CHANNELS = 1 if cls.pkg_dir_path.name in original_files.GREY else 3

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, self.CHANNELS)),
                    "name": tfds.features.Text(),
                }
            ),
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(),
        )

    def is_of_registered_files(self):
        """Whether what is prepared was made of the files in checksums.tsv, and not by another's builder."""
        return self.info.metadata.get("registered") == self._registered()

    def _registered(self):
        """A SHA-256 of the registered names and sums."""
        lines = sorted(f"{info.filename} {info.checksum}" for info in self.url_infos.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _split_generators(self, dl_manager):
        # Here and not in _info, where a copy that tells nothing would be taken to tell this.
        self.info.metadata["registered"] = self._registered()
        files = dl_manager.download({info.filename: url for url, info in self.url_infos.items()})
        return {self.SPLIT: self._generate_examples(files)}

    def _generate_examples(self, files):
        for index, name in enumerate(sorted(files)):
            with tf.io.gfile.GFile(files[name], "rb") as file:
                image = original_files.photograph(file.read(), name, self.CHANNELS == 1)
            yield index, {"image": image.reshape(*image.shape[:2], self.CHANNELS), "name": name}
