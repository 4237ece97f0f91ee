"""Models on disk: architecture and weights in one safetensors file, and no pickle.

The tensors are the model's parameters and its untrained state under their own names, float32 in
the layout of `Parameter.value`; `container` says what else the file holds, and what guards it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

import fastcnn
from fastcnn.formats import container
from fastcnn.formats.container import short

if TYPE_CHECKING:
    from fastcnn.layers import Layer
    from fastcnn.model import Model

PREFIX = "training/"  # begins the names of a checkpoint's tensors that are not the model's


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, atomically and durably; the same weights give the same bytes.

    Raises
    ------
    OSError
        The file cannot be written; naming ``path``. What was there before is untouched.
    ValueError
        The architecture is too large for a safetensors header.
    """
    container.write(path, {"config": model.config()}, tensors_of(model))


def load_model(
    path: str | os.PathLike[str],
    custom_layers: Iterable[type[Layer]] = (),
    allow_nonfinite: bool = False,
) -> Model:
    """Read the model that `save_model` wrote, or the model in a checkpoint.

    Parameters
    ----------
    path : path
    custom_layers : iterable of Layer subclasses
        Classes of your own that the model uses.
    allow_nonfinite : bool, default False
        Accept weights that are NaN or infinite, to look into a training that diverged.

    Returns
    -------
    model : Model
        Built, with the weights of the file.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is damaged, foreign, from a newer fastcnn, or does not fit its own architecture;
        naming file, rule and value. Everything is checked before the first weight is assigned.
    """
    config, tensors = read_tensors(path)
    try:
        model = fastcnn.config.from_config(config, custom_layers)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: architecture must be valid: {error}") from error
    parameters = _parameters(model)
    check_tensors(path, tensors, {name: p.value.shape for name, p in parameters.items()})
    if not allow_nonfinite:
        check_finite(path, tensors)
    for name, parameter in parameters.items():
        parameter.value = tensors[name]
    return model


def read_tensors(path: str | os.PathLike[str]) -> tuple[Any, dict[str, np.ndarray]]:
    """The architecture in a file, and the weights of the model alone."""
    document, tensors = container.read(path)
    if "training" in document:
        tensors = {name: w for name, w in tensors.items() if not name.startswith(PREFIX)}
    return document["config"], tensors


def tensors_of(model: Model) -> dict[str, np.ndarray]:
    """What a file holds of a model: parameters and untrained state, by name."""
    return {
        name: np.ascontiguousarray(parameter.value, dtype=np.float32)
        for name, parameter in _parameters(model).items()
    }


def _parameters(model):
    return {**model.parameters, **model.state}


def check_tensors(
    path: str | os.PathLike[str],
    tensors: dict[str, np.ndarray],
    shapes: dict[str, tuple[int, ...]],
) -> None:
    """The tensors are exactly those that the architecture has."""
    missing, unexpected = sorted(shapes.keys() - tensors), sorted(tensors.keys() - shapes)
    if missing or unexpected:
        raise ValueError(
            f"{path}: tensors must be those of the architecture: "
            f"missing {_list(missing)}, unexpected {_list(unexpected)}"
        )
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{path}: {name} must have shape {shape}: got {tensors[name].shape}")
        if tensors[name].dtype != np.float32:
            raise ValueError(f"{path}: {name} must be float32: got {tensors[name].dtype}")
        if name.endswith("running_var") and (tensors[name] < 0).any():
            raise ValueError(f"{path}: {name} must be >= 0: got {tensors[name].min()}")


def check_finite(path: str | os.PathLike[str], tensors: dict[str, np.ndarray]) -> None:
    """No weight is NaN or infinite."""
    for name, w in tensors.items():
        if not np.isfinite(w).all():
            got = w[~np.isfinite(w)][0]
            raise ValueError(f"{path}: {name} must be finite without allow_nonfinite: got {got}")


def _list(names):
    """Up to five names, shortened: they come from the file."""
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    return ", ".join([short(name) for name in names[:5]] + more) or "none"
