"""The training of the network for any Φ: where it starts, its steps, its validation and its course."""

import time
from pathlib import Path

import numpy as np

from experiments.shared.photographs import read_folder

WARMUP = 100
"""Steps."""


def read_photographs(folders, held_out):
    """Grey uint8 photographs of folders: those to train on, and those that are held out, by name."""
    read = [each for folder in folders for each in read_folder(Path(folder)).items()]
    return (
        [image for name, image in read if name not in held_out],
        [image for name, image in read if name in held_out],
    )


def start(preset):
    """The network in bfloat16, with the weights of a preset or an `.npz`."""
    from amp_net.models import presets
    from amp_net.models.any_phi import AnyPhiAMPNet
    from amp_net.models.any_ratio import AnyRatioAMPNet

    if str(preset).endswith(".npz"):
        network = AnyPhiAMPNet(dtype="mixed_bfloat16")
        with np.load(preset) as stored:
            network.set_weights([stored[name] for name in stored.files])
        return network
    if not presets.is_any_ratio(preset):
        return AnyPhiAMPNet.from_preset(preset, dtype="mixed_bfloat16")
    trained = AnyRatioAMPNet.from_preset(preset)
    fields = {name: trained.config[name] for name in ("stages", "channels", "blocks")}
    network = AnyPhiAMPNet(**fields, dtype="mixed_bfloat16")
    for stage, other in zip(network.stages, trained.stages, strict=True):
        weights = [np.array(weight) for weight in other.get_weights()]
        for place, variable in enumerate(stage.weights):
            # What else the stages are told starts without a say.
            if variable.shape != weights[place].shape:
                more = np.zeros((variable.shape[0] - 1, variable.shape[1]), "float32")
                weights[place] = np.concatenate([weights[place], more])
        stage.set_weights(weights)
    return network


def make_steps(network, optimizer):
    """A compiled training step for each kind: of a sample, gives the loss."""
    import tensorflow as tf

    from amp_net.models.learning.losses import log_error
    from experiments.recipe.any_phi.draws import KINDS, operator_of

    def make(kind):
        @tf.function
        def step(windows, given, used, noise):
            operator = operator_of(kind, given)
            y = operator.measure(windows)
            y = used * (y + noise[:, None, None, None] * tf.random.normal(tf.shape(y)))
            with tf.GradientTape() as tape:
                restored = network(y, operator=operator, noise=noise, used=used)
                loss = tf.reduce_mean(log_error(restored, windows))
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply(gradients, network.trainable_variables)
            return loss

        return step

    return {kind: make(kind) for kind in KINDS}


def make_validation(network, photographs):
    """A function that gives PSNR in dB by name of the case, see `validation`."""
    import tensorflow as tf

    from amp_net.images import quality
    from experiments.recipe.any_phi.validation import cases

    def rebuilding(case):
        return tf.function(lambda y: network(y, operator=case.operator, noise=case.noise))

    functions = [(case, rebuilding(case)) for case in cases(photographs)]

    def validate():
        found = {}
        for case, rebuild in functions:
            pairs = zip(case.shown, np.clip(rebuild(case.y), 0, 1), strict=True)
            found[case.name] = float(np.mean([quality.psnr(a[..., 0], b[..., 0]) for a, b in pairs]))
        return found

    return validate


def train(network, draws, validate, folder, minutes, rate, decay, validate_every):
    """Trains for so many minutes; the rows of `curve.csv`, and the number of steps."""
    import tensorflow as tf

    from amp_net.storage import texts
    from amp_net.training.steps.optimizers import make_optimizer

    optimizer = make_optimizer("muon", rate, 1.0)
    optimizer.build(network.trainable_variables)
    steps, began, rows, losses = make_steps(network, optimizer), time.monotonic(), [], []
    noted = -np.inf

    def passed():
        return (time.monotonic() - began) / 60

    def note():
        psnr = {name: round(value, 3) for name, value in validate().items()}
        loss = float(np.mean(losses[-200:])) if losses else 0.0
        rows.append({"step": len(losses), "minutes": round(passed(), 1), "loss": round(loss, 4), **psnr})
        texts.write_csv(folder / "curve.csv", list(rows[0]), rows)
        np.savez(folder / "state.npz", *network.get_weights())
        print(rows[-1], flush=True)

    while passed() < minutes:
        if passed() - noted > validate_every:
            note()
            noted = passed()
        left = max(0.0, 1 - passed() / minutes)
        optimizer.learning_rate.assign(rate * min(1, left / max(decay, 1e-6), (len(losses) + 1) / WARMUP))
        kind = draws.kind()
        sample = draws.sample(kind)
        tensors = map(tf.constant, (sample.windows, sample.operator, sample.used, sample.noise))
        loss = float(steps[kind](*tensors))
        if not np.isfinite(loss):
            raise ValueError(f"The loss is {loss} at step {len(losses)}; state.npz is the last good state.")
        losses.append(loss)
    note()
    return rows
