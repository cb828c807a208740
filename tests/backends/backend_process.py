"""Writes what one backend of Keras makes of given weights and blocks: run with `KERAS_BACKEND` set.

`python -m tests.backends.backend_process IN.npz OUT.npz`; IN has `blocks`, `noise` in [0, 1] of their shape,
and `CASE/NUMBER` for each weight of each of the `CASES`. Nothing of it may need TensorFlow.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from amp_net import AMPNet, reconstruct_image, sense_image

TENSORFLOW_IMPORTED = "tensorflow" in sys.modules

import keras  # noqa: E402

from amp_net.models.any_ratio import AnyRatioAMPNet  # noqa: E402
from amp_net.models.learning.kernel_muon import KernelMuon  # noqa: E402

SMALL = {"cs_ratio": 4, "stages": 2, "channels": 8, "activation": "silu"}
"""Without a kink, where rounding alone would choose the gradient."""
ATTENTIONS = dict.fromkeys(("initialization_attention", "spatial_attention", "channel_attention"), True)
CASES = {"amp": SMALL, "ampa": {**SMALL, **ATTENTIONS}, "batch": {**SMALL, "normalization": "batch"}}
PRESET = "ampa_net_cs10"
DTYPES = ("float32", "bfloat16", "float16")


def weights_of(given, case):
    """The weights of a case, in the model's order."""
    count = sum(name.startswith(f"{case}/") for name in given)
    return [given[f"{case}/{number}"] for number in range(count)]


def step(given, case):
    """What a step of `KernelMuon` logs and leaves in the variables, by name.

    The optimizer's own are the gradients, but for a factor.
    """
    model = AMPNet(**CASES[case], name="model")
    model.set_weights(weights_of(given, case))
    model.compile(KernelMuon(1e-3, global_clipnorm=1.0))
    logs = model.train_on_batch(given["noise"], return_dict=True)
    values = {
        **{f"logs/{name}": np.float64(value) for name, value in logs.items()},
        **{f"weights/{each.path}": keras.ops.convert_to_numpy(each) for each in model.variables},
        **{f"gradients/{each.path}": keras.ops.convert_to_numpy(each) for each in model.optimizer.momenta},
    }
    return {f"{case}/{name}": value for name, value in values.items()}


def short_training(given, case):
    """The history of a training from given weights, with the blocks in their order."""
    model = AMPNet(**CASES[case])
    model.set_weights(weights_of(given, case))
    model.compile(KernelMuon(1e-3, global_clipnorm=1.0))
    blocks = given["blocks"]
    return model.fit(
        blocks, batch_size=8, epochs=3, shuffle=False, validation_data=(blocks,), verbose=0
    ).history


def daily_use(blocks):
    """What users do with a model, by name."""
    found = {}
    model = AMPNet.from_preset(PRESET)
    found["preset"] = keras.ops.convert_to_numpy(model(blocks[:2]))
    for dtype in DTYPES:
        found[f"optimized/{dtype}"] = keras.ops.convert_to_numpy(model.optimized(dtype)(blocks[:2]))
    image = (blocks[:2, ..., 0].reshape(66, 33)[:50] * 255).astype("uint8")
    found["image"] = image
    found["rebuilt"] = reconstruct_image(sense_image(image, model), model)
    found["tensor"] = type(model.sense(blocks)).__module__.partition(".")[0]
    nothing = np.zeros((1, 33, 33, 1))
    refused = {
        "nan": lambda: model.sense(nothing + np.nan),
        "uint8": lambda: model.sense(nothing.astype("uint8")),
        "255": lambda: model.sense(nothing + 255),
        "quantize": lambda: model.quantize("int8"),
        "h5": lambda: model.save("model.h5"),
    }
    for name, attempt in refused.items():
        try:
            attempt()
        except ValueError as error:
            found[f"refused/{name}"] = str(error)
    keras.utils.set_random_seed(1)
    model = AMPNet(cs_ratio=4, stages=1, channels=4, symmetry_fraction=1)
    model.compile(keras.optimizers.Adam(1e-3), metrics=["mae"])
    before = model.get_weights()
    for name in ("fit", "evaluate"):
        try:
            getattr(model, name)(255 * blocks, verbose=0)
        except Exception as error:
            found[f"refused/255/{name}"] = str(error)
    found["untouched"] = all(map(np.array_equal, before, model.get_weights()))
    stopping = keras.callbacks.EarlyStopping("val_psnr", patience=1)
    history = model.fit(
        blocks, batch_size=8, epochs=3, validation_data=(blocks,), callbacks=[stopping], verbose=0
    ).history
    found["history"] = json.dumps(history)
    found["evaluated"] = json.dumps(model.evaluate(blocks, verbose=0, return_dict=True))
    found["called"] = keras.ops.convert_to_numpy(model(blocks))
    found["predicted"] = model.predict(blocks, batch_size=8, verbose=0)
    if keras.backend.backend() == "torch":
        found["exported"] = _exported(model, blocks)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        loaded = keras.models.load_model(Path(folder) / "model.keras")
    found["loaded"] = loaded.predict(blocks, verbose=0)
    found["loaded_iterations"] = int(loaded.optimizer.iterations)
    return found


def for_all_ratios(blocks):
    """What `fit` and `evaluate` of a small `AnyRatioAMPNet` with a binary Φ make of images, by name."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(5)
    network = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=40, block_size=9, binary=True)
    network.set_weights([rng.normal(0, 0.05, weight.shape) for weight in network.weights])
    network.compile(keras.optimizers.Adam(1e-2))
    images = blocks[:, :27, :18]
    found = {"any_ratio/phi": network.sensing.matrix}
    found["any_ratio/evaluated"] = json.dumps(network.evaluate(images, verbose=0, return_dict=True))
    for method in ("fit", "evaluate"):
        try:
            getattr(network, method)(255 * images, verbose=0)
        except Exception as error:
            found[f"any_ratio/refused/{method}"] = str(error)
    history = network.fit(images, batch_size=4, epochs=8, validation_data=(images,), verbose=0).history
    found["any_ratio/history"] = json.dumps(history)
    found["any_ratio/drawn"] = np.stack([network.drawn_counts(8), network.drawn_counts(8)])
    return found


def _exported(model, blocks):
    """What PyTorch makes of blocks with the program that `export` writes."""
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.pt2"
        model.export(path, format="torch", verbose=False)
        program = torch.export.load(path).module()
        return program(torch.tensor(blocks)).detach().numpy()


if __name__ == "__main__":
    given = dict(np.load(sys.argv[1]))
    outcome = {"backend": keras.backend.backend(), "tensorflow_imported": TENSORFLOW_IMPORTED}
    outcome |= daily_use(given["blocks"])
    outcome |= for_all_ratios(given["blocks"])
    for case in CASES:
        outcome |= step(given, case)
    outcome["trained"] = json.dumps(short_training(given, "ampa"))
    np.savez(sys.argv[2], **outcome)
