import numpy as np
import pytest

from amp_net import AMPNet, images, reconstruct_image
from amp_net.measurements import measurement_files
from amp_net.models import networks
from amp_net.models.any_ratio import AnyRatioAMPNet
from tests.commands.test_commands import assert_one_sentence
from tests.conftest import randomize


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """A network of one ratio and one of all ratios, neither trained."""
    folder, rng = tmp_path_factory.mktemp("presets"), np.random.default_rng(1)
    for name, model in {
        "one": AMPNet(cs_ratio=10, stages=2, channels=4),
        "any": AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=200),
    }.items():
        for stage in model.stages:
            randomize(stage, rng, 0.05)
        model.save_to_preset(folder / name)
    return folder


@pytest.fixture(scope="module")
def photograph(tmp_path_factory, presets):
    path = tmp_path_factory.mktemp("in") / "p.png"
    images.write(path, np.random.default_rng(2).integers(0, 256, (70, 60), "uint8"))
    return path


def test_images_are_rebuilt_as_a_whole_or_blockwise(command, presets, photograph, tmp_path):
    assert command("sense", f"--preset={presets / 'one'}", "--output_dir=y", str(photograph)).returncode == 0
    measured = measurement_files.load(tmp_path / "y" / "p.png.npz")
    model, found = networks.load(presets / "one").optimized(), {}
    for way in ("whole", "blockwise", "ensemble"):
        flags = [] if way == "whole" else [f"--{way}"]
        done = command("reconstruct", f"--preset={presets / 'one'}", f"--output_dir={way}", *flags, "y")
        assert done.returncode == 0, done.stderr
        found[way] = images.read(tmp_path / way / "p.png")
        np.testing.assert_array_equal(found[way], reconstruct_image(measured, model, way))
    assert (found["whole"] != found["blockwise"]).any()
    assert (found["whole"] != found["ensemble"]).any()


def test_one_preset_senses_and_rebuilds_at_any_ratio(command, presets, photograph, tmp_path):
    for ratio, m in ((7.5, 82), (10, 109)):
        flags = [f"--preset={presets / 'any'}", f"--cs_ratio={ratio}", f"--output_dir=y{m}"]
        done = command("sense", *flags, str(photograph))
        assert done.returncode == 0, done.stderr
        measured = measurement_files.load(tmp_path / f"y{m}" / "p.png.npz")
        assert measured.y.shape == (3, 2, 1, m)
        done = command("reconstruct", f"--preset={presets / 'any'}", f"--output_dir=out{m}", f"y{m}")
        assert done.returncode == 0, done.stderr
        model = networks.load(presets / "any", ratio).optimized()
        expected = reconstruct_image(measured, model)
        np.testing.assert_array_equal(images.read(tmp_path / f"out{m}" / "p.png"), expected)


def test_evaluate_says_ratio_and_way(command, presets):
    done = command("evaluate", f"--preset={presets / 'any'}", "--cs_ratio=5,10")
    assert done.returncode == 0, done.stderr
    labels = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("any")}
    assert labels == {"any_cs5", "any_cs10"}
    done = command("evaluate", f"--preset={presets / 'one'}", "--blockwise")
    assert "\none-blockwise " in done.stdout


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("sense", ["--preset=any"], "is for all CS ratios; say which one"),
        ("sense", ["--preset=one", "--cs_ratio=10"], "has a CS ratio of its own; leave out the 10 %"),
        ("sense", ["--preset=any", "--cs_ratio=50"], "takes 1 to 200"),
        ("reconstruct", ["--blockwise", "--ensemble"], "Give --blockwise or --ensemble, not both"),
        ("reconstruct", ["--method=amp", "--ensemble"], "--ensemble is for the network"),
        ("evaluate", ["--preset=any", "--cs_ratio=5", "--blockwise"], "whole or ensemble, not blockwise"),
        ("evaluate", ["--preset=any"], "is for all CS ratios; say which one"),
        ("evaluate", ["--preset=any", "--cs_ratio=ten"], "--cs_ratio is ten; it takes percentages"),
    ],
)
def test_a_mistake_ends_in_one_sentence(name, arguments, message, command, presets, photograph):
    arguments = [each.replace("--preset=", f"--preset={presets}/") for each in arguments]
    paths = [] if name == "evaluate" else [str(photograph)]
    done = command(name, *arguments, "--output_dir=out", *paths)
    assert message in assert_one_sentence(done)
