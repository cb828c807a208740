"""Seconds of a training step, ours against stock Keras and eager PyTorch, and what PSNR hundreds reach."""

import keras
import numpy as np

from amp_net import AMPNet
from amp_net.images import quality, to_unit
from amp_net.photographs import image_sets
from amp_net.training.config import TrainingConfig
from amp_net.training.data.batches import training_dataset
from amp_net.training.data.crops import crop_blocks
from amp_net.training.data.principal_components import principal_components
from amp_net.training.steps.optimizers import make_optimizer, make_schedule
from amp_net.training.steps.precision import fastest_policy
from experiments.benchmark.networks.stock_keras import StockAMPNet, charbonnier, psnr
from experiments.shared.markdown import command, table
from experiments.shared.timing import in_turns, machine

STOCK = "stock Keras layers and `fit`, Adam"
RATE = 1e-3
"""Adam's default."""
EACH = 10
"""Steps of a turn, so that the start of a `fit` counts little."""


class Ours:
    """`AMPNet`'s own step, with the recipe's optimizer."""

    def __init__(self, blocks, batch_size, steps, policy):
        config = TrainingConfig(model={})
        self.model = AMPNet(cs_ratio=25, dtype=policy)
        self.model.set_sensing_matrix(principal_components(blocks, self.model.measurements))
        rate = make_schedule(config.schedule, config.learning_rate, max(steps, 1000))
        self.model.compile(optimizer=make_optimizer(config.optimizer, rate, config.clip_norm))
        self.batches = training_dataset(blocks, batch_size, seed=1, augment=True)

    def train(self, steps):
        self.model.fit(self.batches.take(steps), steps_per_epoch=steps, shuffle=False, verbose=0)

    def psnr(self, blocks):
        return quality.psnr(blocks, self.model.predict(blocks, verbose=0))


class Stock(Ours):
    """The same network of stock layers."""

    def __init__(self, blocks, batch_size, steps):
        measurements = AMPNet(cs_ratio=25, stages=1).measurements
        self.model = StockAMPNet(measurements, principal_components(blocks, measurements).T)
        self.model.compile(optimizer=keras.optimizers.Adam(RATE), loss=charbonnier, metrics=[psnr])
        batches = training_dataset(blocks, batch_size, seed=1, augment=True)
        self.batches = batches.map(lambda batch: (batch, batch))


class PyTorch:
    """The same network in eager PyTorch."""

    def __init__(self, blocks, batch_size, steps):
        import torch

        from experiments.benchmark.networks.torch_networks import TorchAMPNet

        source = AMPNet(cs_ratio=25)
        source.set_sensing_matrix(principal_components(blocks, source.measurements))
        self.network = TorchAMPNet(source)
        self.optimizer = torch.optim.Adam(self.network.parameters(), RATE)
        self.batches = training_dataset(blocks, batch_size, seed=1, augment=True).as_numpy_iterator()
        self.torch = torch

    def train(self, steps):
        for _ in range(steps):
            batch = self.torch.tensor(next(self.batches)).permute(0, 3, 1, 2)
            restored, residuals = self.network(batch, symmetry_every=1)
            loss = self._penalty(restored - batch) + 0.01 * sum(map(self._penalty, residuals))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def psnr(self, blocks):
        with self.torch.inference_mode():
            parts = [
                self.network(self.torch.tensor(part).permute(0, 3, 1, 2))[0]
                for part in np.array_split(blocks, 8)
            ]
        return quality.psnr(blocks, self.torch.cat(parts).permute(0, 2, 3, 1).numpy())

    def _penalty(self, error):
        return self.torch.sqrt(error * error + 1e-6).mean()


def compare(rounds, batch_size, steps, data_dir):
    """Measures all of them; returns a Markdown page."""
    photographs = [image for _, image in image_sets.load("t91", data_dir)]
    blocks = crop_blocks(photographs, 20_000, seed=1)
    held_out = to_unit(
        crop_blocks([image for _, image in image_sets.load("bsds500_train", data_dir)], 512, seed=2)
    )
    fastest = fastest_policy()
    makers = {
        f"ours, {policy}{', the default here' if policy == fastest else ''}": (
            lambda policy=policy: Ours(blocks, batch_size, steps, policy)
        )
        for policy in dict.fromkeys((fastest, "float32"))
    }
    makers |= {
        STOCK: lambda: Stock(blocks, batch_size, steps),
        "PyTorch, eager, Adam": lambda: PyTorch(blocks, batch_size, steps),
    }
    contenders = {}
    for name, make in makers.items():
        keras.utils.set_random_seed(1)
        try:
            contenders[name] = make()
        except ImportError:
            continue
    reached = dict.fromkeys(contenders, "–")
    if steps:
        for name, contender in contenders.items():
            contender.train(steps)
            reached[name] = f"{contender.psnr(held_out):.2f}"
            print(f"{name}: {reached[name]} dB after {steps} steps", flush=True)
    seconds = in_turns({name: lambda c=c: c.train(EACH) for name, c in contenders.items()}, rounds)
    rows = [
        (name, f"{seconds[name] / EACH:.3f}", f"{seconds[STOCK] / seconds[name]:.2f}", reached[name])
        for name in contenders
    ]
    heading = (
        "",
        "s a step",
        "speed, stock Keras = 1",
        f"PSNR after {steps} steps (dB)" if steps else "PSNR",
    )
    return (
        f"{command('experiments.benchmark')}: AMP-Net at 25 %, {batch_size} blocks a step, medians of "
        f"{rounds} turns of {EACH} steps on {machine()}. All start from the principal components and see the "
        "same blocks; PSNR is on blocks of bsds500_train. L_O is computed on the whole batch but for ours, "
        "where it is on an eighth.\n\n" + table(heading, rows)
    )
