"""What goes element by element, or row by row: activations, sums, dropout, losses, updates."""

import functools

import numpy as np

from fastcnn.kernels import activation, add, copy, dropout, gate, loss, optim, prelu, softmax


def activation_forward(make, c, function):
    return activation.ActivationForward(function, (0.1, 0.5), make.read(c), make.write(c))


def activation_backward(make, c, function):
    operands = make.read(c), make.read(c), make.write(c)
    return activation.ActivationBackward(function, (0.1, 0.5), *operands)


def prelu_forward(make, c, rows):
    s = gate.rows((rows, c), "x")
    return prelu.PReluForward(s, make.read(rows, c), make.read(c), make.write(rows, c))


def prelu_backward(make, c, rows):
    s = gate.rows((rows, c), "x")
    arrays = make.read(rows, c), make.read(rows, c), make.read(c)
    return prelu.PReluBackward(s, *arrays, make.write(rows, c), make.write(c))


def softmax_forward(make, c, rows):
    s = gate.rows((rows, c), "x")
    return softmax.SoftmaxForward(s, make.read(rows, c), make.write(rows, c))


def softmax_backward(make, c, rows):
    s = gate.rows((rows, c), "x")
    arrays = make.read(rows, c), make.read(rows, c)
    return softmax.SoftmaxBackward(s, *arrays, make.write(rows, c))


def activation_backward_of_channels(make, c):
    operands = make.read(3, c, more=5), make.read(3, c, more=2), make.write(3, c)
    return activation.ActivationBackward("relu", (0.0, 0.0), *operands)


def add_forward(make, c):
    return add.Add(make.read(c), make.read(c), make.write(c))


def copy_forward(make, c):
    return copy.Copy(make.read(3, c), make.write(3, c))


def copy_to_channels(make, c):
    """Behind the last channel that is written, rows go on; behind that of the last row, a wall."""
    return copy.Copy(make.read(3, c), make.write(3, c, more=5))


def dropout_forward(make, c):
    return dropout.Dropout(0.5, make.given(gate.key(1)), make.read(c), make.write(c))


def spatial_dropout(make, c):
    return dropout.SpatialDropout(
        0.5, make.given(gate.key(1)), make.read(3, 5, c), make.write(3, 5, c)
    )


def sums(make):
    """The value of a loss, and the right answers."""
    return make.given(np.zeros(1)), make.given(np.zeros(1, dtype=np.int64))


def softmax_cross_entropy(make, c, smoothing=0.0):
    labels, dx = make.given(np.full(3, c - 1)), make.write(3, c)
    x, weights = make.read(3, c), make.read(3)
    return loss.SoftmaxCrossEntropy(x, labels, *sums(make), dx, weights, smoothing)


def softmax_cross_entropy_smoothed(make, c):
    return softmax_cross_entropy(make, c, 0.1)


def softmax_cross_entropy_of_probabilities(make, c):
    x, target = make.read(3, c), make.read(3, c)
    return loss.SoftmaxCrossEntropy(x, target, *sums(make), make.write(3, c), None, 0.1)


def binary_cross_entropy(make, c):
    return loss.BinaryCrossEntropy(make.read(c), make.read(c), *sums(make), make.write(c))


def mean_squared_error(make, c):
    return loss.MeanSquaredError(make.read(c), make.read(c), sums(make)[0], make.write(c))


def mean_squared_error_weighted(make, c):
    arrays = make.read(3, c), make.read(3, c), sums(make)[0], make.write(3, c)
    return loss.MeanSquaredError(*arrays, make.read(3))


def huber(make, c):
    return loss.Huber(make.read(c), make.read(c), sums(make)[0], make.write(c))


def sgd(make, c):
    settings = make.given([0.1, 1.0, 0.9, 1e-4, 1.0])
    return optim.Sgd(settings, make.read(c), make.read(c), make.read(c))


def adam(make, c):
    settings = make.given([0.1, 1.0, 0.9, 0.999, 1e-8, 1e-4, 1.0, 0.9, 0.999])
    return optim.Adam(settings, *(make.read(c) for _ in range(4)))


def norm(make, c):
    return optim.Norm(make.read(c), make.given(np.zeros(1)))


def lerp(make, c):
    return optim.Lerp(make.given([0.5]), make.read(c), make.read(c))


def rmsprop(make, c):
    settings = make.given([0.1, 1.0, 0.99, 1e-8, 0.9, 1e-4])
    return optim.RmsProp(settings, *(make.read(c) for _ in range(4)))


OPERATIONS = {
    **{
        f"{build.__name__}_{function}": functools.partial(build, function=function)
        for build in (activation_forward, activation_backward)
        for function in activation.READS
    },
    **{
        f"{build.__name__}_{rows}": functools.partial(build, rows=rows)
        for build in (prelu_forward, prelu_backward, softmax_forward, softmax_backward)
        for rows in (1, 7, 24)
    },
    **{
        build.__name__: build
        for build in (
            activation_backward_of_channels,
            add_forward,
            copy_forward,
            copy_to_channels,
            dropout_forward,
            spatial_dropout,
            softmax_cross_entropy,
            softmax_cross_entropy_smoothed,
            softmax_cross_entropy_of_probabilities,
            binary_cross_entropy,
            mean_squared_error,
            mean_squared_error_weighted,
            huber,
            sgd,
            adam,
            rmsprop,
            norm,
            lerp,
        )
    },
}
