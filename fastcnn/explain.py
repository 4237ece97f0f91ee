"""What a model sees: outputs of its inner layers, and the pixels that its scores rest on.

Everything is computed in prediction mode: running statistics, no dropout. Nothing of the model is
changed, so this may be done between two steps of a training too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.graph.plan import Plan
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.layers import Graph
from fastcnn.layers.convolution import Convolution

if TYPE_CHECKING:
    from fastcnn.model import Model


def activations(model: Model, x: Any, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """Give the outputs of inner layers.

    Parameters
    ----------
    model : Model
    x : array_like, shape (n, *input_shape)
        Samples that run together.
    names : iterable of str, optional
        Of layers, such as "3", or "3.body.0" for one inside of another: what the names of its
        parameters begin with. Default: the model's own layers, without those inside of them.

    Returns
    -------
    dict of str -> ndarray of float32, shape (n, ...)
        The output of each layer, in the order of `names`.

    Raises
    ------
    ValueError, TypeError
        `x` has another shape, or the model has no layer of this name.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import explain, models
    >>> maps = explain.activations(models.lenet5(rng=0), np.zeros((1, 28, 28, 1)), ["0", "3"])
    >>> {name: array.shape for name, array in maps.items()}
    {'0': (1, 28, 28, 6), '3': (1, 10, 10, 16)}
    """
    x = model.batch(x)
    planner = Planner(training=False)
    image = planner.input(x.shape)
    model.root.plan(planner, image)
    tensors = _outputs(planner, model, model.root.names() if names is None else names)
    plan = Plan(planner, {"x": image, **tensors}, {})
    plan.bind()
    with model.lock:
        plan.load(x)
        plan.forward.run()
    return {name: plan.array(name).copy() for name in tensors}


def score_gradient(model: Model, x: Any, classes: Any = None) -> np.ndarray:
    """Give the gradient of a class's score with respect to the image.

    Parameters
    ----------
    model : Model
        A classifier, whose scores are those before the softmax.
    x : array_like, shape (n, *input_shape)
        Images that run together.
    classes : int or array_like of int, shape (n,), optional
        Whose score, for all images or for each; default: the class that the model takes it for.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
        ``dx[i] = d score[i, classes[i]] / d x[i]``.

    Raises
    ------
    ValueError, TypeError
        `x` has another shape, a class does not exist, or the model gives no scores of classes.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import explain, layers
    >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
    >>> dx = explain.score_gradient(model, np.zeros((1, 3)), classes=1)
    >>> bool((dx[0] == model.parameters["0.weight"].value[:, 1]).all())
    True
    """
    return _explain(model, x, classes)["dx"]


def saliency(model: Model, x: Any, classes: Any = None) -> np.ndarray:
    """Tell how much the score of a class changes with each pixel.

    ``max over the channels of |d score / d x|`` (Simonyan, Vedaldi & Zisserman, "Deep inside
    convolutional networks", ICLR workshop 2014, section 3.1).

    Parameters
    ----------
    model, x, classes
        As for `score_gradient`.

    Returns
    -------
    maps : ndarray of float32, shape (n, h, w)
        Without the channels of `x`.

    Raises
    ------
    ValueError, TypeError
        As `score_gradient`.

    Examples
    --------
    >>> from fastcnn import data, explain, models
    >>> _, (x, y) = data.load_mnist_sample()
    >>> explain.saliency(models.lenet5(rng=0), x[:4], classes=y[:4]).shape
    (4, 28, 28)
    """
    return np.abs(score_gradient(model, x, classes)).max(axis=-1)


def grad_cam(model: Model, x: Any, classes: Any = None, layer: str | None = None) -> np.ndarray:
    """Tell where a layer sees what speaks for a class.

    ``max(0, sum over the channels k of a_k A_k)``, where A is the output of the layer and a_k the
    mean over its pixels of ``d score / d A_k`` (Selvaraju et al., "Grad-CAM", ICCV 2017, equations
    1 and 2).

    Parameters
    ----------
    model, x, classes
        As for `score_gradient`.
    layer : str, optional
        Its name, such as "3" or "3.body.0"; its outputs are images (h, w, c). Default: the last of
        the model's own layers that is a convolution, or has one inside, as a residual block.

    Returns
    -------
    maps : ndarray of float32, shape (n, h, w)
        Of the layer's height and width; `fastcnn.plot.grad_cam` enlarges them to those of the
        image.

    Raises
    ------
    ValueError, TypeError
        As `score_gradient`; the model has no such layer, or its outputs are no images.

    Examples
    --------
    >>> from fastcnn import data, explain, models
    >>> _, (x, y) = data.load_mnist_sample()
    >>> explain.grad_cam(models.lenet5(rng=0), x[:4]).shape
    (4, 10, 10)
    """
    if layer is None:
        layer = _last_convolution(model)
    found = _explain(model, x, classes, layer)
    maps, gradient = found["y"], found["dy"]  # (n, h, w, c)
    if maps.ndim != 4:
        raise ValueError(f"layer must give images (h, w, c): got {layer!r}, {maps.shape[1:]}")
    weights = gradient.mean(axis=(1, 2), keepdims=True)  # (n, 1, 1, c)
    return np.maximum((weights * maps).sum(axis=-1), 0)


def _explain(model: Model, x: Any, classes: Any, layer: str | None = None) -> dict[str, np.ndarray]:
    """The gradient "dx" of the classes' scores; with a layer, its output "y" and gradient "dy"."""
    x = model.batch(x)
    if len(model.output_shape) != 1:
        raise ValueError(f"model must give scores (classes,): got {model.output_shape}")
    planner = Planner(training=False, input_gradient=True, backward=True)
    image = planner.input(x.shape)
    scores = model.root.plan(planner, image)
    kept = {"x": image, "scores": scores, "dscores": planner.contribution(scores)}
    gradients = {"dx": image}
    for tensor in _outputs(planner, model, [] if layer is None else [layer]).values():
        kept["y"] = gradients["dy"] = tensor
    plan = Plan(planner, kept, gradients)
    plan.bind()
    with model.lock:
        plan.load(x)
        plan.forward.run()
        wanted = plan.array("scores").argmax(axis=1) if classes is None else classes
        wanted = np.full(len(x), wanted) if np.ndim(wanted) == 0 else wanted
        wanted = gate.labels(wanted, len(x), model.output_shape[0], "classes")
        dscores = plan.array("dscores")
        dscores[...] = 0
        dscores[np.arange(len(x)), wanted] = 1
        before = model.gradients.copy()  # the backward pass writes those of the parameters too
        try:
            plan.backward.run()
        finally:
            model.gradients[...] = before
    return {name: plan.array(name).copy() for name in ("dx", "y", "dy") if name in plan.kept}


def _outputs(planner: Planner, model: Model, names: Iterable[str]) -> dict[str, Tensor]:
    """What the layers of these names give, once the model is planned."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"names must be names of layers: got {names!r}")
    known = {  # all layers but those that only training needs
        name: planner.outputs[id(layer)]
        for name, layer in model.root.named()
        if id(layer) in planner.outputs
    }
    names = list(names)
    for name in names:
        if name not in known:
            raise ValueError(f"names must be among {', '.join(known)}: got {name!r}")
    return {name: known[name] for name in names}


def _last_convolution(model: Model) -> str:
    """The name of the last of the model's own layers that is, or holds, a convolution."""
    for name, layer in reversed(list(zip(model.root.names(), model.root.layers, strict=True))):
        inside = layer.walk() if isinstance(layer, Graph) else [layer]
        if any(isinstance(each, Convolution) for each in inside):
            return name
    raise ValueError("model must have a convolution: got none; name another layer")
