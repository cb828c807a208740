import gc
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As the commands do.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Two tests run at a time; with more threads than processors they wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
# XLA compiles a function for a test or two: to compile it well takes longer than to run it.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)

import keras
import numpy as np
import pytest

from tests.processes.forked_process import ForkingServer
from tests.processes.training_process import Training

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


LONG = (
    *("test_model", "test_backends", "test_distribution", "test_unkillable", "test_commands", "test_beam"),
    *("test_other_backends", "test_exchange_formats", "test_across_backends", "test_hostile_files"),
    *("test_quickstart", "test_accelerator", "test_across", "test_training_run", "test_extended_run"),
)
"""Files that take half a minute and more; they begin first, the longest of all, so that all end together."""


def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_collection_finish():
    # What is imported stays, and need not be gone through whenever Python looks for garbage.
    gc.freeze()


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(7)


@pytest.fixture
def tf():
    """TensorFlow, for a test of what it alone does."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("is about TensorFlow")
    import tensorflow

    return tensorflow


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def smooth_blocks():
    """Forty smooth random blocks in [0, 1]."""
    rng = np.random.default_rng(3)
    grid = np.linspace(0, 1, 33)
    waves = [np.sin(a * grid[:, None] + b * grid[None, :] + c) for a, b, c in rng.uniform(-9, 9, (40, 3))]
    return (np.stack(waves)[..., None] * 0.4 + 0.5).astype("float32")


@pytest.fixture(scope="session")
def blocks():
    return smooth_blocks()


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The folder of a small training that nothing disturbed."""
    import tensorflow as tf

    from amp_net.training.run import train
    from tests.small_configs import SMALL

    tf.config.experimental.enable_op_determinism()
    folder = tmp_path_factory.mktemp("whole") / "run"
    train(SMALL, folder, verbose=0)
    return folder


def shared(folder, content):
    """A folder of other people's files, which CI has; elsewhere a test that needs it may be skipped."""
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{folder} is missing, and in CI it must be there")
        pytest.skip(f"needs {content} in {folder}")
    return folder


@pytest.fixture(scope="session")
def data_dir():
    return shared(SHARED / "data", "the original image files")


@pytest.fixture(scope="session")
def peers_dir():
    return shared(SHARED / "peers" / "ista_net", "the published weights")


@pytest.fixture(scope="session", autouse=True)
def own_tfds_folder(tmp_path_factory):
    os.environ["TFDS_DATA_DIR"] = str(tmp_path_factory.mktemp("tfds"))


@pytest.fixture(scope="session")
def command_environment(tmp_path_factory):
    """The installed package where there is one, else the clone."""
    probe = [sys.executable, "-c", "import amp_net"]
    installed = subprocess.run(probe, capture_output=True, cwd=tmp_path_factory.mktemp("probe"), check=False)
    return os.environ if installed.returncode == 0 else {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def forking_server(command_environment, tmp_path_factory):
    server = ForkingServer(command_environment, tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def start_training(forking_server, command_environment):
    """Starts a `Training` that waits; none of them outlives the tests."""
    started = []

    def start(folder, *arguments):
        started.append(Training(folder, forking_server, command_environment, *arguments))
        return started[-1]

    yield start
    for training in started:
        training.kill()


@pytest.fixture
def program(tmp_path, forking_server, command_environment):
    """Runs `python ARGUMENT…` in an empty folder, in a process of its own."""

    def run(*arguments):
        return forking_server.run(arguments, tmp_path, command_environment, timeout=600)

    return run


@pytest.fixture
def command(program):
    """Runs `python -m amp_net.NAME FLAG…` likewise."""
    return lambda name, *arguments: program("-m", f"amp_net.{name}", *arguments)


def outcome(read, *arguments):
    """What a reader gives, and what its ValueError says; any other error ends the test."""
    try:
        return read(*arguments), None
    except ValueError as error:
        return None, str(error)


def randomize(layer, rng, scale=0.3):
    """Gives every variable of a layer a random value, so that no term is hidden by a 0 or a 1."""
    for variable in layer.trainable_variables:
        variable.assign(rng.normal(0, scale, variable.shape))
    return layer
