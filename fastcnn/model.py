"""A network that can be trained: layers, their parameters in one array, and plans to run them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from fastcnn import summary, training
from fastcnn.class_names import ClassNames
from fastcnn.graph.parameter import Parameter, gather
from fastcnn.graph.plan import Plan
from fastcnn.kernels import gate
from fastcnn.layers import Layer, SideLoss
from fastcnn.layers import Sequential as Stack
from fastcnn.layers.graph import Graph, trace
from fastcnn.layers.node import Node
from fastcnn.losses import Loss
from fastcnn.losses import loss as named_loss
from fastcnn.optim import Optimizer
from fastcnn.plans import Plans
from fastcnn.tuning import Tuning


class Model(ClassNames, Tuning):
    """A graph of layers that can be trained and run; `Sequential` is the one that is a stack.

    Parameters
    ----------
    inputs : Node
        Where the samples come in: what ``layers.Input`` gives.
    outputs : Node
        Where the scores come out: what the last layer gives.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes: source of the first weights, of shuffling and of
        dropout.

    Attributes
    ----------
    parameters : dict of str -> Parameter
        What training changes, by names such as ``"0.weight"``; ``.value`` reads and assigns,
        ``.grad`` reads.
    state : dict of str -> Parameter
        What training keeps track of, such as running statistics.
    input_shape, output_shape : tuple of int
        Shapes of one sample.

    Raises
    ------
    ValueError, TypeError
        The layers do not fit together; the message names the layer, the rule and the value.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> x = layers.Input((8, 8, 3))
    >>> y = layers.ReLU()(layers.Conv2D(3, 3, padding="same")(x))
    >>> y = layers.GlobalAvgPool2D()(layers.Add()(x, y))
    >>> model = fastcnn.Model(x, layers.Dense(2)(y), rng=0)
    >>> list(model.parameters)
    ['0.weight', '0.bias', '4.weight', '4.bias']
    """

    def __init__(self, inputs: Node, outputs: Node, rng: Any = None) -> None:
        self._build(trace(inputs, outputs), inputs.shape, rng)

    @classmethod
    def of(cls, root: Graph, input_shape: Iterable[int], rng: Any = None) -> Model:
        """The model that a graph computes for samples of this shape."""
        model = Model.__new__(cls)
        model._build(root, input_shape, rng)
        return model

    def _build(self, root: Graph, input_shape: Iterable[int], rng: Any) -> None:
        if not isinstance(input_shape, Iterable):
            raise TypeError(f"input_shape must be a tuple of ints: got {input_shape!r}")
        places = list(root.walk())
        for number, layer in enumerate(places):
            if layer.owned or any(layer is other for other in places[:number]):
                raise ValueError(f"a layer stands in one place only: got {layer!r} again")
        self.root = root
        self.rng = np.random.default_rng(rng)
        self.input_shape = tuple(gate.whole(size, "input_shape") for size in input_shape)
        self.output_shape = root.build(self.input_shape, self.rng)
        for layer in places:
            layer.owned = True
        self.parameters: dict[str, Parameter] = dict(root.parameters)
        self.state: dict[str, Parameter] = dict(root.state)
        self.weights, self.gradients = gather(list(self.parameters.values()))
        self.statistics, _ = gather(list(self.state.values()))
        self.optimizer: Optimizer | None = None
        self.loss = named_loss("softmax_cross_entropy")
        self._plans = Plans(root, self.input_shape)
        self._sides = [layer for layer in places if isinstance(layer, SideLoss)]
        self._pending: Plan | None = None
        self.lock = threading.RLock()
        self.history: training.History | None = None  # of the last `fit`

    def forward(self, x: Any, training: bool = False) -> np.ndarray:
        """Run all layers; with ``training=True`` what `backward` needs is kept.

        Parameters
        ----------
        x : array_like, shape (n, *input_shape)
        training : bool, default False
            Batch statistics and dropout as in training.

        Returns
        -------
        y : ndarray of float32, shape (n, *output_shape)
        """
        x = self.batch(x)
        with self.lock:
            plan = self.fill("backward" if training else "predict", x)
            plan.forward.run()
            self._pending = plan if training else None
            return plan.array("y").copy()

    def backward(self, dy: Any) -> np.ndarray:
        """Send a gradient back through the last ``forward(x, training=True)``.

        Parameters
        ----------
        dy : array_like, shape (n, *output_shape)
            Gradient of the loss with respect to the output.

        Returns
        -------
        dx : ndarray of float32, shape (n, *input_shape)
            The parameters' gradients are in their ``.grad``; in a `SideLoss` they are 0.

        Raises
        ------
        RuntimeError
            No ``forward(x, training=True)`` came directly before.
        """
        with self.lock:
            plan, self._pending = self._pending, None
            if plan is None:
                raise RuntimeError("backward needs forward(x, training=True) directly before it")
            plan.array("dy")[...] = gate.match(dy, "dy", plan.array("dy").shape)
            plan.backward.run()
            for parameter in (each for side in self._sides for each in side.parameters.values()):
                parameter.gradient[...] = 0
            return plan.array("dx").copy()

    def predict(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """Scores of each sample: the output of the last layer, before the softmax of the loss.

        Parameters
        ----------
        x : array_like, shape (n, *input_shape), Source or Loader
            uint8 are pixels: 0 to 255 becomes 0 to 1. A source is read batch by batch, in its
            order; a loader gives its first epoch.
        batch_size : int, default 256
            Samples that run together.

        Returns
        -------
        y : ndarray of float32, shape (n, *output_shape)

        Raises
        ------
        ValueError, TypeError
            `x` has another shape, is empty or does not hold numbers.
        """
        batch_size = gate.whole(batch_size, "batch_size")
        scores = [self.forward(part) for part in training.parts(self, x, batch_size)]
        return scores[0] if len(scores) == 1 else np.concatenate(scores)

    def compile(
        self, optimizer: Optimizer | None = None, loss: str | Loss = "softmax_cross_entropy"
    ) -> None:
        """Choose how to train; the optimizer starts afresh.

        Parameters
        ----------
        optimizer : Optimizer, optional
            From `fastcnn.optim`; without one the model can be evaluated, not trained.
        loss : str or Loss, default "softmax_cross_entropy"
            A name in `fastcnn.losses.LOSSES`, or a loss with settings of its own.
        """
        if optimizer is not None and not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be from fastcnn.optim: got {optimizer!r}")
        with self.lock:
            goal = named_loss(loss)
            if optimizer is not None:
                kept = self.state, self.statistics
                optimizer.bind(self.parameters, self.weights, self.gradients, *kept)
            self.loss, self.optimizer = goal, optimizer
            self.forget_plans()

    def train_on_batch(self, x: Any, y: Any, progress: float = 0.0, weight: Any = None) -> float:
        """One step: forward, loss, backward, update.

        Parameters
        ----------
        x : array_like, shape (n, *input_shape)
        y : array_like
            Targets, as the loss describes them in `fastcnn.losses`.
        progress : float, default 0
            Share of the training that is done, for a schedule of the learning rate.
        weight : array_like, shape (n,), optional
            How much each sample counts in the mean; default: all the same.

        Returns
        -------
        loss : float
            The loss before the update, with that of each `SideLoss`.

        Raises
        ------
        FloatingPointError
            The loss is NaN or infinite; the parameters are as before the step.
        RuntimeError
            The model was not compiled with an optimizer.
        """
        x = self.batch(x)
        y = self.loss.check(y, len(x), self.output_shape)
        weight = None if weight is None else gate.weights(weight, "weight", len(x))
        return training.step(self, x, y, progress, weight)[0]

    def fit(self, x: Any, y: Any = None, **settings: Any) -> training.History:
        """Train on arrays or a loader; see `fastcnn.training.fit` for the settings."""
        return training.fit(self, x, y, **settings)

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 256,
        metrics: training.Metrics = (),
        weight: Any = None,
    ) -> dict[str, float]:
        """Loss, accuracy and other metrics in prediction mode; see `fastcnn.training.evaluate`.

        Returns
        -------
        dict
            ``{"loss": ..., "accuracy": ...}``.
        """
        return training.evaluate(self, x, y, batch_size, metrics, weight)

    def summary(
        self,
        batch_size: int = 64,
        algorithms: bool = False,
        depth: int | None = None,
        width: int | None = None,
    ) -> str:
        """Describe the layers, and if asked the algorithms of the convolutions, in tables.

        Parameters
        ----------
        batch_size : int, default 64
            What memory, algorithms and blocks of a training step are told for.
        algorithms : bool, default False
            Add, for each pass of each convolution, the algorithm and why it was chosen.
        depth : int, optional
            How many levels of layers inside of layers are shown; default: all.
        width : int, optional
            Of the terminal: wider tables are folded as far as their words allow; default: never.

        Returns
        -------
        str
            Output, window, parameters, multiply-adds and receptive field of each layer, and the
            bytes of a training step: activations, weights, gradients, the state of the optimizer
            (SGD's before there is one) and scratch memory for the threads now set.
        """
        return summary.text(summary.summary(self, batch_size, algorithms, depth), width)

    def plot(self, ax: Any = None, depth: int = 1) -> Any:
        """Draw the layers and who reads whom; needs matplotlib, the extra "plot".

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; default: a new figure.
        depth : int, default 1
            How many levels of layers inside of layers are drawn.

        Returns
        -------
        ax : matplotlib.axes.Axes
        """
        from fastcnn import plot  # noqa: PLC0415  # needs the extra "plot"

        return plot.graph(self, ax, depth)

    def plan(
        self,
        purpose: str,
        n: int,
        bind: bool = True,
        labels: bool = True,
        weighted: bool = False,
    ) -> Plan:
        """The plan for batches of n samples.

        Parameters
        ----------
        purpose : {"predict", "backward", "evaluate", "train"}
            What is planned: the forward pass; forward and a backward pass by hand; the forward pass
            and the loss; a training step without the update.
        n : int
        bind : bool, default True
            Allocate memory; without, the plan only knows how much it would take, and is not kept.
        labels, weighted : bool
            What the loss is given: labels where it takes them, weights of samples.
        """
        with self.lock:
            return self._plans.get(self.loss, purpose, n, bind, labels, weighted)

    @property
    def layers(self) -> list[Layer]:
        """The layers, each behind those that it reads."""
        return self.root.layers

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write architecture and weights to a safetensors file, whole or not at all."""
        from fastcnn.formats.weights import save_model  # noqa: PLC0415  # it loads models too

        save_model(self, path)

    def config(self) -> dict[str, Any]:
        """The architecture, of plain JSON types: what `from_config` takes."""
        kind = "Sequential" if isinstance(self.root, Stack) else "Model"
        config = {"class": kind, "input_shape": list(self.input_shape), **self.root.config()}
        return config | self.classes_config()

    def batch(self, x: Any) -> np.ndarray:
        """Check samples: `x` as float32, shape (n, *input_shape); bytes become 0 to 1."""
        if type(x) is not np.ndarray or x.dtype != np.float32 or not x.flags.aligned:
            x = gate.pixels(x, "x")
        return gate.samples(x, self.input_shape)

    def fill(
        self,
        purpose: str,
        x: np.ndarray,
        target: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> Plan:
        """The plan for this purpose with a checked batch, its targets and fresh random keys; the
        caller has the lock."""
        labels = target is None or target.dtype == np.int64
        weighted = weight is not None
        plan = self._plans.get(self.loss, purpose, len(x), True, labels, weighted)
        self._pending = None
        plan.load(x)
        if target is not None:
            plan.array("target")[...] = target
        if weight is not None:
            plan.array("weights")[...] = gate.shares(weight)
        for key in plan.keys:
            key[0] = self.rng.integers(2**64, dtype=np.uint64)
        return plan


class Sequential(Model):
    """A stack of layers that can be trained: the output of each is the input of the next.

    Parameters
    ----------
    layers : iterable of Layer
    input_shape : tuple of int
        Shape of one sample, such as (height, width, channels).
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes: source of the first weights, of shuffling and of
        dropout.

    Raises
    ------
    ValueError, TypeError
        The layers do not fit together; the message names the layer, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers, optim
    >>> model = fastcnn.Sequential(
    ...     [layers.Conv2D(8, 3), layers.ReLU(), layers.GlobalAvgPool2D(), layers.Dense(2)],
    ...     input_shape=(8, 8, 1), rng=0)
    >>> x = np.random.default_rng(0).random((64, 8, 8, 1))
    >>> y = (x.mean((1, 2, 3)) > 0.5).astype(int)
    >>> history = model.fit(x, y, epochs=2, optimizer=optim.SGD(0.05), progress=False)
    >>> model.predict(x).shape
    (64, 2)
    """

    def __init__(
        self, layers: Iterable[Layer], input_shape: Iterable[int], rng: Any = None
    ) -> None:
        self._build(Stack(layers), input_shape, rng)
