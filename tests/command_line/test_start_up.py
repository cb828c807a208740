"""What TensorFlow writes while it is imported, by a module of its name that writes the same."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

LINES = """
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795787002.088386   27675 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795787002.088386   27675 cuda_dnn.cc:8579] Unable to register cuDNN: one is already registered
"""
ERROR = "E0000 00:00:1795787002.088386   27675 some.cc:1] The library does not fit this system.\n"
SCRIPT = "from amp_net.command_line import cli; cli.run(lambda: print(__import__('tensorflow').value))"


@pytest.fixture
def run(tmp_path):
    def with_tensorflow(text, *arguments, level=None):
        (tmp_path / "tensorflow.py").write_text(f"import os\nvalue = 7\n{text}")
        kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
        environment = {**kept, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
        if level is not None:
            environment["TF_CPP_MIN_LOG_LEVEL"] = level
        command = [sys.executable, "-c", SCRIPT, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    return with_tensorflow


def test_start_up_lines_are_left_out_and_errors_are_not(run):
    done = run(f"os.write(2, {(LINES + ERROR).lstrip().encode()!r})")
    assert (done.stdout, done.stderr, done.returncode) == ("7\n", ERROR, 0)


def test_what_is_said_before_the_process_dies_is_seen(run):
    done = run(f"os.write(2, {ERROR.encode()!r})\nos.abort()")
    assert done.stderr.startswith(ERROR)
    assert done.returncode < 0


@pytest.mark.parametrize(("arguments", "level"), [(["--verbosity=1"], None), ([], "0")])
def test_whoever_asks_for_the_lines_gets_them(arguments, level, run):
    assert "oneDNN" in run(f"os.write(2, {LINES.encode()!r})", *arguments, level=level).stderr


def test_a_library_does_not_change_what_a_process_logs():
    script = "import amp_net, os, sys; print(os.environ.get('TF_CPP_MIN_LOG_LEVEL'), len(sys.meta_path))"
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}

    def shown(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment, check=True).stdout

    assert shown(script) == shown(script.replace("amp_net, ", ""))
