"""Training steps and images a second of AMP-Net on this device, beside PyTorch's ISTA-Net+ shape."""

import time

import jax
import jax.numpy as jnp
import numpy as np

PRESET = "amp_net_cs25"
BATCH, STEPS, IMAGES = 64, 20, 16
"""Blocks of a training step, steps of one dispatch, and images of 256×256 rebuilt at once."""
BLOCKS_AN_IMAGE = 64
KINDS = {
    "bfloat16": ("mixed_bfloat16", "default"),
    "TF32": ("float32", "tensorfloat32"),
    "float32": ("float32", "highest"),
}


def rows():
    """Yields a dict for each arithmetic and network: `network`, `arithmetic`, steps and images a second."""
    for kind in KINDS:
        yield {"network": "ISTA-Net+'s shape, PyTorch", "arithmetic": kind, **_theirs(kind)}
    for kind, (policy, precision) in KINDS.items():
        with jax.default_matmul_precision(precision):
            yield {"network": "AMP-Net, JAX", "arithmetic": kind, **_ours(policy)}


def _ours(policy):
    from amp_net import AMPNet
    from experiments.accelerator import updates
    from experiments.accelerator.amp_loss import loss, rebuilt

    model = AMPNet.from_preset(PRESET, dtype=policy)
    every = round(1 / model.config["symmetry_fraction"])

    def step(carried, blocks):
        weights, state = carried
        gradients, _ = jax.grad(loss, has_aux=True)(weights, model, blocks, every)
        weights, state, _ = updates.apply(weights, gradients, state, 1e-5, 0.1)
        return (weights, state), None

    weights = [variable.value for variable in model.trainable_variables]
    batches = jnp.asarray(np.random.default_rng(0).random((STEPS, BATCH, 33, 33, 1), "float32"))
    images = jnp.asarray(np.random.default_rng(0).random((IMAGES * BLOCKS_AN_IMAGE, 33, 33, 1), "float32"))
    forward = jax.jit(lambda weights, blocks: rebuilt(model, weights, blocks)[0])
    seconds_forward = _seconds(lambda: jax.block_until_ready(forward(weights, images)))
    training = jax.jit(lambda carried, batches: jax.lax.scan(step, carried, batches)[0])
    carried = (weights, updates.start(weights))
    seconds_training = _seconds(lambda: jax.block_until_ready(training(carried, batches)))
    return {"steps": STEPS / seconds_training, "images": IMAGES / seconds_forward}


def _theirs(kind):
    import torch

    from amp_net import AMPNet
    from experiments.benchmark.networks.torch_networks import TorchISTANetPlus

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = kind == "TF32"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = TorchISTANetPlus(AMPNet.from_preset(PRESET)).to(device)
    optimizer = torch.optim.Adam(network.parameters(), 1e-5)
    generator = np.random.default_rng(0)
    batch = torch.tensor(generator.random((BATCH, 1, 33, 33), "float32"), device=device)
    images = torch.tensor(generator.random((IMAGES * BLOCKS_AN_IMAGE, 1, 33, 33), "float32"), device=device)
    halves = torch.autocast(device, torch.bfloat16, enabled=kind == "bfloat16")

    def train():
        for _ in range(STEPS):
            optimizer.zero_grad()
            with halves:
                loss = ((network(batch) - batch) ** 2).mean()
            loss.backward()
            optimizer.step()
        loss.item()

    def rebuild():
        with torch.no_grad(), halves:
            network(images).sum().item()

    return {"steps": STEPS / _seconds(train), "images": IMAGES / _seconds(rebuild)}


def _seconds(function, rounds=5):
    """The median seconds of a call, after one that is not timed."""
    function()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return sorted(taken)[rounds // 2]
