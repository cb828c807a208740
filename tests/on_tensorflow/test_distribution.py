import contextlib
import dataclasses
import json
import os
import signal
import socket
import time
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from amp_net.tensorflow.distribution import check_agreement, check_share, is_chief, make_strategy
from amp_net.tensorflow.training_steps import of_whole_batch
from amp_net.training.config import TrainingConfig
from tests.processes.training_process import PATIENCE, history

SMALL = (
    *("--stages=1", "--cs_ratio=1", "--data=samples", "--blocks=120", "--policy=float32"),
    *("--steps=6", "--batch_size=16", "--validate_every=2"),
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory, start_training):
    """The folder of a training in one process."""
    training = start_training(tmp_path_factory.mktemp("alone") / "run", "alone")
    training.finish()
    return training.folder


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def cluster(start_training, *folders, last=()):
    """Workers that have started; the last of them has more arguments."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(folders))]
    more = [()] * (len(folders) - 1) + [last]
    trainings = [
        start_training(folder, str(worker), *addresses, *more[worker])
        for worker, folder in enumerate(folders)
    ]
    for training in trainings:
        training.start()
    return trainings


def curve(folder):
    return (folder / "history.csv").read_text().splitlines()


def assert_same_losses(folder, expected):
    """Within rounding, which grows; the PSNR in training is left out, a mean over devices of logarithms."""
    ours, theirs = (np.delete(history(run), 2, axis=1) for run in (folder, expected))
    np.testing.assert_allclose(ours[:5], theirs[:5], rtol=1e-4)
    np.testing.assert_allclose(ours, theirs, rtol=0.03)
    np.testing.assert_allclose(ours[:, 5], theirs[:, 5], atol=0.01)


@pytest.mark.parametrize("killed", [0, 1])
def test_two_workers_train_as_one_and_go_on_after_one_was_killed(killed, alone, tmp_path, start_training):
    folder = tmp_path / "run"
    workers = cluster(start_training, folder, folder)
    for _ in range(3):
        workers[0].wait_for("json")
    assert workers.pop(killed).kill() == -signal.SIGKILL
    status, said = workers[0].wait()
    assert status != 0
    if killed:
        assert "A worker of this training is gone; start all of them again" in said
    before = curve(folder)
    assert 1 < len(before) < len(curve(alone))
    for training in cluster(start_training, folder, folder):
        status, said = training.wait()
        assert status == 0, said
    # To the very seconds, so that these epochs were not trained again.
    assert curve(folder)[: len(before)] == before
    assert_same_losses(folder, alone)


def test_two_workers_stop_after_the_same_step_when_one_is_asked_to(alone, tmp_path, start_training):
    folder = tmp_path / "run"
    # Within an epoch.
    for worker in cluster(start_training, folder, folder, last=["stop=7"]):
        status, said = worker.wait()
        assert status != 0
        assert "Stopped at step 7; the same command goes on from there." in said
    assert json.loads((folder / "state" / "step_00000007.json").read_text())["step"] == 7
    for training in cluster(start_training, folder, folder):
        status, said = training.wait()
        assert status == 0, said
    assert_same_losses(folder, alone)


def test_the_command_trains_on_two_workers_named_by_flags_or_by_tf_config(
    tmp_path, forking_server, command_environment
):
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    told = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 1}})
    shared = ("--output_dir=both", "--strategy=multi_worker")
    commands = (
        (("--output_dir=one",), {}),
        ((*shared, f"--workers={','.join(addresses)}", "--worker=0"), {}),
        (shared, {"TF_CONFIG": told}),
    )

    with contextlib.ExitStack() as stack:
        waiting = [
            stack.enter_context(
                forking_server.started(
                    ["-m", "amp_net.train", *SMALL, *arguments],
                    tmp_path,
                    {**command_environment, **variables},
                )
            )
            for arguments, variables in commands
        ]
        for finished in waiting:
            done = finished(PATIENCE)
            assert done.returncode == 0, done.stderr
    assert_same_losses(tmp_path / "both", tmp_path / "one")


def test_a_worker_that_waits_says_for_whom_and_can_be_stopped(tmp_path, start_training):
    ports = free_ports(2)
    worker = start_training(tmp_path / "run", "0", *(f"127.0.0.1:{port}" for port in ports))
    worker.start()
    deadline = time.monotonic() + PATIENCE
    while "waits" not in worker.says():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # It does so a moment later.
    time.sleep(2)
    assert worker.kill(signal.SIGINT) == -signal.SIGINT
    assert f"This is worker 0; it waits for 127.0.0.1:{ports[1]}." in worker.says()


def test_two_devices_train_as_one(alone, tmp_path, start_training):
    training = start_training(tmp_path / "run", "mirrored")
    training.finish()
    assert_same_losses(training.folder, alone)


def test_workers_that_do_not_share_the_folder_are_told_so(alone, tmp_path, start_training):
    for training in cluster(start_training, alone, tmp_path / "run"):
        status, said = training.wait()
        assert status == 1
        assert "hold states of the steps 0, 40" in said


@pytest.mark.parametrize("clip", [{"clipnorm": 0.5}, {"clipvalue": 0.1}, {"global_clipnorm": 0.5}])
@pytest.mark.parametrize("scaled", [False, True])
def test_gradients_of_two_replicas_are_clipped_as_those_of_one(clip, scaled, monkeypatch, rng):
    """Keras clips each replica's share, and the shares are added up."""
    shares = [[rng.normal(size=3).astype("float32") for _ in range(2)] for _ in range(2)]
    whole = [sum(parts) for parts in zip(*shares, strict=True)]
    plain = keras.optimizers.SGD(1.0, **clip)
    optimizer = keras.optimizers.LossScaleOptimizer(plain, initial_scale=64.0) if scaled else plain
    optimizer.build([keras.Variable(gradient) for gradient in whole])
    scale = float(optimizer.scale_loss(1.0))
    summed = types.SimpleNamespace(
        all_reduce=lambda kind, gradients: [scale * gradient for gradient in whole]
    )
    monkeypatch.setattr(tf.distribute, "get_replica_context", lambda: summed)
    one = of_whole_batch(shares[0], optimizer, 2)
    expected = plain._clip_gradients([tf.constant(gradient) for gradient in whole])
    for share, gradient in zip(one, expected, strict=True):
        np.testing.assert_allclose(2 * np.array(share) / scale, gradient, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, None),
        ({"policy": "mixed_bfloat16"}, "give all of them the same --policy"),
        ({"seed": 2}, "The workers have different settings"),
        ({"model": {"cs_ratio": 25, "stages": 3}}, "The workers have different settings"),
    ],
)
def test_workers_that_do_not_train_the_same_are_refused(change, message):
    ours = TrainingConfig(model={"cs_ratio": 25}, policy="float32")
    told = []

    class Two:
        """Two workers, what each of them tells the other."""

        def run(self, function):
            told.append(function())
            return told[-1]

        def gather(self, value, axis):
            return tf.concat(told, axis)

    check_agreement(Two(), 7, dataclasses.replace(ours, **change))
    if message is None:
        check_agreement(Two(), 7, ours)
    else:
        with pytest.raises(ValueError, match=message):
            check_agreement(Two(), 7, ours)


@pytest.mark.parametrize(("batch_size", "warned"), [(32, False), (16, True), (24, True)])
def test_shares_on_which_l_o_is_another_are_told(batch_size, warned, caplog):
    check_share(batch_size, 4, 0.125)
    assert ("with a batch size of 32 it would be" in caplog.text) is (batch_size == 16)
    assert bool(caplog.text) is warned
    caplog.clear()
    check_share(12, 1, 0.125)
    check_share(batch_size, 4, 1)
    assert not caplog.text
    with pytest.raises(ValueError, match="batch size is 33; 4 replicas cannot share"):
        check_share(33, 4, 0.125)


@pytest.mark.parametrize(
    ("jobs", "task", "expected"),
    [
        (("worker",), ("worker", 0), True),
        (("worker",), ("worker", 1), False),
        (("chief", "worker"), ("chief", 0), True),
        (("chief", "worker"), ("worker", 0), False),
    ],
)
def test_one_process_of_a_cluster_writes(jobs, task, expected):
    spec = tf.train.ClusterSpec({job: ["localhost:1", "localhost:2"] for job in jobs})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, task_type=task[0], task_id=task[1])
    assert is_chief(types.SimpleNamespace(cluster_resolver=resolver)) is expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tpu",), "not 'tpu'"),
        (("mirrored", ["a:1", "b:1"], 0), "2 workers the strategy must be multi_worker"),
        (("multi_worker", ["a:1", "b:1"]), "number be given; they are multi_worker and None"),
        (("multi_worker", ["a:1", "b:1"], 2), "This process is worker 2 of 2; the number is from 0 to 1"),
        (("single", (), 1), "This is worker 1, but of which"),
        (("multi_worker",), "neither flags nor TF_CONFIG say"),
        (("multi_worker", ["a:1"], 0), "cluster of 1 worker"),
        (("multi_worker", ["a:1", "b"], 0), "address is host:port, not 'b'"),
        (("multi_worker", ["a:1", "a:1"], 0), "Two workers have the address a:1"),
    ],
)
def test_a_cluster_that_is_not_described_is_refused(arguments, message, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(ValueError, match=message):
        make_strategy(*arguments)
    assert os.environ["TF_CONFIG"] == "{}"
