import json
import os
import platform
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.command_line import cli
from amp_net.photographs import image_sets
from tests.conftest import ROOT

TINY = (
    *("--stages=1", "--steps=4", "--validate_every=2", "--batch_size=4"),
    *("--data=samples", "--blocks=200", "--cs_ratio=1"),
)


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    AMPNet(cs_ratio=4, stages=1, channels=4).save_to_preset(folder)
    return folder


def assert_one_sentence(done):
    """A user's mistake ends in one line that starts with `Error:`, no traceback, and exit status 1."""
    logged = re.compile(r"[IWE]\d{4} |WARNING")
    lines = [line for line in done.stderr.splitlines() if not logged.match(line)]
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    return lines[0]


def test_evaluate_writes_what_it_shows(command, preset, tmp_path):
    done = command("evaluate", f"--preset={preset}", "--output_dir=out", "--save_images")
    assert done.returncode == 0, done.stderr
    (summary,) = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert {key: summary[key] for key in ("preset", "dataset", "images")} == {
        "preset": "tiny",
        "dataset": "samples",
        "images": len(image_sets.SAMPLES),
    }
    *_, last, said = done.stdout.splitlines()
    assert re.fullmatch(rf"{len(image_sets.SAMPLES)} images measured in [\d.]+ (s|min \d+ s), in out\.", said)
    shown = last.split()
    assert [*shown[:3], shown[4]] == ["tiny", "samples", "6", f"{summary['ssim']:.4f}"]
    # What is shown and what is written are both rounded, from the same number.
    assert len(shown[3].split(".")[1]) == 2
    assert float(shown[3]) == pytest.approx(summary["psnr"], abs=0.00506)
    table = (tmp_path / "out" / "results.csv").read_text().splitlines()
    assert table[0] == "preset,dataset,image,psnr,ssim,psnr_unclipped,psnr_y,seconds"
    assert len(table) == 1 + len(image_sets.SAMPLES)
    mean = np.mean([float(line.split(",")[3]) for line in table[1:]])
    assert mean == pytest.approx(summary["psnr"], abs=1e-3)
    assert "tiny" in (tmp_path / "out" / "results.md").read_text()
    assert "tiny" in (tmp_path / "out" / "results.tex").read_text()
    beside = cv2.imread(str(tmp_path / "out" / "images" / "tiny" / "samples" / "camera.png"), -1)
    original = dict(image_sets.load("samples"))["camera"]
    np.testing.assert_array_equal(beside[:, : original.shape[1]], original)
    error = (beside[:, original.shape[1] :] / 255.0 - original / 255.0) ** 2
    camera = next(line.split(",") for line in table if ",camera," in line)
    assert -10 * np.log10(error.mean()) == pytest.approx(float(camera[3]), abs=0.05)


def test_evaluate_reads_the_original_files(command, preset, data_dir):
    done = command("evaluate", f"--preset={preset}", "--dataset=set11", f"--data_dir={data_dir}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("set11") == 12


@pytest.mark.parametrize(("flag", "calls"), [((), 1), (("--nodeterministic",), 0)])
def test_determinism_can_be_given_up(flag, calls, program, tmp_path):
    (tmp_path / "counting.py").write_text(COUNTING)
    done = program(tmp_path / "counting.py", "--output_dir=run", *flag)
    assert f"called {calls} times" in done.stdout, done.stderr


COUNTING = """
import sys
import tensorflow as tf
from amp_net import train
from amp_net.training import run

called = []
tf.config.experimental.enable_op_determinism = lambda: called.append(1)
run.train = lambda *_, **__: print(f"called {len(called)} times") or sys.exit(0)
train.run()
"""
CORNERS = """
from amp_net import evaluate
from amp_net.photographs import image_sets

whole = image_sets.load
image_sets.load = lambda *set: [(name, image[:99, :132]) for name, image in whole(*set)]
evaluate.run()
"""


def test_without_flags_both_networks_are_measured_on_the_samples(program, tmp_path):
    """On their upper left corners, which take less time."""
    (tmp_path / "corners.py").write_text(CORNERS)
    done = program(tmp_path / "corners.py")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[-3:-1]]
    assert [row[:2] for row in rows] == [[name, "samples"] for name in ("amp_net_cs25", "ampa_net_cs25")]
    assert all(float(row[3]) > 30 for row in rows)


def test_train_goes_on_and_exports(command, tmp_path):
    for _ in range(2):
        done = command("train", "--output_dir=run", *TINY)
        assert done.returncode == 0, done.stderr
    assert re.search(r"^Step 4 is done, after .+ are in run/best\.$", done.stdout.splitlines()[-1])
    assert len((tmp_path / "run" / "history.csv").read_text().splitlines()) == 3
    done = command("export", "--preset=run/best", "--output_dir=exported")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "exported" / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("evaluate", ["--preset=amp_net_cs26"], "There is no preset 'amp_net_cs26'"),
        ("evaluate", ["--preset=PRESET", "--dataset=set12"], "There is no data set 'set12'"),
        ("evaluate", ["--preset=PRESET", "--dataset=set11", "--data_dir=."], "is missing"),
        ("evaluate", ["--save_images"], "--save_images needs --output_dir"),
        ("evaluate", ["--seed=1"], "--seed needs --method"),
        ("evaluate", ["--method=tvv"], "There is no method 'tvv'; there are pinv, amp"),
        ("evaluate", ["--method=pinv", "--phi=no.npy"], "no.npy cannot be read"),
        ("train", ["--output_dir=run", *TINY, "--cs_ratio=0"], "The CS ratio is 0 %"),
        ("train", ["--output_dir=run", *TINY, "--cs_ratio=nan"], "cs_ratio is nan; it must be a finite"),
        ("train", ["--output_dir=run", *TINY, "--steps=0"], "number of steps is 0"),
        ("train", ["--output_dir=run", "--start=pca", "--start_from=PRESET"], "nothing for --start to say"),
        ("evaluate", ["--preset=PRESET", "--output_dir=full/thesis.tex"], "cannot be written"),
        ("train", ["--output_dir=/dev/null/run", *TINY], "cannot be"),
        ("export", ["--preset=PRESET", "--output_dir=full"], "other files"),
        ("export", ["--preset=PRESET", "--output_dir=x", "--format=onnx", "--dtype=bfloat16"], "in float32"),
        ("reconstruct", ["--method=amp", "--output_dir=x", "--dtype=bfloat16", "y"], "not for --method=amp"),
        ("evaluate", ["--preset=PRESET", "--dataset="], "nothing to evaluate"),
        ("evaluate", ["--preset=", "--dataset=samples"], "nothing to evaluate"),
    ],
)
def test_a_mistake_ends_in_one_sentence_and_leaves_everything_untouched(
    name, arguments, message, command, preset, tmp_path
):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    done = command(name, *(argument.replace("PRESET", str(preset)) for argument in arguments))
    assert message in assert_one_sentence(done)
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")] == [
        (tmp_path / "full" / "thesis.tex").relative_to(tmp_path)
    ]


@pytest.mark.parametrize(
    "module",
    [
        *(f"amp_net.{name}" for name in ("train", "evaluate", "sense", "reconstruct", "export")),
        *(f"experiments.{name}" for name in ("recipe.train_all", "paper.results", "paper.figures")),
        "experiments.benchmark.__main__",
    ],
)
def test_tensorflow_and_opencv_are_imported_after_they_have_been_set_up(module):
    check = f"import sys, {module}; sys.exit(bool({{'tensorflow', 'cv2'}} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="oneDNN is for x86 processors")
def test_convolutions_are_those_of_onednn(command, preset, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    done = command("evaluate", f"--preset={preset}", "--verbosity=1")
    assert "oneDNN custom operations are on" in done.stderr


@pytest.mark.parametrize(("before", "expected"), [(None, "0"), ("1", "1")])
def test_float32_is_float32_on_any_gpu_unless_the_user_says_otherwise(before, expected, monkeypatch):
    monkeypatch.delenv("NVIDIA_TF32_OVERRIDE", raising=False)
    if before:
        monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", before)
    shown = "print(os.environ['NVIDIA_TF32_OVERRIDE'])"
    script = f"import os; from amp_net.command_line import cli; cli.run(lambda: {shown})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected


@pytest.mark.parametrize(("variable", "taken"), [(None, "tensorflow"), ("jax", "jax"), ("torch", "torch")])
def test_the_backend_is_tensorflow_unless_the_variable_names_another(variable, taken, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)} | {"KERAS_BACKEND": variable or ""}
    if variable is None:
        del environment["KERAS_BACKEND"]
    script = (
        "import os; from amp_net.command_line import cli; cli.run(lambda: print(os.environ['KERAS_BACKEND']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == taken


def test_a_package_that_is_not_installed_is_named():
    script = "from amp_net.command_line import cli; cli.run(lambda: __import__('no_such_package'))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "no_such_package is not installed" in assert_one_sentence(done)


def test_where_the_data_lie_is_not_told(monkeypatch):
    arguments = ["train", "--data_dir=/mine", "--steps=4", "--data_dir", "/my own", "--seed", "2", "--data=x"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert cli.arguments_given() == ["--steps=4", "--seed", "2", "--data=x"]


@pytest.mark.parametrize("name", ["train", "evaluate", "sense", "reconstruct", "export", "beam_reconstruct"])
def test_help_of_a_console_script_is_that_of_the_module(name, command):
    script = f"import sys; sys.argv[0] = 'amp_net.{name}'; from amp_net.{name} import run; sys.exit(run())"
    installed = subprocess.run(
        [sys.executable, "-c", script, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "--output_dir" in installed.stdout
    # Of the lines before the flags, one names the main module.
    text, _, shown = installed.stdout.partition("\n  --")
    as_module, _, expected = command(name, "--help").stdout.partition("\n  --")
    assert shown == expected
    assert text.splitlines()[0] == as_module.splitlines()[0]


def test_an_unknown_flag_or_argument_is_refused(command):
    assert command("train", "--nix").returncode != 0
    done = command("evaluate", "picture.png")
    assert done.returncode != 0
    assert "Unknown argument 'picture.png'" in done.stdout + done.stderr


def test_a_lack_of_memory_and_signs_of_a_terminal_end_in_one_sentence(program, tmp_path):
    for error, message in (
        (
            "MemoryError('Unable to allocate 9 TiB')",
            "Error: The memory is not enough (Unable to allocate 9 TiB)",
        ),
        (r"ValueError('a\x1b[2J is bad')", r"Error: a\x1b[2J is bad"),
    ):
        (tmp_path / "failing.py").write_text(
            f"from amp_net.command_line import cli\n\ndef main():\n    raise {error}\n\ncli.run(main)\n"
        )
        assert assert_one_sentence(program(tmp_path / "failing.py")).startswith(message)
