"""The settings of a run as they hold: what its folder, the machine and the files it names say, filled in."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from amp_net.measurements import fingerprint
from amp_net.measurements.given_matrix import given_matrix
from amp_net.models import presets
from amp_net.photographs.own_photographs import GivenPhotographs, OwnPhotographs, difference, digest_of
from amp_net.storage import texts
from amp_net.training.config import TrainingConfig
from amp_net.training.steps.precision import fastest_policy

MANIFEST_FILE = "photographs.json"
"""What a run's folder keeps of photographs of one's own."""
WRITTEN = ("config.json", "history.csv", MANIFEST_FILE, "phi.npy", "state", "best")
"""What a training writes, and would replace."""


@dataclasses.dataclass(frozen=True)
class Settled:
    """What a run is trained with.

    Attributes:
        config: with no `None` that `train` fills in, and no `"auto"`.
        given: the sensing matrix Φ, `(m, n)`, if one is given.
        origin: metadata of the preset that the training starts from, if any.
    """

    config: TrainingConfig
    given: np.ndarray | None
    origin: dict | None


def settle(
    config: TrainingConfig, folder: Path, own: OwnPhotographs | GivenPhotographs | None = None
) -> Settled:
    """Settles a `TrainingConfig` for a run's folder, which may hold a part of this training already.

    Args:
        config: a `TrainingConfig`.
        folder: the run's.
        own: photographs of one's own, if it is trained on these.

    Raises:
        ValueError: if the folder holds another training, or began with other photographs, or a file that the
            config names cannot be read.
    """
    given, origin = None, None
    if own is not None:
        config = dataclasses.replace(config, data=own.name, data_sha256=digest_of(own.manifest))
    if config.phi is not None:
        given = given_matrix(config.phi, config.phi_variable, config.orthonormalize)
        config = dataclasses.replace(config, phi_sha256=fingerprint(given))
    if config.start_from is not None:
        origin = presets.load_metadata(config.start_from)
        config = dataclasses.replace(config, start_sha256=origin.get("weights_sha256"))
    if config.held_out_seed is None:
        former = (origin or {}).get("training", {})
        former = former if isinstance(former, dict) else {}
        seed = former.get("held_out_seed", former.get("seed", config.seed))
        if not isinstance(seed, int) or seed < 0:
            raise ValueError(
                f"The metadata of {config.start_from} name the seed {str(seed)[:60]!r}; it must be a whole "
                "number."
            )
        config = dataclasses.replace(config, held_out_seed=seed)
    recorded = _recorded(folder)
    if config.policy == "auto":
        config = dataclasses.replace(config, policy=recorded.get("policy", fastest_policy()))
    config = dataclasses.replace(config, former_steps=_former_steps(config, recorded))
    if own is not None:
        _check_photographs(folder, recorded, config, own.manifest)
    _check_folder(folder, recorded, config)
    return Settled(config, given, origin)


def _former_steps(config: TrainingConfig, recorded: dict[str, Any]) -> list[int] | None:
    """The ends that the run had; one more if it is extended now and its learning rate has a course."""
    former = recorded.get("former_steps")
    if config.schedule == "constant" or not _is_extended(config, recorded):
        return former
    return [*(former or []), recorded["steps"]]


def _is_extended(config: TrainingConfig, recorded: dict[str, Any]) -> bool:
    return isinstance(recorded.get("steps"), int) and config.steps > recorded["steps"]


def _recorded(folder: Path) -> dict[str, Any]:
    """The config of the training that a folder holds; empty if there is none."""
    record = folder / "config.json"
    if not record.exists():
        return {}
    try:
        recorded = texts.read_json(record)
        former = recorded.get("former_steps") or []
        if not isinstance(former, list) or not all(isinstance(steps, int) for steps in former):
            raise ValueError(f"{record} is damaged: former_steps are no whole numbers.")
        return recorded
    except ValueError as error:
        raise ValueError(f"{error} Put it back as it was, or use another folder.") from error


def _check_photographs(
    folder: Path, recorded: dict[str, Any], config: TrainingConfig, manifest: list[dict[str, str]]
) -> None:
    """Sees that photographs under the name that the run knows are those that it began with."""
    former = recorded.get("data_sha256")
    if recorded.get("data") != config.data or former in (None, config.data_sha256):
        return
    kept = folder / MANIFEST_FILE
    changed = difference(texts.read_json(kept).get(config.data, []), manifest) if kept.exists() else None
    raise ValueError(
        f"The photographs of {config.data} are not those that the training in {folder} began with"
        f"{f' ({changed})' if changed else ''}; put them back, or use another folder for the run."
    )


def _check_folder(folder: Path, recorded: dict[str, Any], config: TrainingConfig) -> None:
    """Sees that the training which the folder holds, if any, is this one or a part of it."""
    there = [name for name in WRITTEN if (folder / name).exists()]
    if not recorded and there:
        raise ValueError(
            f"{folder} holds {there[0]}, but nothing says of which training; put its config.json back, or "
            "use another folder."
        )
    wanted = dataclasses.asdict(config)
    if _is_extended(config, recorded):
        recorded = {**recorded, **{key: wanted[key] for key in ("steps", "former_steps")}}
    different = sorted(key for key in {*recorded, *wanted} if recorded.get(key) != wanted.get(key))
    if recorded and different:
        raise ValueError(
            f"{folder} holds a training with another {', '.join(different)}; repeat its command to go on "
            "with it, with more steps if you like, or use another folder."
        )
