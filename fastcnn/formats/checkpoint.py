"""Checkpoints: a model file that also holds all that its training needs to go on.

The document of the file has one more entry, ``training``; what training needs in arrays are tensors
whose names begin with ``training/``. `load_model` reads the model and passes over both.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.formats import container
from fastcnn.formats.weights import PREFIX, check_tensors, tensors_of

if TYPE_CHECKING:
    from fastcnn.model import Model


@dataclass
class Checkpoint:
    """What a checkpoint holds.

    Attributes
    ----------
    config : dict
        The architecture: what `Model.config` gives.
    weights : dict of str -> ndarray of float32
        The model's parameters and its untrained state.
    training : dict
        What training needs, of plain JSON types.
    arrays : dict of str -> ndarray
        What training needs in arrays.
    """

    config: dict[str, Any]
    weights: dict[str, np.ndarray]
    training: dict[str, Any]
    arrays: dict[str, np.ndarray]


def save_checkpoint(
    path: str | os.PathLike[str],
    model: Model,
    training: dict[str, Any],
    arrays: dict[str, np.ndarray],
) -> None:
    """Write a checkpoint, atomically and durably; the same contents give the same bytes.

    Raises
    ------
    OSError
        The file cannot be written; naming ``path``. What was there before is untouched.
    """
    tensors = {PREFIX + name: np.ascontiguousarray(array) for name, array in arrays.items()}
    entries = {"config": model.config(), "training": training}
    container.write(path, entries, tensors_of(model) | tensors)


def load_checkpoint(path: str | os.PathLike[str], model: Model) -> Checkpoint:
    """Read a checkpoint of this model, which stays as it is.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is damaged, no checkpoint, or one of another model; naming file, rule and value.
    """
    document, tensors = container.read(path)
    training = document.get("training")
    if not isinstance(training, dict):
        raise ValueError(f"{path}: must be a checkpoint: got a model without its training")
    config = json.loads(json.dumps(model.config()))
    difference = _difference(document["config"], config, "config")
    if difference:
        raise ValueError(f"{path}: must be a checkpoint of this model: its {difference}")
    arrays = {name: w for name, w in tensors.items() if name.startswith(PREFIX)}
    weights = {name: w for name, w in tensors.items() if name not in arrays}
    check_tensors(path, weights, {name: w.shape for name, w in tensors_of(model).items()})
    arrays = {name.removeprefix(PREFIX): array for name, array in arrays.items()}
    return Checkpoint(document["config"], weights, training, arrays)


def _difference(saved: Any, own: Any, place: str) -> str:
    """Where two values of JSON types first differ, in words; nothing where they do not."""
    if isinstance(saved, dict) and isinstance(own, dict) and saved.keys() == own.keys():
        parts = [(f"{place}.{key}", saved[key], own[key]) for key in own]
    elif isinstance(saved, list) and isinstance(own, list) and len(saved) == len(own):
        parts = [(f"{place}[{i}]", *pair) for i, pair in enumerate(zip(saved, own, strict=True))]
    elif saved == own:
        return ""
    else:
        return f"{place} is {container.short(str(saved))}, the model's {container.short(str(own))}"
    return next(filter(None, (_difference(*part[1:], part[0]) for part in parts)), "")
