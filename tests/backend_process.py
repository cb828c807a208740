"""Writes what one backend of Keras makes of given weights and blocks: run with `KERAS_BACKEND` set.

`python -m tests.backend_process IN.npz OUT.npz`; IN has `blocks`, and `CASE/NUMBER` for each weight of each of
the `CASES`. Nothing of it may need TensorFlow.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from amp_net import AMPNet, reconstruct_image, sense_image

TENSORFLOW_IMPORTED = "tensorflow" in sys.modules

import keras  # noqa: E402

from amp_net.kernel_muon import KernelMuon  # noqa: E402

CASES = {
    "plain": {"cs_ratio": 10, "stages": 2, "channels": 8},
    "all": {
        "cs_ratio": 4,
        "stages": 2,
        "channels": 8,
        "normalization": "batch",
        "initialization_attention": True,
        "spatial_attention": True,
        "channel_attention": True,
    },
}
PRESETS = ("amp_net_cs25", "ampa_net_cs10")
DTYPES = ("float32", "bfloat16")
FAR = 1e4
"""A learning rate at which nearly all that is left of a step of SGD is the gradient."""


def weights_of(given, case):
    """The weights of a case, in the model's order."""
    count = sum(name.startswith(f"{case}/") for name in given)
    return [given[f"{case}/{number}"] for number in range(count)]


def steps(given, case):
    """Losses, gradients, and the weights after a step of `KernelMuon`, by name."""
    blocks, weights, found = given["blocks"], weights_of(given, case), {}
    for name, optimizer in (
        ("gradient", keras.optimizers.SGD(FAR)),
        ("stepped", KernelMuon(1e-3, global_clipnorm=1.0)),
    ):
        model = AMPNet(**CASES[case])
        model.set_weights(weights)
        before = {variable.path: keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables}
        model.compile(optimizer)
        logs = model.train_on_batch(blocks, return_dict=True)
        for variable in model.variables:
            value = keras.ops.convert_to_numpy(variable)
            if name == "stepped":
                found[f"stepped/{variable.path}"] = value
            elif variable.path in before:
                found[f"gradient/{variable.path}"] = (before[variable.path] - value) / FAR
    found |= {f"logs/{metric}": np.float64(value) for metric, value in logs.items()}
    return {f"{case}/{key.replace(model.name, 'model')}": value for key, value in found.items()}


def daily_use(blocks):
    """What users do with a model, by name."""
    found = {}
    for preset in PRESETS:
        model = AMPNet.from_preset(preset)
        found[f"preset/{preset}"] = keras.ops.convert_to_numpy(model(blocks[:2]))
        for dtype in DTYPES:
            optimized = model.optimized(dtype)
            found[f"optimized/{preset}/{dtype}"] = keras.ops.convert_to_numpy(optimized(blocks[:2]))
    image = (blocks[:2, ..., 0].reshape(66, 33)[:50] * 255).astype("uint8")
    found["image"] = image
    found["rebuilt"] = reconstruct_image(sense_image(image, model), model)
    found["tensor"] = type(model.sense(blocks)).__module__.partition(".")[0]
    for name, values in (("nan", np.full_like(blocks[:1], np.nan)), ("uint8", np.zeros((1, 33, 33, 1), "uint8"))):
        try:
            model.sense(values)
        except ValueError as error:
            found[f"refused/{name}"] = str(error)
    model = AMPNet(cs_ratio=4, stages=1, channels=4, symmetry_fraction=1)
    model.compile(keras.optimizers.Adam(3e-3))
    stopping = keras.callbacks.EarlyStopping("val_psnr", patience=1)
    history = model.fit(
        blocks, batch_size=8, epochs=3, validation_data=(blocks,), callbacks=[stopping], verbose=0
    ).history
    found["history"] = json.dumps(history)
    found["evaluated"] = json.dumps(model.evaluate(blocks, verbose=0, return_dict=True))
    found["called"] = keras.ops.convert_to_numpy(model(blocks))
    found["predicted"] = model.predict(blocks, batch_size=8, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        loaded = keras.models.load_model(Path(folder) / "model.keras")
    found["loaded"] = loaded.predict(blocks, verbose=0)
    found["loaded_iterations"] = int(loaded.optimizer.iterations)
    return found


if __name__ == "__main__":
    given = dict(np.load(sys.argv[1]))
    outcome = {"backend": keras.backend.backend(), "tensorflow_imported": TENSORFLOW_IMPORTED}
    outcome |= daily_use(given["blocks"])
    for case in CASES:
        outcome |= steps(given, case)
    np.savez(sys.argv[2], **outcome)
