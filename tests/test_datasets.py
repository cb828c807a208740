"""TFDS's own tests of a builder, for each of ours, on two pictures made for it."""

import importlib
import pathlib

import tensorflow_datasets as tfds

from amp_net.photographs.image_sets import DOWNLOADED

PICTURES = pathlib.Path(__file__).parent / "dummy_photographs"


def _test_case(name):
    builder = importlib.import_module(f"amp_net.datasets.{name}.{name}_dataset_builder").Builder

    return type(
        f"{name}Test",
        (tfds.testing.DatasetBuilderTestCase,),
        {
            "DATASET_CLASS": builder,
            "EXAMPLE_DIR": str(PICTURES),
            "SPLITS": {builder.SPLIT: 2},
            "DL_DOWNLOAD_RESULT": {"colour.png": "colour.png", "grey.png": "grey.png"},
        },
    )


for _name in DOWNLOADED:
    globals()[f"{_name}Test"] = _test_case(_name)
