"""Trainings of the networks that the paper compares with, one after the other, each for the same time."""

import concurrent.futures
import threading
import time

import jax.numpy as jnp

from amp_net.training.data.draws import Draws
from amp_net.training.steps.jax_steps import JaxSteps
from amp_net.training.steps.optimizers import make_optimizer
from experiments.peers import rivals
from experiments.peers.packed_rivals import FEW, Packs
from experiments.peers.rival_trainings import SEED
from experiments.recipe.plan import RATIOS
from experiments.shared.budget import course

AHEAD = 12
"""Networks that are compiled while another trains."""
NOTED = 20
"""Points of a curve."""


class Prepared:
    """A network on the device, its steps compiled.

    Args:
        name, ratio: of `rivals.NAMES`; CS ratio in percent.
        crops: a function of a side that gives uint8 crops, NumPy's or on the device.
        lock: held while Keras makes the network, which it cannot do twice at once.
        at_once: steps of a dispatch.
    """

    def __init__(self, name, ratio, crops, lock, at_once):
        how, side = rivals.settings_of(name), rivals.window(name)
        self.rate = how.learning_rate
        with lock:
            self.model = rivals.make(name, ratio, "mixed_bfloat16")
            rivals.start(name, self.model, lambda side: crops(side)[:FEW])
            self.model.compile(optimizer=make_optimizer(how.optimizer, how.learning_rate, how.clip_norm))
            self.model.optimizer.build(self.model.trainable_variables)
        blocks = crops(side, on_device=True)
        draws = Draws(len(blocks), side, min(how.batch_size, len(blocks)), SEED, augment=True)
        self.steps = JaxSteps(self.model, blocks, draws, at_once)
        state = [[variable.value for variable in kind] for kind in self.steps.variables]
        lowered = self.steps.run.lower(state, self.steps.blocks, draws.of_steps(0, at_once), at_once)
        self.steps.run = lowered.compile()

    def train(self, seconds):
        """Trains for so many seconds.

        Returns:
            Facts of the training: `minutes`, `steps`, `curve`.

        Raises:
            FloatingPointError: if the loss is not finite.
        """
        began, made, curve, noted, share = time.monotonic(), 0, [], 0, 0.0
        while share < 1:
            self.model.optimizer.learning_rate.assign(self.rate * course(share))
            count, logs, _ = self.steps.advance(made, self.steps.at_once)
            loss, made = float(logs["loss"]), made + count
            share = (time.monotonic() - began) / seconds
            if not loss < float("inf"):
                raise FloatingPointError(f"The loss is {loss} after {made} steps.")
            if share * NOTED >= noted:
                noted += 1
                minutes = round(share * seconds / 60, 3)
                curve.append({"step": made, "minutes": minutes, "loss": f"{loss:.6g}"})
        return {"minutes": round(seconds / 60, 4), "steps": made, "curve": curve}


def train_all(folder, data, minutes, minutes_each, facts, say, cells=None, at_once=50):
    """Trains as many networks as there is time for, and packs each as it is done.

    Args:
        folder: of the packs.
        data: a `Data`.
        minutes: in all, with compilation.
        minutes_each: of a training.
        facts: what else is told of each training.
        say: called with lines of text.
        cells: names and CS ratios; None for all networks at all ratios.
        at_once: steps of a dispatch.
    """
    began, lock, packs = time.monotonic(), threading.Lock(), Packs(folder)
    cells = cells or [(name, ratio) for ratio in RATIOS for name in rivals.NAMES]
    sides = {rivals.window(name) for name, _ in cells} | {rivals.SIDE}
    known = {side: data.crops(side) for side in sides}
    there = {side: jnp.asarray(crops) for side, crops in known.items()}

    def crops(side, on_device=False):
        if side not in known:
            # Of one that no network is trained with: FCMN's patterns.
            known[side] = data.crops(side)
        return there[side] if on_device else known[side]

    with concurrent.futures.ThreadPoolExecutor(AHEAD) as pool:
        waiting = [pool.submit(Prepared, *cell, crops, lock, at_once) for cell in cells]
        for (name, ratio), future in zip(cells, waiting, strict=True):
            left = 60 * minutes - (time.monotonic() - began)
            if left < 60 * minutes_each:
                say(f"no time left for {name} at {ratio} % and those after it")
                pool.shutdown(wait=False, cancel_futures=True)
                return
            try:
                prepared = future.result(timeout=left)
                told = prepared.train(60 * minutes_each)
            except (FloatingPointError, ValueError, concurrent.futures.TimeoutError) as error:
                say(f"{name} at {ratio} %: {error!r}")
                continue
            packs.add(name, ratio, prepared.model, {**told, **facts})
            say(f"{name} at {ratio} %: {told['steps']} steps, loss {told['curve'][-1]['loss']}")
            del prepared, future
