"""Training on several devices and machines, by `tf.distribute`."""

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import signal
import threading

import tensorflow as tf
from absl import logging

from amp_net.tensorflow import cluster

STRATEGIES = ("single", "mirrored", "multi_worker")
LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)
"""What a collective operation ends with when another worker is gone."""


def make_strategy(kind, workers=(), worker=None):
    """The strategy that spreads a training out; to be made before anything else is done with TensorFlow.

    Args:
        kind: `"single"`, this process alone; `"mirrored"`, all GPUs of this machine; `"multi_worker"`, all
            processes of a cluster, each of which runs the same command.
        workers: for a cluster, `host:port` of each process, in the same order everywhere; the first
            is the chief. Without it the variable `TF_CONFIG` says.
        worker: which of them this process is.

    Returns:
        A `tf.distribute.Strategy`; for a single process the default one.

    Raises:
        ValueError: if the cluster is not described, or not rightly.
    """
    if kind not in STRATEGIES:
        raise ValueError(f"The strategy is {', '.join(STRATEGIES)}, not {kind!r}.")
    if workers and (kind != "multi_worker" or worker is None):
        raise ValueError(
            f"With {len(workers)} workers the strategy must be multi_worker and the worker's number be "
            f"given; they are {kind} and {worker}."
        )
    if worker is not None and not workers:
        raise ValueError(f"This is worker {worker}, but of which? Name all of them, or leave its number out.")
    if kind == "single":
        return tf.distribute.get_strategy()
    if kind == "mirrored":
        return tf.distribute.MirroredStrategy()
    if workers:
        found = cluster.Cluster({"worker": list(workers)}, "worker", worker)
    else:
        found = cluster.read(os.environ.get("TF_CONFIG", ""))
    os.environ["TF_CONFIG"] = found.tf_config
    logging.warning("This is %s %d; it waits for %s.", found.job, found.index, ", ".join(found.others))
    with _ended_by_signals():
        return tf.distribute.MultiWorkerMirroredStrategy()


@contextlib.contextmanager
def _ended_by_signals():
    """Lets Ctrl-C end the process in here, where TensorFlow waits outside Python, and SIGTERM afterwards.

    TensorFlow takes SIGTERM to itself, for a way of saving states that is not used here.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may set how signals are handled.
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def is_chief(strategy):
    """Whether this process is the one that writes: the one called chief, or the first worker."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    has_chief = "chief" in resolver.cluster_spec().jobs
    return resolver.task_type == "chief" or (not has_chief and resolver.task_id == 0)


@contextlib.contextmanager
def explaining_lost_workers(strategy):
    """Turns what TensorFlow raises when another worker is gone into a ValueError that says what to do."""
    try:
        yield
    except LOST as error:
        if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            raise
        logging.debug("What TensorFlow says: %s", error)
        raise ValueError(
            "A worker of this training is gone; start all of them again, and they go on from the last state."
        ) from error


def check_share(batch_size, replicas, symmetry_fraction):
    """Sees that replicas can share a batch; warns if the losses are then not those of one process.

    Raises:
        ValueError: if they cannot.
    """
    if batch_size % replicas:
        raise ValueError(f"The batch size is {batch_size}; {replicas} replicas cannot share it equally.")
    share, every = batch_size // replicas, round(1 / symmetry_fraction)
    if replicas > 1 and share % every:
        logging.warning(
            "Each of %d replicas has %d blocks, of which L_O takes one in %d: it is not the L_O of one "
            "process; with a batch size of %d it would be.",
            *(replicas, share, every, math.lcm(share, every) * replicas),
        )


def check_agreement(strategy, step, config):
    """Sees that all workers go on from the same step, with the same settings.

    Args:
        strategy: see `make_strategy`.
        step: that this worker goes on from.
        config: its `TrainingConfig`.

    Raises:
        ValueError: if they do not.
    """
    digest = hashlib.sha256(json.dumps(dataclasses.asdict(config), sort_keys=True).encode()).digest()
    settings = int.from_bytes(digest[:7], "big")
    replicas = strategy.run(lambda: tf.constant([[step, config.policy == "float32", settings]], tf.int64))
    steps, policies, digests = ({*column} for column in strategy.gather(replicas, axis=0).numpy().T)
    if len(steps) > 1:
        raise ValueError(
            f"The workers hold states of the steps {', '.join(map(str, sorted(steps)))}; the run's folder "
            "must be one that all of them share."
        )
    if len(policies) > 1:
        raise ValueError("Not all workers' machines multiply bfloat16; give all of them the same --policy.")
    if len(digests) > 1:
        raise ValueError("The workers have different settings; start all of them by the same command.")


def steps(model, batches, validation_data, asked, stop):
    """The steps of a model made under a strategy, for `fitting.loop`.

    Each batch is shared out over the replicas. Every replica validates on all the validation data, so that
    all workers come to the same conclusions. The losses are those of one process, within rounding, if each
    replica's share is a multiple of the blocks of which L_O takes one.

    Args:
        model: a compiled `AMPNet`, made in the strategy's scope.
        batches, validation_data: datasets of the whole batches, the same in every worker.
        asked: function that says whether this process was asked to stop.
        stop: called in every worker after the same step, once one of them was asked.

    Returns:
        The functions `advance` and `validate`.
    """
    strategy = model.distribute_strategy
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    shared = iter(strategy.experimental_distribute_dataset(batches.with_options(options)))
    test_step = tf.function(lambda batch: _mean(strategy, strategy.run(model.test_step, (batch,))))

    @tf.function
    def train_step(asked_here):
        logs = _mean(strategy, strategy.run(model.train_step, (next(shared),)))
        return logs, strategy.reduce("SUM", strategy.run(lambda: tf.identity(asked_here)), axis=None)

    def validate():
        model.reset_metrics()
        for batch in validation_data:
            logs = test_step(batch)
        return logs

    def advance(step, count):
        logs, asked_anywhere = train_step(tf.constant(float(asked())))
        if asked_anywhere > 0:
            stop()
        return 1, logs, logs["loss"]

    return advance, validate


def _mean(strategy, results):
    return {name: strategy.reduce("MEAN", value, axis=None) for name, value in results.items()}
