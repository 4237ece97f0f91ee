"""What fine-tuning needs: frozen parameters, weights of other models, another head."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, cast

from fastcnn.layers import BatchNorm

if TYPE_CHECKING:
    from fastcnn.formats.by_name import Report
    from fastcnn.layers import Layer
    from fastcnn.model import Model
    from fastcnn.optim import Optimizer


class Tuning:
    """The methods of a `fastcnn.Model` for training one that knows something already."""

    optimizer: Optimizer | None
    _plans: Any
    _pending: Any

    def forget_plans(self) -> None:
        """Plan anew what is run next: what is trained, or how, has changed."""
        self._plans.clear()
        self._pending = None
        if self.optimizer is not None:
            self.optimizer.regroup()

    def freeze(self, *patterns: str) -> None:
        """Keep parameters, and the running statistics of batch normalisations, as they are.

        No gradient is computed for what is frozen, nor the gradients that only frozen layers would
        ask for; no optimizer changes it. A batch normalisation whose statistics are frozen takes
        them in training too: its attribute `frozen`.

        Parameters
        ----------
        *patterns : str
            Of the names in `parameters` and `state`, such as ``"0.*"`` for a layer, ``"*.bias"``,
            or ``"*"`` for all. ``*`` stands for anything, dots too (`fnmatch`).

        Raises
        ------
        ValueError
            A pattern matches nothing; then nothing changes.

        Examples
        --------
        >>> import fastcnn
        >>> from fastcnn import layers
        >>> model = fastcnn.Sequential(
        ...     [layers.Conv2D(4, 3), layers.BatchNorm(), layers.Flatten(), layers.Dense(2)],
        ...     input_shape=(8, 8, 1), rng=0)
        >>> model.freeze("*")
        >>> model.unfreeze("3.*")
        >>> [name for name, parameter in model.parameters.items() if parameter.trainable]
        ['3.weight', '3.bias']
        >>> model.layers[1].frozen
        True
        """
        _set_trainable(cast("Model", self), patterns, trainable=False)

    def unfreeze(self, *patterns: str) -> None:
        """Train parameters, and update statistics, that `freeze` has frozen.

        Parameters
        ----------
        *patterns : str
            As in `freeze`.

        Raises
        ------
        ValueError
            A pattern matches nothing; then nothing changes.
        """
        _set_trainable(cast("Model", self), patterns, trainable=True)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the averages of the parameters in their place: to predict, evaluate or save with.

        The optimizer keeps them, with ``average=0.999`` or so; running statistics are averaged too.
        Outside, parameters and training are as they were.

        Raises
        ------
        RuntimeError
            There is no optimizer, or it keeps no average; an update inside is refused too.

        Examples
        --------
        >>> import fastcnn
        >>> from fastcnn import layers, optim
        >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
        >>> x, y = [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], [0, 1]
        >>> history = model.fit(x, y, optimizer=optim.SGD(0.1, average=0.999), progress=False)
        >>> with model.averaged():
        ...     measured = model.evaluate(x, y)
        """
        model = cast("Model", self)
        with model.lock:
            if model.optimizer is None:
                raise RuntimeError("the model has no optimizer, which would keep averages")
            model.optimizer.swap()
            try:
                yield
            finally:
                model.optimizer.swap()

    def load_weights(self, path: str | os.PathLike[str], strict: bool = True) -> Report:
        """Take over the weights of a file that `save` wrote, by their names.

        Parameters
        ----------
        path : path
        strict : bool, default True
            Refuse a file that has other names or shapes than this model; else take over what fits,
            and tell what does not.

        Returns
        -------
        Report
            Names that matched, were missing in the file, were not expected, or had another shape;
            as text, a table of those that did not match.

        Raises
        ------
        OSError
            The file cannot be opened or read.
        ValueError
            The file is damaged or foreign, holds numbers that are not finite, or, with `strict`,
            does not fit. Then no weight has changed.

        Examples
        --------
        >>> import fastcnn, os, tempfile
        >>> from fastcnn import models
        >>> path = os.path.join(tempfile.mkdtemp(), "digits.safetensors")
        >>> models.lenet5(classes=10, rng=0).save(path)
        >>> print(models.lenet5(classes=26, rng=0).load_weights(path, strict=False))
        8 of 10 matched
        another shape: 11.weight: (84, 26), in the file (84, 10)
        another shape: 11.bias: (26,), in the file (10,)
        """
        from fastcnn.formats.by_name import load_weights  # noqa: PLC0415  # safetensors

        model = cast("Model", self)
        with model.lock:
            return load_weights(model, path, strict)

    def replace_head(self, head: Layer, rng: Any = None) -> Model:
        """Make a model with another end: for other classes, say.

        The last layer that has parameters, and all behind it, give way to `head`, which reads what
        that layer has read. All other weights and statistics, and what is frozen, are copied.

        Parameters
        ----------
        head : Layer
            Such as ``layers.Dense(5)``, or a ``layers.Sequential`` of several.
        rng : None, int, Generator, ...
            Source of the first weights of the head, and of shuffling and dropout.

        Returns
        -------
        Model
            A new one, without an optimizer; this one stays as it is.

        Raises
        ------
        ValueError, TypeError
            No layer has parameters, or the head is no layer, is part of a model, or does not fit.

        Examples
        --------
        >>> from fastcnn import layers, models, optim
        >>> digits = models.lenet5(rng=0)
        >>> letters = digits.replace_head(layers.Dense(26), rng=0)
        >>> letters.output_shape
        (26,)
        >>> letters.freeze("*")
        >>> letters.unfreeze("11.*")
        """
        from fastcnn import config  # noqa: PLC0415  # it knows models

        return config.with_head(cast("Model", self), head, rng)


def _set_trainable(model: Model, patterns: tuple[str, ...], trainable: bool) -> None:
    known = {**model.parameters, **model.state}
    matched: set[str] = set()
    for pattern in patterns:
        found = {name for name in known if fnmatchcase(name, pattern)}
        if not found:
            raise ValueError(
                f"patterns must match parameters or state: got {pattern!r}, "
                f"but the names are like {next(iter(known), 'none')!r}"
            )
        matched |= found
    with model.lock:
        for name in matched & model.parameters.keys():
            parameter = model.parameters[name]
            parameter.trainable = trainable
            parameter.gradient[...] = 0
        statistics = {id(model.state[name]) for name in matched & model.state.keys()}
        for norm in model.root.walk():
            if isinstance(norm, BatchNorm) and id(norm.state["running_mean"]) in statistics:
                norm.frozen = not trainable
        model.forget_plans()
