"""What a training must know to go on where it was, bit for bit.

Not in it: the data, the arguments of `fit`, the number of threads (which changes no bit), and the
seconds that epochs took, so that the same training writes the same bytes.
"""

from __future__ import annotations

import dataclasses
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.formats.checkpoint import Checkpoint
from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.training.run import Run

GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def capture(run: Run) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The state of a training between two batches: plain JSON types, and arrays by name."""
    assert run.model.optimizer is not None
    arrays = {f"optimizer/{name}": w for name, w in run.model.optimizer.state().items()}
    callbacks = []
    for number, (name, callback) in enumerate(_with_state(run)):
        values = callback.state()
        kept = {key: value for key, value in values.items() if isinstance(value, np.ndarray)}
        arrays |= {f"callbacks/{number}/{key}": value for key, value in kept.items()}
        plain = {key: _plain(value) for key, value in values.items() if key not in kept}
        callbacks.append([name, plain])
    document = {
        **_identity(run),
        "callbacks": callbacks,
        "first_epoch": run.first_epoch,
        "generator": _plain(run.model.rng.bit_generator.state),
        "history": [
            [[key, _plain(value)] for key, value in record.items() if key != "seconds"]
            for record in run.history.epochs
        ],
        "next": list(run.next),
        "seed": run.loader.seed,
        "stopped": run.stopped,
        "sums": _plain(dataclasses.asdict(run.sums)),
    }
    return document, arrays


def seed(path: str | os.PathLike[str], saved: Checkpoint) -> int:
    """The seed that all order and all random changes of the data come from."""
    match saved.training:
        case {"seed": int(seed)} if 0 <= seed < 2**63:
            return seed
    raise ValueError(f"{path}: must be a checkpoint of this training: seed must be from 0 to 2^63")


def restore(run: Run, path: str | os.PathLike[str], saved: Checkpoint) -> None:
    """Bring model, optimizer, loader and callbacks of a fresh training to a saved state.

    Raises
    ------
    ValueError
        The checkpoint is one of another training; naming file, rule and value. Then nothing has
        changed but callbacks.
    """
    document, model, optimizer = saved.training, run.model, run.model.optimizer
    assert optimizer is not None
    try:
        for key, own in _identity(run).items():
            if document[key] != own:
                raise ValueError(f"{key} must be {document[key]!r}: got {own!r}")
        epoch, batch = (gate.whole(each, "next", 0) for each in document["next"])
        if epoch > run.epochs or batch > run.batches:
            raise ValueError(f"epochs must be >= {epoch}, which are done: got {run.epochs}")
        generator = _generator(document["generator"])
        history = [
            {str(key): _value(value) for key, value in record} for record in document["history"]
        ]
        own_seed, first_epoch = seed(path, saved), gate.whole(document["first_epoch"], "epoch", 0)
        sums = type(run.sums)(**{key: _value(v) for key, v in document["sums"].items()})
        _restore_callbacks(run, document["callbacks"], saved.arrays)
        optimizer.restore(_below("optimizer/", saved.arrays))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: must be a checkpoint of this training: {error}") from error
    for name, parameter in {**model.parameters, **model.state}.items():
        parameter.value = saved.weights[name]
    model.rng.bit_generator.state = generator.state
    run.loader.seed, run.first_epoch = own_seed, first_epoch
    run.next, run.sums, run.stopped = (epoch, batch), sums, bool(document["stopped"])
    run.history.epochs[:] = history


def _identity(run: Run) -> dict[str, Any]:
    """What must be the same when a training goes on, of plain JSON types."""
    return {
        "batches": run.batches,
        "loss": repr(run.model.loss),
        "optimizer": type(run.model.optimizer).__name__,
        "samples": run.loader.samples,
    }


def _with_state(run: Run) -> list[tuple[str, Any]]:
    """Name and object of the callbacks that have something to remember."""
    return [
        (type(each).__name__, each)
        for each in run.callbacks
        if hasattr(each, "state") and each.state()
    ]


def _restore_callbacks(run: Run, saved: list[Any], arrays: dict[str, np.ndarray]) -> None:
    own = _with_state(run)
    names = [name for name, _ in saved]
    if names != [name for name, _ in own]:
        raise ValueError(f"callbacks with a state must be {names}: got {[name for name, _ in own]}")
    for number, ((_, callback), (_, values)) in enumerate(zip(own, saved, strict=True)):
        arrays_of = _below(f"callbacks/{number}/", arrays)
        callback.restore({key: _value(value) for key, value in values.items()} | arrays_of)


def _below(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {n.removeprefix(prefix): w for n, w in arrays.items() if n.startswith(prefix)}


def _generator(state: dict[str, Any]) -> Any:
    """A bit generator in this state; one that is none raises."""
    if state["bit_generator"] not in GENERATORS:
        raise ValueError(f"generator must be one of {GENERATORS}: got {state['bit_generator']!r}")
    generator = getattr(np.random, state["bit_generator"])()
    generator.state = _value(state)
    return generator


def _plain(value: Any) -> Any:
    """A value in JSON types, which have neither arrays nor numbers that are none."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _value(value: Any) -> Any:
    """The value that `_plain` has made plain; lists are arrays again."""
    if isinstance(value, dict):
        return {key: _value(each) for key, each in value.items()}
    if isinstance(value, list):
        return np.array(value, dtype=np.uint64)
    return float(value) if value in ("nan", "inf", "-inf") else value
