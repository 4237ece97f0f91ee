"""The training loop."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn import data
from fastcnn.callbacks import Checkpoint
from fastcnn.formats.checkpoint import Checkpoint as Saved
from fastcnn.formats.checkpoint import load_checkpoint
from fastcnn.kernels import gate
from fastcnn.losses import Loss
from fastcnn.losses import loss as named_loss
from fastcnn.optim import Optimizer
from fastcnn.training import state
from fastcnn.training.evaluation import Metric, Metrics, measure, named
from fastcnn.training.history import History
from fastcnn.training.interrupt import Interrupt
from fastcnn.training.progress import Progress
from fastcnn.training.run import Run
from fastcnn.training.samples import (
    Augment,
    checked,
    counts,
    given,
    halves,
    in_order,
    shuffled,
    weights_of,
)
from fastcnn.training.step import step
from fastcnn.training.sums import Sums

if TYPE_CHECKING:
    from fastcnn.model import Model


def fit(
    model: Model,
    x: Any,
    y: Any = None,
    *,
    epochs: int = 1,
    batch_size: int = 64,
    optimizer: Optimizer | None = None,
    loss: str | Loss | None = None,
    validation_data: Any = None,
    validation_split: float | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | Any = None,
    metrics: Metrics = (),
    callbacks: Iterable[Any] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    rng: Any = None,
    augment: Augment | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model.

    Parameters
    ----------
    model : Model
    x : array_like, shape (n, *input_shape), Source or Loader
        A loader keeps its own batch size, order and changes, and counts its epochs.
    y : array_like, optional
        Labels (n,), or targets as the loss wants them; sources and loaders have their own.
    epochs : int, default 1
        How often each sample is seen.
    batch_size : int, default 64
        Samples per step; the last batch of an epoch may be smaller.
    optimizer : Optimizer, optional
        Starts afresh. Without one, training goes on with the one the model was compiled with.
    loss : str or Loss, optional
        One of `fastcnn.losses`, together with an optimizer; default: the model's,
        "softmax_cross_entropy" at first.
    validation_data : (x, y), Source or Loader, optional
        Evaluated after each epoch.
    validation_split : float, optional
        This share of the samples is held out for validation; of each class, where there are labels.
    sample_weight : array_like, shape (n,), optional
        How much each sample counts in the loss that is trained for; a loader has its own.
    class_weight : dict of int -> float, or array_like, shape (classes,), optional
        The same for all samples of a class, times that of the sample; a class that a dict does not
        name counts 1. `fastcnn.data.class_weights` balances classes.
    metrics : dict of str -> callable, or iterable of callables
        What is measured on the validation data besides loss and accuracy; see `evaluate`.
    callbacks : iterable
        Objects with any of the methods ``on_train_begin``, ``on_epoch_begin``, ``on_batch_end``,
        ``on_epoch_end`` and ``on_train_end``, each called with the `Run`, in their order, those of
        `fastcnn.callbacks.Checkpoint` last. See `fastcnn.callbacks`.
    checkpoint : path, optional
        A file that all is written to after each epoch that is needed to go on from there: short for
        ``fastcnn.callbacks.Checkpoint(path)``.
    resume : bool, default False
        Go on from the file `checkpoint`, where it exists: the end is, bit for bit, that of a
        training without a pause. All other arguments must be those of that training, but
        ``epochs`` may be more.
    rng : None, int, Generator, ...
        Source of shuffling and augmentation; default: the model's own generator. One number is
        drawn from it, and the order of an epoch depends on that and on the epoch's number alone.
    augment : callable, optional
        ``augment(x_batch, rng) -> x_batch``, such as `fastcnn.data.Shift`.
    progress : bool, optional
        Progress bar or a line per epoch on standard error; default: a bar when that is a terminal
        (and tqdm is installed, extra "cli"), else lines.

    Returns
    -------
    History
        Also in ``model.history``, whatever ends the training.

    Raises
    ------
    FloatingPointError
        The loss is NaN or infinite: names epoch and batch. The parameters are those before it.
    KeyboardInterrupt
        Ctrl-C. With callbacks, the batch in progress is ended first, and a checkpoint written; a
        second Ctrl-C does not wait. Without any, training stops within the batch.
    OSError
        A checkpoint cannot be read or written; one that was there before is untouched.
    RuntimeError
        There is no optimizer.
    ValueError, TypeError
        An argument breaks a rule, or the checkpoint is damaged or one of another training.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import callbacks, layers, optim
    >>> x = np.random.default_rng(0).normal(size=(200, 4))
    >>> y = (x.sum(axis=1) > 0).astype(int)
    >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(4,), rng=0)
    >>> history = model.fit(
    ...     x, y, epochs=20, optimizer=optim.SGD(0.1, momentum=0.9), validation_split=0.2,
    ...     callbacks=[callbacks.EarlyStopping(patience=3)], progress=False)
    >>> history.epochs[-1]["val_accuracy"] > 0.9
    True
    """
    epochs, batch_size = gate.whole(epochs, "epochs"), gate.whole(batch_size, "batch_size")
    goal = model.loss if loss is None else named_loss(loss)
    if optimizer is None and goal != model.loss:
        raise ValueError(f"loss needs an optimizer with it: got loss={loss!r} alone")
    measures, listeners = named(metrics), _ordered(callbacks, checkpoint)
    samples, held_out = checked(model, goal, x, y), _held_out(model, goal, validation_data)
    if isinstance(samples, data.Loader) and (validation_split is not None or augment is not None):
        raise ValueError("validation_split and augment must be None with a loader")
    if validation_split is not None:
        gate.real(validation_split, "validation_split", 0, 1)
        if held_out is not None:
            raise ValueError("validation_split must be None with validation_data")
    weights = weights_of(samples, sample_weight, class_weight)
    rng = model.rng if rng is None else np.random.default_rng(rng)
    path = "" if checkpoint is None else os.fspath(checkpoint)
    saved = _saved(model, path, resume)
    if optimizer is not None:
        model.compile(optimizer, goal)
    if model.optimizer is None or model.optimizer.w is not model.weights:
        raise RuntimeError("the model has no optimizer of its own: give fit or compile one")
    if not isinstance(samples, data.Loader):
        seed = int(rng.integers(2**63)) if saved is None else state.seed(path, saved)
        if validation_split is not None:
            samples, held_out = halves(samples, validation_split, seed)
            weights = None if weights is None else weights[samples.indices]
        samples = shuffled(samples, batch_size, augment, weights, seed)
    run = Run(model, samples, epochs, listeners, held_out is not None)
    validation = None if held_out is None else in_order(held_out)
    tells = Progress(progress)
    if saved is not None:
        state.restore(run, path, saved)
        tells.say(f"{path}: {_place(run)}")
    model.history = run.history
    with Interrupt(waits=bool(listeners)) as ctrl_c:
        try:
            run.tell("on_train_begin")
            while run.next[0] < epochs and not run.stopped:
                _train(run, tells, ctrl_c)
                _conclude(run, tells, ctrl_c, validation, measures)
            run.finished = True
        finally:
            tells.close()
            run.interrupted = ctrl_c.answered
            run.tell("on_train_end")
    return run.history


def _place(run: Run) -> str:
    """Where a training goes on, in words."""
    epoch, batch = run.next
    if run.stopped or epoch == run.epochs:
        return f"the training ended after epoch {epoch}"
    return f"going on at epoch {epoch + 1}/{run.epochs}, batch {batch + 1}/{run.batches}"


def _train(run: Run, tells: Progress, ctrl_c: Interrupt) -> None:
    """All batches of an epoch, or those that are left of it."""
    number, run.batch = run.next
    run.epoch = number + 1
    run.started = time.perf_counter()
    run.tell("on_epoch_begin")
    tells.begin(run)
    run.loader.epoch = run.first_epoch + run.epoch
    with contextlib.closing(run.loader.batches(run.loader.epoch - 1, run.batch)) as batches:
        for x, y, *weights in batches:
            done = (number * run.batches + run.batch) / (run.epochs * run.batches)
            target, weight = given(run.model, y, weights, len(x))
            try:
                loss, correct = step(run.model, x, target, done, weight)
            except FloatingPointError as error:
                place = f"epoch {run.epoch}, batch {run.batch + 1}"
                raise FloatingPointError(f"{place}: {error}") from None
            run.sums.add(loss, correct, *counts(run.model, x, weight))
            run.batch += 1
            run.next = number, run.batch
            run.record = {"epoch": run.epoch, **run.sums.means()}
            tells.batch(run)
            run.tell("on_batch_end")
            ctrl_c.check()
    _finish(run, number)
    tells.close()


def _finish(run: Run, number: int) -> None:
    """The update for the last batches of an epoch, where they wait for more."""
    assert run.model.optimizer is not None
    done = (number * run.batches + run.batches - 1) / (run.epochs * run.batches)
    try:
        with run.model.lock:
            run.model.optimizer.finish(done)
    except FloatingPointError as error:
        raise FloatingPointError(f"epoch {run.epoch}, batch {run.batch}: {error}") from None


def _conclude(
    run: Run,
    tells: Progress,
    ctrl_c: Interrupt,
    validation: data.Loader | None,
    metrics: Mapping[str, Metric],
) -> None:
    """What follows the batches of an epoch: validation, and all who want to know of it."""
    record = {"epoch": run.epoch, **run.sums.means()}
    record["seconds"] = time.perf_counter() - run.started
    if validation is not None:
        measured = measure(run.model, validation, metrics, ctrl_c.check)
        record |= {f"val_{name}": value for name, value in measured.items()}
    run.record = record
    run.history.epochs.append(record)
    run.next, run.sums = (run.epoch, 0), Sums()
    run.tell("on_epoch_end")
    tells.line(run)
    ctrl_c.check()


def _ordered(callbacks: Iterable[Any], checkpoint: str | os.PathLike[str] | None) -> list[Any]:
    """The callbacks, checkpoints behind the others, whose state they write."""
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks must be a list of objects: got {callbacks!r}")
    found = sorted(callbacks, key=lambda each: isinstance(each, Checkpoint))
    return found if checkpoint is None else [*found, Checkpoint(checkpoint)]


def _saved(model: Model, path: str, resume: bool) -> Saved | None:
    """The checkpoint to go on from, if there is one."""
    if not gate.flag(resume, "resume"):
        return None
    if not path:
        raise ValueError("resume needs checkpoint, the file to go on from: got None")
    return load_checkpoint(path, model) if Path(path).exists() else None


def _held_out(model: Model, goal: Loss, held_out: Any) -> data.Source | data.Loader | None:
    """The validation data, checked."""
    if held_out is None:
        return None
    if isinstance(held_out, data.Source | data.Loader) and not hasattr(held_out, "__array__"):
        return checked(model, goal, held_out)
    if not isinstance(held_out, tuple | list) or len(held_out) != 2:
        raise ValueError(f"validation_data must be a pair (x, y): got {shown(held_out)}")
    return checked(model, goal, *held_out)
