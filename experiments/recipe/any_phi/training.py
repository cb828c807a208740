"""The training of the network for any Φ: where it starts, its steps and its validation."""

import numpy as np


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


def make_step(network, draws, optimizer):
    """A function that takes a training step of what is drawn, and gives the loss."""
    import tensorflow as tf

    steps = make_steps(network, optimizer)

    def step():
        kind = draws.kind()
        sample = draws.sample(kind)
        tensors = map(tf.constant, (sample.windows, sample.operator, sample.used, sample.noise))
        return steps[kind](*tensors)

    return step
