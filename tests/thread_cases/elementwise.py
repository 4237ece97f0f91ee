"""What goes element by element, or row by row: activations, sums, dropout, losses, updates."""

import numpy as np
from calls import FROM_X, FROM_Y
from helpers import normals

from fastcnn import functional as F


def elementwise_case(rng):
    size = int(rng.integers(1, 120_000))
    x, dy = normals(rng, size), normals(rng, size)
    y = np.abs(x)
    return lambda: (
        *(getattr(F, name)(x) for name in (*FROM_Y, *FROM_X)),
        *(getattr(F, f"{name}_backward")(dy, y) for name in FROM_Y),
        *(getattr(F, f"{name}_backward")(dy, x) for name in FROM_X),
        F.add(x, dy),
        F.dropout(x, 0.3, 5),
        F.dropout_backward(dy, 0.3, 5),
    )


def row_case(rng):
    """PReLU and softmax."""
    rows, c = int(rng.integers(1, 9000)), int(rng.integers(1, 70))
    x, dy, slope = normals(rng, rows, c), normals(rng, rows, c), normals(rng, c)
    y = F.softmax(x)
    return lambda: (
        F.prelu(x, slope),
        *F.prelu_backward(dy, x, slope),
        F.softmax(x),
        F.softmax_backward(dy, y),
    )


def spatial_dropout_case(rng):
    x = normals(rng, *(int(size) for size in rng.integers(1, (20, 30, 30, 70))))
    return lambda: (F.spatial_dropout(x, 0.3, 5), F.spatial_dropout_backward(x, 0.3, 5))


def loss_case(rng):
    n, classes = int(rng.integers(1, 3000)), int(rng.integers(1, 70))
    x, target, labels = (
        normals(rng, n, classes),
        normals(rng, n, classes),
        rng.integers(classes, size=n),
    )
    weight, p = rng.random(n), F.softmax(target)
    return lambda: (
        *F.softmax_cross_entropy(x, labels),
        *F.softmax_cross_entropy(x, labels, weight, 0.1),
        *F.softmax_cross_entropy(x, p, weight, 0.1),
        *F.mean_squared_error(x, target),
        *F.mean_squared_error(x, target, weight),
        *F.huber(x, target, weight, 0.5),
        *F.binary_cross_entropy(x, p, weight),
        *F.binary_cross_entropy(x, p),
    )


def optim_case(rng):
    size = int(rng.integers(1, 120_000))
    w, dw, m, v = (normals(rng, size) for _ in range(4))
    return lambda: (
        *F.sgd(w, dw, m, 0.1, 0.9, 1e-4, True),
        *F.adam(w, dw, m, np.abs(v), 3, 0.1),
        *F.adamw(w, dw, m, np.abs(v), 3, 0.1),
        *F.rmsprop(w, dw, m, np.abs(v), 0.1, momentum=0.9),
        np.array(F.norm(w)),
        F.lerp(w, dw, 0.1),
    )


CASES = {
    elementwise_case: 20,
    row_case: 30,
    spatial_dropout_case: 20,
    loss_case: 20,
    optim_case: 20,
}
