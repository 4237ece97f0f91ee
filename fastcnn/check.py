"""Gradients checked by differences: for layers of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.kernels import gate
from fastcnn.layers import Layer, Sequential
from fastcnn.model import Model

# Gradients below this share of the longest are measured by it: theirs may be nothing but rounding,
# such as that of a bias in front of batch normalisation.
SHORT = 0.03

# Arrays of smaller values, such as the first biases, are moved as if they had these.
SMALL = 0.1

Move = Callable[[np.ndarray], None]


def check_gradients(
    layer_or_model: Layer | Model, x: Any, directions: int = 8, step: float = 3e-4, rng: Any = 0
) -> dict[str, float]:
    """Compare the gradients that a layer or model gives with central differences.

    The loss is ``sum(y * dy)`` for a random `dy`. The input and each parameter is moved by
    ``+h v`` and ``-h v`` for some random directions `v` of signs, everything else standing still,
    and the difference quotient is laid beside ``sum(gradient * v)``.

    Parameters
    ----------
    layer_or_model : Layer or Model
        A layer that stands in no model yet is built for the shape of `x`. Nothing is changed:
        neither parameters and running statistics nor the generator of dropout.
    x : array_like, shape (n, ...)
        Samples, such as random normal ones: few and small are enough.
    directions : int, default 8
        How many directions for each array.
    step : float, default 3e-4
        ``h`` over the root of the mean square of what is moved, 0.1 at least; positive.
    rng : None, int, Generator, ...
        Source of `dy`, of the directions, and of the first weights of a layer.

    Returns
    -------
    dict of str -> float
        For ``"x"`` and each parameter by name the largest difference of the two, over the length
        of the gradient, or over 3 % of the longest if that is more; lengths times the root mean
        square of what is moved. Right gradients give some 1e-3: what rounding in float32 leaves;
        kinks, such as ReLU's, that a step goes over add to that, in deep models up to some 0.1.
        Wrong gradients give some 1.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the layer does not fit `x`.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", 2016, section 11.5.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> x = np.random.default_rng(0).normal(size=(4, 6, 6, 3))
    >>> errors = fastcnn.check_gradients(layers.Conv2D(5, 3), x)
    >>> sorted(errors), max(errors.values()) < 1e-2
    (['0.bias', '0.weight', 'x'], True)
    """
    directions = gate.whole(directions, "directions")
    step = gate.real(step, "step", gate.SMALLEST_FLOAT)
    random = np.random.default_rng(rng)
    x = gate.floats(x, "x")
    if isinstance(layer_or_model, Model):
        model = layer_or_model
    elif isinstance(layer_or_model, Layer):
        own = np.random.default_rng(random.integers(2**63))
        model = Model.of(Sequential([layer_or_model]), x.shape[1:], own)
    else:
        raise TypeError(f"layer_or_model must be a Layer or a Model: got {layer_or_model!r}")
    x = model.batch(x).copy()
    with model.lock, _kept(model):
        dy = random.normal(size=_forward(model, x).shape)
        dx = model.backward(dy)
        errors, lengths = {}, {}
        for name, (value, gradient, move) in _places(model, x, dx).items():
            scale = max(float(np.sqrt(np.mean(np.square(value, dtype=np.float64)))), SMALL)
            lengths[name] = scale * float(np.linalg.norm(gradient))
            errors[name] = 0.0
            for _ in range(directions):
                v = scale * random.choice([-1.0, 1.0], value.shape)
                losses = []
                for h in (step, -step):
                    move(value + h * v)
                    losses.append((_forward(model, x) * dy).sum())
                move(value)
                difference = (losses[0] - losses[1]) / (2 * step)
                errors[name] = max(errors[name], float(abs(difference - (gradient * v).sum())))
    shortest = SHORT * max(lengths.values()) or 1.0
    return {name: error / max(lengths[name], shortest) for name, error in errors.items()}


def _places(model: Model, x: np.ndarray, dx: np.ndarray) -> dict[str, tuple[Any, Any, Move]]:
    """All that can be moved, by name: values, gradient, and how to put other values there."""

    def setter(parameter: Parameter) -> Move:
        return lambda value: setattr(parameter, "value", value)

    places = {"x": (x.copy(), dx, lambda value: np.copyto(x, value, casting="same_kind"))}
    for name, parameter in model.parameters.items():
        if parameter.trainable:
            places[name] = (parameter.value, parameter.grad, setter(parameter))
    return places


def _forward(model: Model, x: np.ndarray) -> np.ndarray:
    """The output in training mode, with the same dropout each time."""
    state = model.rng.bit_generator.state
    y = model.forward(x, training=True)
    model.rng.bit_generator.state = state
    return y


@contextmanager
def _kept(model: Model) -> Iterator[None]:
    """Running statistics, the generator's state and the gradients are afterwards as before."""
    state = {name: each.value for name, each in model.state.items()}
    gradients = model.gradients.copy()
    try:
        yield
    finally:
        for name, value in state.items():
            model.state[name].value = value
        model.gradients[...] = gradients
