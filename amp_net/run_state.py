"""What a training needs to go on where it stopped."""

import hashlib
import json
import os
from pathlib import Path

import keras

from amp_net import files


class RunState(keras.callbacks.Callback):
    """Writes weights, optimizer and history after each epoch of `fit`, and restores the newest good ones.

    The two newest states are kept, each a weights file and a JSON file with its SHA-256. The JSON file is
    written last and both are moved into place when complete, so that a state which is there is whole.

    Args:
        folder: where the states are kept.
        every: steps of an epoch.
    """

    def __init__(self, folder, every):
        super().__init__()
        self.folder = Path(folder)
        self.every = every
        self.history = []

    @property
    def step(self):
        """Steps that the history covers."""
        return len(self.history) * self.every

    def restore(self, model):
        """Loads the newest state that is whole into a compiled model; without one, changes nothing."""
        for record_path in sorted(self.folder.glob("step_*.json"), reverse=True):
            weights_path = record_path.with_suffix(".weights.h5")
            try:
                record = json.loads(record_path.read_text(encoding="utf-8"))
                digest = hashlib.sha256(weights_path.read_bytes()).hexdigest()
            except (OSError, ValueError):
                continue
            if digest == record.get("weights_sha256"):
                model.optimizer.build(model.trainable_variables)
                model.load_weights(weights_path)
                self.history = record["history"]
                return

    def on_epoch_end(self, epoch, logs=None):
        self.history.append({name: float(value) for name, value in (logs or {}).items()})
        self.folder.mkdir(parents=True, exist_ok=True)
        record_path = self.folder / f"step_{self.step:08d}.json"
        weights_path = record_path.with_suffix(".weights.h5")
        aside = self.folder / "aside.weights.h5"
        self.model.save_weights(aside)
        digest = hashlib.sha256(aside.read_bytes()).hexdigest()
        os.replace(aside, weights_path)
        files.write(record_path, json.dumps({"weights_sha256": digest, "history": self.history}))
        for old in sorted(self.folder.glob("step_*.json"))[:-2]:
            old.unlink()
            old.with_suffix(".weights.h5").unlink(missing_ok=True)
