"""From patterns on mirrors to an image, by the commands."""

import importlib
import json
import re
import sys

import h5py
import numpy as np
import PIL.Image
import pytest
from absl import flags

from amp_net import AMPNet, images
from amp_net.bench import descriptions
from amp_net.bench.acquisition import random_matrix
from amp_net.images import quality
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.models.fixed.at_operator import AtOperator
from amp_net.photographs import image_sets
from amp_net.storage import texts
from tests.conftest import ROOT

FRAME = (16, 16)


def forget_commands():
    """Removes the flags of all commands, which have the same names, and what defines them.

    Returns:
        The flags with the modules that defined them, and these modules of the package by name.
    """
    found, modules = [], {}
    for module, defined in list(flags.FLAGS.flags_by_module_dict().items()):
        if module.startswith("amp_net.command_line."):
            # What all commands share is defined once.
            continue
        if module.startswith(("amp_net.", "experiments.")):
            found += [(module, flag) for flag in defined]
            flags.FLAGS.remove_flag_values([flag.name for flag in defined])
        if module.startswith("amp_net."):
            room, _, name = module.rpartition(".")
            modules[module] = sys.modules.pop(module, None)
            vars(sys.modules[room]).pop(name, None)
    return found, modules


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Runs a command in this process, which is faster; gives what it says if it fails, else None."""
    monkeypatch.chdir(tmp_path)
    before, modules = forget_commands()

    def run(line):
        forget_commands()
        name, *arguments = line.split()
        command = importlib.import_module(f"amp_net.{name}")
        paths = flags.FLAGS([name, *arguments])[1:]
        try:
            command.main(*([] if name == "patterns" else [paths]))
        except ValueError as error:
            return str(error)
        return None

    yield run
    forget_commands()
    for module, flag in before:
        flags.FLAGS[flag.name] = flag
        flags.FLAGS.register_flag_by_module(module, flag)
    for module, content in modules.items():
        if content is not None:
            sys.modules[module] = content


@pytest.fixture
def scene(tmp_path):
    """A photograph that is as small as the frame."""
    camera = dict(image_sets.load("samples"))["camera"]
    size = camera.shape[0] // 16
    small = camera[: 16 * size, : 16 * size].reshape(16, size, 16, size).mean((1, 3)).round().astype("uint8")
    images.write(tmp_path / "scene.png", small)
    return small


def detected(folder, scene, rng, photons=None, dark=0.0, drift=0.0):
    """What a detector says while a device shows the images of a folder: each mirror's light, summed."""
    told = json.loads((folder / "patterns.json").read_text())["device"]
    scale = told["mirrors_along_a_pixel"]
    shape = told["rows"], told["columns"]
    on_device = np.zeros(shape)
    top, left = ((side - 16 * scale) // 2 for side in shape)
    on_device[top : top + 16 * scale, left : left + 16 * scale] = np.kron(
        scene / 255, np.ones((scale, scale)) / scale**2
    )
    shown = [np.asarray(PIL.Image.open(path)) for path in sorted(folder.glob("*.png"))]
    light = np.array([(on_device * mirrors).sum() for mirrors in shown])
    light = light * np.linspace(1, 1 + drift, len(light))
    return light if photons is None else rng.poisson(light * photons + dark)


@pytest.mark.parametrize(
    "flags_of_patterns",
    [
        "--phi=hadamard --frame=16,16 --order=cake_cutting --split=interleaved",
        "--phi=hadamard --frame=16,16 --order=random --split=halves",
        "--phi=hadamard --frame=16,16 --order=sequency --split=white",
        "--phi=random_pm1 --frame=16,16 --measurements=250 --split=white",
        "--phi=random_01 --frame=16,16 --measurements=250",
    ],
)
def test_from_patterns_over_mirrors_and_a_detector_to_an_image(
    flags_of_patterns, bench, scene, rng, tmp_path
):
    assert bench(f"patterns {flags_of_patterns} --device=48,64 --output_dir=p") is None
    numbers = detected(tmp_path / "p", scene, rng, photons=1e8, dark=300)
    np.save(tmp_path / "y.npy", numbers)
    settings = "--patterns=p/patterns.json --method=pinv --dark=300 --scale=1e8"
    assert bench(f"reconstruct {settings} --output_dir=out y.npy") is None
    found = images.read(tmp_path / "out" / "y.png")
    phi = descriptions.read(tmp_path / "p").operator.matrix
    linear = np.clip(np.linalg.pinv(phi) @ phi @ scene.ravel(), 0, 255).reshape(16, 16)
    assert np.abs(found - linear).max() < 4
    # Without a scale, brightness alone is another.
    assert bench("reconstruct --patterns=p --method=pinv --dark=300 --output_dir=guessed y.npy") is None
    guessed = images.read(tmp_path / "guessed" / "y.png").astype(float)
    assert guessed.max() == 255
    factor = (guessed * linear).sum() / (guessed**2).sum()
    assert quality.psnr(np.clip(factor * guessed, 0, 255) / 255, linear / 255) > 27


def test_the_simulation_is_what_mirrors_and_a_detector_say(bench, scene, rng, tmp_path):
    phi = "--phi=hadamard --frame=16,16 --order=zig_zag --measurements=40 --split=halves"
    bench(f"patterns {phi} --output_dir=p")
    assert bench("sense --patterns=p/patterns.json --drift=0.1 --output_dir=y scene.png") is None
    found = np.load(tmp_path / "y" / "scene.png.npz")["y"]
    expected = detected(tmp_path / "p", scene, rng)
    np.testing.assert_allclose(found, expected * np.linspace(1, 1.1, 80), rtol=1e-4, atol=1e-4)
    # What it wrote it may replace, with other noise for another seed and the same for the same.
    for seed in (1, 2, 1):
        line = f"sense --patterns=p --photons=100 --seed={seed} --overwrite --output_dir=y scene.png"
        assert bench(line) is None
        counts = np.load(tmp_path / "y" / "scene.png.npz")["y"]
        assert counts.dtype == np.int64
        assert seed == 2 or np.array_equal(counts, np.load(tmp_path / "y" / "scene.png.npz")["y"])
    np.savez(tmp_path / "y" / "scene.png.npz", y=1)
    assert "was not written by amp_net" in bench(line)


def test_a_scene_of_other_numbers_has_its_range_stated(bench, scene, tmp_path):
    np.save(tmp_path / "wide.npy", scene * 4.0)
    phi = "--phi=hadamard --frame=16,16 --order=walsh"
    assert "--range=" in bench(f"sense {phi} --output_dir=s wide.npy")
    for options in ("scene.png", "--range=0,1020 wide.npy"):
        assert bench(f"sense {phi} --output_dir=s {options}") is None
    wide, usual = (np.load(tmp_path / "s" / f"{name}.npz")["y"] for name in ("wide.npy", "scene.png"))
    np.testing.assert_allclose(wide, usual, rtol=1e-5, atol=1e-3)


def test_a_learned_phi_is_shown_dithered_and_rebuilt_by_its_network(bench, scene, tmp_path):
    AMPNet(cs_ratio=25, stages=1, channels=4, block_size=16).save_to_preset(tmp_path / "mine")
    line = "patterns --preset=mine --split=interleaved --device=160,160"
    assert "grey levels, and a mirror is on or off: --dither" in bench(f"{line} --output_dir=p")
    assert not (tmp_path / "p").exists()
    assert bench(f"{line} --dither --output_dir=p") is None
    assert len(list((tmp_path / "p").glob("*.png"))) == 2 * 64
    np.save(tmp_path / "y.npy", detected(tmp_path / "p", scene, None))
    # What a description names is never taken for a folder.
    assert "no preset 'mine' in this package" in bench("reconstruct --patterns=p --output_dir=out y.npy")
    assert bench("reconstruct --patterns=p --preset=mine --scale=1 --output_dir=out y.npy") is None
    assert bench("sense --preset=mine --output_dir=y2 scene.png") is None
    assert bench("reconstruct --preset=mine --output_dir=out2 y2") is None
    bench_made, preset_made = (
        images.read(tmp_path / "out" / "y.png"),
        images.read(tmp_path / "out2" / "scene.png"),
    )
    assert np.abs(bench_made.astype(int) - preset_made).mean() < 2
    # A single block of a preset's needs no grid, and its Φ no description.
    assert bench("reconstruct --preset=mine --split=interleaved --scale=1 --output_dir=out3 y.npy") is None
    np.testing.assert_array_equal(images.read(tmp_path / "out3" / "y.png"), bench_made)


def test_y_of_every_kind_of_file_gives_the_same_image(bench, scene, tmp_path):
    bench("sense --phi=hadamard --frame=16,16 --order=walsh --output_dir=s scene.png")
    y = np.load(tmp_path / "s" / "scene.png.npz")["y"]
    phi = "--phi=hadamard --frame=16,16 --order=walsh --method=pinv"
    folder = tmp_path / "y"
    folder.mkdir()
    np.save(folder / "npy.npy", y[:, None])
    np.savez(folder / "npz.npz", note="text", y=y)
    np.savetxt(folder / "csv.csv", y, header="counts", comments="")
    with h5py.File(folder / "hdf5.h5", "w") as file:
        file["scan/y"], file["scan/time"] = y, np.arange(256.0)
    with h5py.File(folder / "matlab73.mat", "w", userblock_size=512) as file:
        file.create_dataset("y", data=y[None]).attrs["MATLAB_class"] = np.bytes_("double")
    assert bench(f"reconstruct {phi} --y_variable=scan/y --output_dir=one y/hdf5.h5") is None
    (folder / "hdf5.h5").unlink()
    assert bench(f"reconstruct {phi} --output_dir=out y") is None
    made = {path.stem: images.read(path) for path in (tmp_path / "out").iterdir()}
    assert {*made} == {"npy", "npz", "csv", "matlab73"}
    for image in [*made.values(), images.read(tmp_path / "one" / "hdf5.png")]:
        np.testing.assert_array_equal(image, scene)


def test_phi_may_stand_beside_y(bench, scene, rng, tmp_path):
    phi = rng.normal(size=(200, 256)).astype("float32")
    np.savez(tmp_path / "both.npz", y=phi @ (scene.ravel() / 255), phi=phi)
    np.save(tmp_path / "phi.npy", phi.reshape(200, 16, 16))
    np.save(tmp_path / "y.npy", phi @ (scene.ravel() / 255))
    assert bench("reconstruct --method=pinv --output_dir=out both.npz") is None
    assert bench("reconstruct --method=pinv --phi=phi.npy --output_dir=out y.npy") is None
    first, second = (images.read(tmp_path / "out" / f"{name}.png") for name in ("both", "y"))
    assert np.abs(first.astype(int) - second).max() <= 1
    assert "does not say what measured it" in bench("reconstruct --method=pinv --output_dir=out2 y.npy")


def test_many_frames_are_a_folder_or_an_animation(bench, scene, tmp_path):
    """A column for each frame, as spas keeps a spectrum of each pattern."""
    bench("sense --phi=hadamard --frame=16,16 --order=natural --split=interleaved --output_dir=s scene.png")
    y = np.load(tmp_path / "s" / "scene.png.npz")["y"]
    np.savez(tmp_path / "scan.npz", spectral_data=np.outer(y, [0.3, 0.6, 0.9]))
    line = (
        "reconstruct --phi=hadamard --frame=16,16 --order=natural --split=interleaved --method=pinv --scale=1"
    )
    assert bench(f"{line} --output_dir=out scan.npz") is None
    found = [images.read(path) for path in sorted((tmp_path / "out" / "scan").iterdir())]
    assert len(found) == 3
    for image, factor in zip(found, [0.3, 0.6, 0.9], strict=True):
        assert np.abs(image - factor * scene).max() <= 0.51
    assert bench(f"{line} --output_dir=moving --animated scan.npz") is None
    with PIL.Image.open(tmp_path / "moving" / "scan.png") as animation:
        assert animation.n_frames == 3
        animation.seek(1)
        np.testing.assert_array_equal(np.asarray(animation.convert("L")), found[1])
    # What is there stays, unless it is to be made anew, and what is another's stays even then.
    (tmp_path / "out" / "scan" / "00001.png").write_bytes(b"mine")
    assert bench(f"{line} --output_dir=out scan.npz") is None
    assert "was not written by amp_net" in bench(f"{line} --output_dir=out --overwrite scan.npz")
    assert (tmp_path / "out" / "scan" / "00001.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "reconstruct --phi=hadamard --frame=16,16 --order=walsh --measurements=128 pairs.npy",
            "--split=interleaved",
        ),
        ("reconstruct --phi=hadamard --frame=16,16 pairs.npy", "need their order"),
        ("reconstruct --phi=hadamard --order=walsh --frame=16,16 --patterns=p pairs.npy", "not both"),
        ("reconstruct --order=walsh pairs.npy", "--order is about --phi"),
        ("reconstruct --phi=random_01 --phi_variable=A pairs.npy", "need --frame"),
        ("reconstruct --phi=hadamard --order=walsh --frame=16,16 --dark=much pairs.npy", "--dark is much"),
        ("reconstruct --phi=hadamard --order=walsh --frame=16 pairs.npy", "--frame is 16; it takes two"),
        ("reconstruct --phi=no.npy pairs.npy", "There is no Φ no.npy"),
        ("reconstruct pairs.npy", "does not say what measured it"),
        ("reconstruct --patterns=no.json pairs.npy", "no.json cannot be read"),
        ("sense --photons=9 scene.png", "--photons says nothing without"),
        (
            "sense --phi=random_01 --frame=16,16 --measurements=9 --bits=8 scene.png",
            "--bits says nothing with",
        ),
        (
            "sense --phi=hadamard --frame=16,16 --order=walsh --photons=9 scene.png",
            "below 0, and light has none",
        ),
        ("sense --phi=random_01 --frame=16,16 --measurements=9 --photons=-1 scene.png", "-1 photons"),
        ("patterns", "Give one of --phi, --preset and --patterns"),
        ("patterns --phi=hadamard --frame=16,16 --order=walsh", "light has no sign"),
        ("patterns --phi=random_01 --frame=16,16 --measurements=9 --device=8,8", "the device has 8×8"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(line, message, bench, scene, tmp_path):
    np.save(tmp_path / "pairs.npy", np.ones(256))
    found = bench(f"{line} --output_dir=out")
    assert message in found
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_failure_leaves_no_half_written_file_and_status_1(command, tmp_path):
    np.save(tmp_path / "y.npy", np.ones(512))
    line = (
        "--phi=hadamard --frame=16,16 --order=walsh --measurements=256 --method=pinv --output_dir=out y.npy"
    )
    done = command("reconstruct", *line.split())
    assert done.stderr.splitlines()[-2:] == [
        "Error: 1 of 1 files failed:",
        "y.npy: y has 512 numbers for 256 rows of Φ; are they ± pairs? --split=interleaved, or "
        "--split=halves where all positive ones come first.",
    ]
    assert done.returncode == 1
    assert not list((tmp_path / "out").iterdir())


def test_the_commands_of_the_guide_run(bench, scene, tmp_path, monkeypatch):
    """Every command of the page as it stands there, but for fewer mirrors, which take time."""
    page = (ROOT / "docs" / "guides" / "bench.md").read_text(encoding="utf-8")
    photograph = dict(image_sets.load("samples"))["camera"]
    images.write(tmp_path / "photograph.png", photograph)
    lines = [
        line.replace("\\\n", " ").removeprefix("venv/bin/python -m amp_net.")
        for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    assert len(lines) >= 6
    names = {}
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(example, names)
    for line in lines:
        assert bench(line.replace("768,1024", "64,64")) is None, line
    assert texts.read_json(tmp_path / "patterns" / "patterns.json")["split"] == "interleaved"
    assert images.read(tmp_path / "images" / "photograph.png").shape == (64, 64)
    frames = [sorted((tmp_path / name).rglob("*.png")) for name in ("scan", "star")]
    assert [len(found) for found in frames] == [3, 3]
    for one, other in zip(*frames, strict=True):
        np.testing.assert_array_equal(images.read(one), images.read(other))
    seen = images.read(frames[0][0]).astype(float)
    assert np.corrcoef(seen.ravel(), names["scene"].ravel())[0, 1] > 0.7


def test_the_network_for_any_phi_is_told_phi_and_noise(bench, scene, tmp_path, monkeypatch):
    AnyPhiAMPNet(stages=1, channels=4, blocks=1).save_to_preset(tmp_path / "any")
    phi = "--phi=random_01 --frame=16,16 --measurements=100"
    assert bench(f"sense {phi} --photons=50 --dark=4 --output_dir=y scene.png") is None
    told = []

    def listening(self, measurements, noise=0.0, turn=0):
        told.append((self.operator.matrix.copy(), np.asarray(measurements), noise, turn))
        # Which takes less time than the network.
        return self.operator.adjoint(measurements)

    monkeypatch.setattr(AtOperator, "reconstruct", listening)
    line = f"reconstruct {phi} --preset=any --dark=4 --scale=50 y"
    assert bench(f"{line} --output_dir=out") is None
    matrix, y, noise, _ = told[0]
    np.testing.assert_array_equal(matrix, random_matrix("random_01", 100, 256, 0))
    error = (y.ravel() - matrix @ (scene.ravel() / 255)).std()
    assert 0.75 < noise / error < 1.3
    assert images.read(tmp_path / "out" / "scene.png").shape == (16, 16)
    assert bench(f"{line} --output_dir=eight --ensemble --noise_std=0.1") is None
    assert [turn for *_, turn in told[1:]] == list(TURNS)
    assert told[1][2] == pytest.approx(0.1 * np.sqrt(np.mean(y**2)))
    # Without a preset of that kind, what else there is.
    monkeypatch.setattr("amp_net.models.presets.shipped", lambda kind="amp_net": {})
    assert "--method=" in bench(f"reconstruct {phi} --output_dir=none y")
