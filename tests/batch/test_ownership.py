import io

import numpy as np
import PIL.Image
import pytest

from amp_net import images
from amp_net.batch import file_batches, ownership
from amp_net.batch.reconstructors import Reconstructors
from amp_net.images import software_mark
from amp_net.measurements import Measurements, measurement_files


@pytest.mark.parametrize("ending", [".png", ".tiff"])
@pytest.mark.parametrize(("shape", "dtype"), [((5, 7), "uint8"), ((5, 6, 3), "uint16"), ((4, 4, 4), "uint8")])
def test_a_marked_image_is_the_same_image(ending, shape, dtype, rng):
    image = rng.integers(0, 256, shape).astype(dtype)
    plain = images.encode(f"a{ending}", image)
    content = software_mark.marked(plain)
    np.testing.assert_array_equal(images.decode_unchanged(content, "a"), image)
    assert ownership.is_ours(io.BytesIO(content))
    assert not ownership.is_ours(io.BytesIO(plain))
    if (ending, dtype) == (".tiff", "uint8"):
        with PIL.Image.open(io.BytesIO(content)) as opened:
            assert opened.tag_v2[305] == "amp_net"


def test_measurement_files_are_ours_and_other_archives_are_not(tmp_path):
    measured = Measurements(np.zeros((1, 1, 1, 2), "float32"), 3, 3, "uint8", 4, "", "0" * 64)
    measurement_files.save(tmp_path / "y.npz", measured)
    ownership.check(tmp_path / "y.npz")
    ownership.check(tmp_path / "none.npz")
    np.savez(tmp_path / "mine.npz", a=1)
    (tmp_path / "mine.txt").write_text("years of work")
    for name in ("mine.npz", "mine.txt"):
        with pytest.raises(ValueError, match=f"{name} is there, and was not written by amp_net"):
            ownership.check(tmp_path / name)


@pytest.mark.parametrize("name", ["../../mine", "/tmp/mine", "x" * 100_000, "a\0b", "amp_net_cs26"])
def test_a_preset_that_a_file_names_is_one_of_the_package(name):
    with pytest.raises(ValueError, match=r"There is no preset .* in this package") as refused:
        Reconstructors().for_preset(name, 1)
    assert len(str(refused.value)) < 400


def test_a_name_is_printed_without_what_a_terminal_obeys(tmp_path, capsys):
    odd = "line\nbreak\x1b[2J.png"

    def work(source, target):
        if source.name == odd:
            raise ValueError(f"{source} is\ndamaged.")
        return f"{source} is done"

    sources = {tmp_path / odd: tmp_path / "one", tmp_path / f"good {odd}": tmp_path / "two"}
    with pytest.raises(ValueError, match="1 of 2 files failed") as refused:
        file_batches.run(sources, work)
    assert str(refused.value).splitlines()[1] == f"{tmp_path}/line\\nbreak\\x1b[2J.png is damaged."
    assert "good line\\nbreak\\x1b[2J.png is done" in capsys.readouterr().out
    with pytest.raises(ValueError, match="does not exist") as refused:
        file_batches.find([tmp_path / odd], (".png",))
    assert odd not in str(refused.value)
