import contextlib
import importlib
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from amp_net import images
from amp_net.photographs import image_sets, original_files


def test_samples_need_no_network_and_no_files():
    photographs = dict(image_sets.load("samples"))
    assert tuple(photographs) == image_sets.SAMPLES
    assert {image.dtype for image in photographs.values()} == {np.dtype("uint8")}


def test_an_unknown_set_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no data set 'set12'.*samples.*set11"):
        image_sets.load("set12")


@pytest.mark.parametrize("name", image_sets.DOWNLOADED)
def test_every_registered_file_is_in_the_folder_unaltered(name, data_dir):
    original_files.check_files(name, data_dir / name)
    builder = importlib.import_module(f"amp_net.datasets.{name}.{name}_dataset_builder").Builder
    registered = {info.filename for info in builder.url_infos.values()}
    assert (
        registered
        == {path.name for path in (data_dir / name).iterdir()}
        == {*original_files.registered(name)}
    )


@pytest.mark.parametrize(("installed", "backend"), [(False, "tensorflow"), (True, "jax")])
@pytest.mark.parametrize("name", ["set11", "t91"])
def test_without_tfds_the_original_files_are_read(name, installed, backend, data_dir, monkeypatch):
    expected = image_sets.load(name, data_dir)
    if not installed:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    monkeypatch.setattr(image_sets, "_through_tfds", lambda *_: pytest.fail("it was asked"))
    found = image_sets.load(name, data_dir)
    assert [file for file, _ in found] == [file for file, _ in expected]
    for (_, image), (_, other) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(image, other)


def test_without_tfds_and_without_a_folder_the_error_says_what_to_give(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.delenv(image_sets.DATA_VARIABLE, raising=False)
    with pytest.raises(
        ValueError, match=r"t91 is fetched by TensorFlow Datasets, which is not .*--data_dir or"
    ):
        image_sets.load("t91")


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


def test_two_processes_may_prepare_a_set_at_the_same_time(
    data_dir, tmp_path, forking_server, command_environment
):
    # The same seed gives TFDS the same name for what it is writing.
    (tmp_path / "preparing.py").write_text(
        "import random, sys, tensorflow_datasets as tfds; from amp_net.photographs import image_sets; "
        "tfds.core.constants.DATA_DIR = sys.argv[1]; random.seed(1); "
        "print(len(image_sets.load('set11', sys.argv[2])))"
    )
    program = [tmp_path / "preparing.py", tmp_path / "sets", data_dir]

    def started():
        return forking_server.started(program, tmp_path, command_environment)

    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(started()) for _ in range(3)]
        for finished in waiting:
            done = finished(300)
            assert done.stdout == "11\n", done.stderr
    assert (tmp_path / "sets" / "set11").is_dir()


@pytest.fixture
def copy_of_set11(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    image_sets.load("set11", data_dir)
    (folder,) = (tmp_path / "set11").glob("*.*.*")
    return folder


def test_a_damaged_copy_is_told(copy_of_set11, data_dir):
    (records,) = copy_of_set11.glob("*.tfrecord*")
    records.write_bytes(records.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"The copy of set11 in .* is damaged; remove that folder"):
        image_sets.load("set11", data_dir)


def test_another_data_set_of_that_name_is_not_taken_for_ours(copy_of_set11, data_dir):
    (copy_of_set11 / "metadata.json").unlink()
    with pytest.raises(ValueError, match="holds another data set that is called set11"):
        image_sets.load("set11", data_dir)


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


def test_without_network_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    monkeypatch.delenv(image_sets.DATA_VARIABLE, raising=False)

    def offline(*args, **kwargs):
        raise ConnectionError("no route to host")

    builder = importlib.import_module("amp_net.datasets.bsd68.bsd68_dataset_builder").Builder
    monkeypatch.setattr(builder, "download_and_prepare", offline)
    with pytest.raises(ValueError, match=r"bsd68 could not be fetched.*--data_dir or AMP_NET_DATA"):
        image_sets.load("bsd68")
