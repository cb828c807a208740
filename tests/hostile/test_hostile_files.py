"""No file, however hostile, takes the machine or tells a lie; what is promised stands in docs/safety.md."""

import json
import os
import resource
import subprocess
import sys

import pytest

from tests.conftest import ROOT

MEMORY = 4 * 2**30
INPUTS = {"images": 5000, "arrays": 2400, "texts": 2000, "presets": 600, "bombs": 30}
"""At least so many of each group; see `altered_inputs`."""


def limited(group, module="tests.hostile.altered_inputs"):
    """Runs a group of a module in a process that has 4 GiB of address space, and gives what it says."""
    done = subprocess.run(
        [sys.executable, "-m", module, group],
        cwd=ROOT,
        # No other backend is imported as fast, and no network is computed with here.
        env={**os.environ, "KERAS_BACKEND": "numpy", "OPENCV_LOG_LEVEL": "OFF"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("group", INPUTS)
def test_every_input_is_read_as_it_is_or_refused_in_one_line(group):
    outcomes = limited(group)
    assert not outcomes["found"], "\n".join(outcomes["found"])
    assert outcomes["inputs"] >= INPUTS[group]
    assert outcomes["refused"] > 0.3 * outcomes["inputs"]
    # With what is imported.
    assert outcomes["megabytes"] < 1500
