"""What a training run writes while it runs."""

import dataclasses
import subprocess
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import logging
from keras import ops

from amp_net.images import encode, from_unit, to_unit
from amp_net.storage.disk import files, folders
from amp_net.training.config import TrainingConfig
from amp_net.training.run_state import RunState


class Pictures(keras.callbacks.Callback):
    """Logs for TensorBoard: the curves, and originals above reconstructions of a few validation blocks.

    They are written by the package `tensorboard` alone, so under any backend; without it, a line says so.

    >>> import tempfile
    >>> from amp_net import AMPNet
    >>> network = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)
    >>> network.compile()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pictures = Pictures(folder, np.full((2, 8, 8, 1), 128, "uint8"), steps_per_epoch=50)
    ...     pictures.set_model(network)
    ...     pictures.on_train_begin()
    ...     pictures.on_epoch_end(0, {"loss": 0.5, "val_psnr": 30.0})
    ...     pictures.on_train_end()
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['train', 'validation']

    Args:
        log_dir: folder of the logs.
        blocks: uint8 `(count, block_size, block_size, 1)`.
        steps_per_epoch: by which the pictures are counted; the curves count epochs.
    """

    def __init__(self, log_dir: str | Path, blocks: np.ndarray, steps_per_epoch: int) -> None:
        super().__init__()
        self.log_dir, self.blocks, self.steps_per_epoch = Path(log_dir), to_unit(blocks), steps_per_epoch
        self.writers: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ModuleNotFoundError:
            logging.warning("tensorboard is not installed; the curves are in history.csv alone.")
            return
        self.writers = {kind: EventFileWriter(str(self.log_dir / kind)) for kind in ("train", "validation")}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not self.writers:
            return
        values = {**logs, "learning_rate": float(self.model.optimizer.learning_rate)}
        for name, value in values.items():
            kind = "validation" if name.startswith("val_") else "train"
            self._write(kind, epoch, f"epoch_{name.removeprefix('val_')}", "scalars", np.float32(value))
        restored = np.clip(ops.convert_to_numpy(self.model(self.blocks)), 0, 1)
        rows = [np.concatenate(list(row[..., 0]), axis=1) for row in (self.blocks, restored)]
        image = from_unit(np.concatenate(rows))
        height, width = image.shape
        content = np.array([b"%d" % width, b"%d" % height, encode("picture.png", image)], object)
        step = (epoch + 1) * self.steps_per_epoch
        self._write("validation", step, "original above reconstruction", "images", content)

    def on_train_end(self, logs: Any = None) -> None:
        for writer in self.writers.values():
            writer.close()

    def _write(self, kind: str, step: int, tag: str, plugin: str, value: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
        from tensorboard.util.tensor_util import make_tensor_proto

        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
        entry = Summary.Value(tag=tag, tensor=make_tensor_proto(value), metadata=metadata)
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=[entry]))
        self.writers[kind].add_event(event)
        self.writers[kind].flush()


class BestPreset(keras.callbacks.Callback):
    """Saves a preset whenever the validation PSNR is the best so far.

    Its metadata keep how the preset was made that the training started from, if any, and so on back.

    >>> import tempfile
    >>> from amp_net import AMPNet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     state = RunState(f"{folder}/state", every=50)
    ...     saver = BestPreset(Path(folder, "best"), TrainingConfig({"cs_ratio": 25}), state, None, None)
    ...     saver.set_model(AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8))
    ...     saver.on_epoch_end(0, {"val_psnr": 30.0})
    ...     AMPNet.from_preset(f"{folder}/best").measurements
    16

    Args:
        folder: the preset's.
        config, state: of the run.
        command: what was typed.
        origin: metadata of the preset that the training started from, or None.
    """

    MAKING = ("command", "commit", "steps", "hours", "weights_sha256", "started_from")

    def __init__(
        self,
        folder: Path,
        config: TrainingConfig,
        state: RunState,
        command: str | None,
        origin: dict[str, Any] | None,
    ) -> None:
        super().__init__()
        self.folder, self.config, self.state, self.command = folder, config, state, command
        self.origin = {field: origin[field] for field in self.MAKING if field in origin} if origin else None

    def on_train_begin(self, logs: Any = None) -> None:
        folders.remove_unfinished(self.folder)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["seconds"] = self.state.seconds
        if logs["val_psnr"] > max((row["val_psnr"] for row in self.state.history), default=-np.inf):
            seconds = logs["seconds"] + sum(row["seconds"] for row in self.state.history)
            self.model.save_to_preset(
                self.folder,
                {
                    "command": self.command,
                    "commit": ", ".join(self.state.commits),
                    "training": dataclasses.asdict(self.config),
                    "steps": (epoch + 1) * self.config.validate_every,
                    "hours": round(seconds / 3600, 3),
                    "started_from": self.origin,
                    "results": {"validation_psnr": round(float(logs["val_psnr"]), 3)},
                },
            )


class Curve(keras.callbacks.Callback):
    """Writes the history, whole, as a table.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     state = RunState(f"{folder}/state", every=50)
    ...     state.history = [{"loss": 0.5, "val_psnr": 30.0}]
    ...     Curve(Path(folder, "history.csv"), state).write()
    ...     print(Path(folder, "history.csv").read_text(), end="")
    step,loss,val_psnr
    50,0.5,30
    """

    def __init__(self, path: Path, state: RunState) -> None:
        super().__init__()
        self.path, self.state = path, state

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.write()

    def write(self) -> None:
        """Writes it as of now."""
        names = list(self.state.history[0])
        lines = [",".join(["step", *names])]
        for index, row in enumerate(self.state.history, 1):
            lines.append(",".join([str(index * self.state.every), *(f"{row[name]:.6g}" for name in names)]))
        files.write(self.path, "\n".join(lines) + "\n")


def commit() -> str:
    """The commit of the source tree, marked where the library's own files have changes.

    Returns:
        40 digits, with `-dirty` after them if need be; `"unknown"` outside a clone.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return "unknown"
    git = ["git", "-C", str(root)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "amp_net", "datasets"], check=False)
        return head.stdout.strip() + ("-dirty" if changed.returncode else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
