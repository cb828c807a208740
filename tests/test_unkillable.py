import json
import signal
import subprocess
import sys
import time

import h5py
import numpy as np

COMMAND = (
    *(sys.executable, "-m", "amp_net.train", "--stages=1", "--cs_ratio=1", "--data=samples"),
    *("--batch_size=4", "--steps=160", "--validate_every=2", "--policy=float32", "--seed=3"),
)
KILLS = 20


def weights(folder):
    """Every array of the newest state, by its path."""
    newest = sorted((folder / "state").glob("step_*.h5"))[-1]
    found = {}
    with h5py.File(newest) as file:
        file.visititems(lambda path, item: found.update({path: item[()]}) if hasattr(item, "dtype") else None)
    return newest.name, found


def losses(folder):
    newest = sorted((folder / "state").glob("step_*.json"))[-1]
    return [row["loss"] for row in json.loads(newest.read_text())["history"]]


def start(folder, environment):
    command = [*COMMAND, f"--output_dir={folder}"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def test_twenty_kills_at_random_moments_change_nothing(tmp_path, command_environment, rng):
    undisturbed = start(tmp_path / "whole", command_environment)
    assert undisturbed.wait(timeout=600) == 0

    killed = tmp_path / "killed"
    done = 0
    while done < KILLS:
        process = start(killed, command_environment)
        for line in process.stdout:
            if line.startswith("Epoch"):
                break
        # An epoch takes about as long as one of these, most of it to save.
        time.sleep(rng.uniform(0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert process.returncode == -signal.SIGKILL, "the training ended before it was killed often enough"
        done += 1
    assert start(killed, command_environment).wait(timeout=600) == 0

    (name, expected), (found_name, found) = weights(tmp_path / "whole"), weights(killed)
    assert found_name == name
    assert found.keys() == expected.keys()
    for path, array in expected.items():
        np.testing.assert_array_equal(found[path], array, err_msg=path)
    assert losses(killed) == losses(tmp_path / "whole")
    assert len(losses(killed)) == 80
