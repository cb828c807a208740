import importlib
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from amp_net import image_sets, images


def test_samples_need_no_network_and_no_files():
    photographs = dict(image_sets.load("samples"))
    assert tuple(photographs) == image_sets.SAMPLES
    assert {image.dtype for image in photographs.values()} == {np.dtype("uint8")}


def test_an_unknown_set_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no data set 'set12'.*samples.*set11"):
        image_sets.load("set12")


@pytest.mark.parametrize("name", image_sets.DOWNLOADED)
def test_every_registered_file_is_in_the_folder_unaltered(name, data_dir):
    image_sets.check_files(name, data_dir / name)
    builder = importlib.import_module(f"amp_net.datasets.{name}.{name}_dataset_builder").Builder
    registered = {info.filename for info in builder.url_infos.values()}
    assert registered == {path.name for path in (data_dir / name).iterdir()}


def test_a_set_is_read_in_the_order_of_its_names_and_unchanged(data_dir):
    photographs = image_sets.load("set11", data_dir)
    names = [name for name, _ in photographs]
    assert len(names) == 11
    assert names == sorted(names)
    for name, image in photographs:
        original = images.luminance(images.read(data_dir / "set11" / name))
        np.testing.assert_array_equal(image, original)


def test_the_variable_names_the_folder_too(data_dir, monkeypatch):
    monkeypatch.setenv(image_sets.DATA_VARIABLE, str(data_dir))
    photographs = image_sets.load("t91")
    assert len(photographs) == 91
    name, image = photographs[0]
    np.testing.assert_array_equal(image, images.read(data_dir / "t91" / name))


def test_two_processes_may_prepare_a_set_at_the_same_time(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    builder = importlib.import_module("amp_net.datasets.set11.set11_dataset_builder").Builder
    generate = builder._generate_examples
    other = []

    def beside_another(self, found):
        if not other:
            other.append(None)
            other[0] = image_sets.load("set11", data_dir)
        return generate(self, found)

    monkeypatch.setattr(builder, "_generate_examples", beside_another)
    for mine, theirs in zip(image_sets.load("set11", data_dir), other[0], strict=True):
        assert mine[0] == theirs[0]
        np.testing.assert_array_equal(mine[1], theirs[1])
    assert (tmp_path / "set11").is_dir()


@pytest.fixture
def own_copy(data_dir, tmp_path):
    shutil.copytree(data_dir / "set11", tmp_path / "set11")
    (tmp_path / "set11").chmod(0o755)
    return tmp_path


def test_a_missing_file_is_named(own_copy):
    (own_copy / "set11" / "house.tif").unlink()
    with pytest.raises(ValueError, match=r"house\.tif is missing"):
        image_sets.load("set11", own_copy)


def test_an_altered_file_is_named(own_copy):
    file = own_copy / "set11" / "house.tif"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.unlink()
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"house\.tif is altered"):
        image_sets.load("set11", own_copy)


def test_without_network_the_error_says_what_to_do(monkeypatch):
    monkeypatch.delenv(image_sets.DATA_VARIABLE, raising=False)

    def offline(*args, **kwargs):
        raise ConnectionError("no route to host")

    builder = importlib.import_module("amp_net.datasets.bsd68.bsd68_dataset_builder").Builder
    monkeypatch.setattr(builder, "download_and_prepare", offline)
    with pytest.raises(ValueError, match=r"bsd68 could not be fetched.*--data_dir or AMP_NET_DATA"):
        image_sets.load("bsd68")
