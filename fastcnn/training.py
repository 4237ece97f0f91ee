"""The training loop."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.kernels import gate
from fastcnn.losses import Loss
from fastcnn.losses import loss as named_loss
from fastcnn.optim import Optimizer

if TYPE_CHECKING:
    from fastcnn.model import Model

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass
class History:
    """What happened in a training.

    Attributes
    ----------
    epochs : list of dict
        For each epoch: "epoch" (from 1), "loss", "accuracy" (for classification), "val_loss",
        "val_accuracy" (with validation data), "seconds".
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)

    def plot(self, ax: Any = None) -> Any:
        """Draw the training curves; see `fastcnn.plot.training_curves`."""
        from fastcnn import plot  # noqa: PLC0415  # needs the extra "plot"

        return plot.training_curves(self, ax)


def fit(
    model: Model,
    x: Any,
    y: Any,
    epochs: int = 1,
    batch_size: int = 64,
    optimizer: Optimizer | None = None,
    loss: str | None = None,
    validation_data: tuple[Any, Any] | None = None,
    rng: Any = None,
    augment: Augment | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model on arrays.

    Parameters
    ----------
    model : Model
    x : array_like, shape (n, *input_shape)
    y : array_like
        Labels (n,), or targets of the output's shape for "mean_squared_error".
    epochs : int, default 1
        How often each sample is seen.
    batch_size : int, default 64
        Samples per step; the last batch of an epoch may be smaller.
    optimizer : Optimizer, optional
        Starts afresh. Without one, training goes on with the one the model was compiled with.
    loss : {"softmax_cross_entropy", "mean_squared_error"}, optional
        Together with an optimizer; default: the model's, "softmax_cross_entropy" at first.
    validation_data : (x, y), optional
        Evaluated after each epoch.
    rng : None, int, Generator, ...
        Source of shuffling and augmentation; default: the model's own generator.
    augment : callable, optional
        ``augment(x_batch, rng) -> x_batch``, such as `fastcnn.data.Shift`.
    progress : bool, optional
        Progress bar or a line per epoch on standard error; default: a bar when that is a terminal
        (and tqdm is installed, extra "cli"), else lines.

    Returns
    -------
    History

    Raises
    ------
    FloatingPointError
        The loss is NaN or infinite: names epoch and batch. The parameters are those before it.
    RuntimeError
        There is no optimizer.
    ValueError, TypeError
        An argument breaks a rule.
    """
    epochs, batch_size = gate.whole(epochs, "epochs"), gate.whole(batch_size, "batch_size")
    goal = model.loss if loss is None else named_loss(loss)
    if optimizer is None and type(goal) is not type(model.loss):
        raise ValueError(f"loss needs an optimizer with it: got loss={loss!r} alone")
    x, y = _samples(model, goal, x, y)
    held_out = None
    if validation_data is not None:
        if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
            raise ValueError(f"validation_data must be a pair (x, y): got {shown(validation_data)}")
        held_out = _samples(model, goal, *validation_data)
    rng = model.rng if rng is None else np.random.default_rng(rng)
    if optimizer is not None:
        model.compile(optimizer, goal)
    history = History()
    batches = -(-len(x) // batch_size)
    for epoch in range(epochs):
        started = time.perf_counter()
        order = rng.permutation(len(x))
        total, correct = 0.0, 0
        for batch in _bar(batches, f"epoch {epoch + 1}/{epochs}", progress):
            chosen = order[batch * batch_size : (batch + 1) * batch_size]
            part = x[chosen] if augment is None else _augmented(augment, x[chosen], rng)
            try:
                done = (epoch * batches + batch) / (epochs * batches)
                value, hits = step(model, part, y[chosen], done)
            except FloatingPointError as error:
                raise FloatingPointError(f"epoch {epoch + 1}, batch {batch + 1}: {error}") from None
            total += value * len(chosen)
            correct += hits or 0
        record = {"epoch": epoch + 1, "loss": total / len(x)}
        if hits is not None:
            record["accuracy"] = correct / len(x)
        record["seconds"] = time.perf_counter() - started
        if held_out is not None:
            measured = evaluate(model, *held_out, batch_size=256)
            record |= {f"val_{name}": value for name, value in measured.items()}
        history.epochs.append(record)
        _report(record, epochs, progress)
    return history


def step(model: Model, x: np.ndarray, y: np.ndarray, progress: float) -> tuple[float, int | None]:
    """Forward, loss, backward and update on a checked batch; gives loss and right answers."""
    if model.optimizer is None or model.optimizer.w is not model.weights:
        raise RuntimeError("the model has no optimizer of its own: give fit or compile one")
    with model.lock:
        plan = model.fill("train", x, y)
        plan.step.run()
        loss = float(plan.array("loss")[0])
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss became {loss}; the parameters are as before this batch. "
                "A smaller learning rate may help"
            )
        model.optimizer.update(progress)
        return loss, _correct(plan)


def evaluate(model: Model, x: Any, y: Any, batch_size: int = 256) -> dict[str, float]:
    """Mean loss, and for classification accuracy, in prediction mode."""
    batch_size = gate.whole(batch_size, "batch_size")
    x, y = _samples(model, model.loss, x, y)
    total, correct = 0.0, 0
    for first in range(0, len(x), batch_size):
        part = slice(first, first + batch_size)
        with model.lock:
            plan = model.fill("evaluate", x[part], y[part])
            plan.forward.run()
            total += float(plan.array("loss")[0]) * len(x[part])
            hits = _correct(plan)
        correct += hits or 0
    measured = {"loss": total / len(x)}
    if hits is not None:
        measured["accuracy"] = correct / len(x)
    return measured


def _samples(model: Model, goal: Loss, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check all samples and labels once, before anything is computed."""
    x = model.batch(x)
    return x, goal.check(y, len(x), model.output_shape)


def _augmented(augment: Augment, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    part = augment(x, rng)
    if np.shape(part) != x.shape:
        raise ValueError(f"augment must give shape {x.shape}: got {np.shape(part)}")
    return part


def _correct(plan: Any) -> int | None:
    return int(plan.array("correct")[0]) if "correct" in plan.kept else None


def _bar(batches: int, title: str, progress: bool | None) -> Iterator[int]:
    """The numbers of the batches, behind a progress bar where one can be shown."""
    wanted = sys.stderr.isatty() if progress is None else progress
    if wanted:
        try:
            tqdm = importlib.import_module("tqdm")
        except ModuleNotFoundError:
            pass  # the extra "cli" is not installed: lines without a bar
        else:
            yield from tqdm.tqdm(range(batches), desc=title, unit="batch", leave=False)
            return
    yield from range(batches)


def _report(record: dict[str, Any], epochs: int, progress: bool | None) -> None:
    """One line on standard error after an epoch."""
    if progress is False:
        return
    words = [f"epoch {record['epoch']}/{epochs}", f"loss {record['loss']:.4f}"]
    if "accuracy" in record:
        words.append(f"accuracy {record['accuracy']:.4f}")
    if "val_loss" in record:
        words.append(f"val_loss {record['val_loss']:.4f}")
    if "val_accuracy" in record:
        words.append(f"val_accuracy {record['val_accuracy']:.4f}")
    words.append(f"{record['seconds']:.2f} s")
    print("  ".join(words), file=sys.stderr, flush=True)
