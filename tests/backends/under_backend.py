"""Runs a module of the tests under another backend of Keras, in a process of its own.

`AMP_NET_PYTHON_JAX` and `AMP_NET_PYTHON_TORCH` name interpreters that have these, where this one has not.
"""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def python_with(backend):
    """An interpreter that has a backend; without one, the test is skipped."""
    variable = f"AMP_NET_PYTHON_{backend.upper()}"
    python = os.environ.get(variable)
    if python is None and importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}, or an interpreter that has it in {variable}")
    return python or sys.executable


def run_under(backend, module, *arguments, cwd=ROOT, **environment):
    """The finished process of `python -m MODULE ARGUMENT…`."""
    return subprocess.run(
        [python_with(backend), "-m", module, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
