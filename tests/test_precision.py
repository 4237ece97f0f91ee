"""Both precisions: "fast" and "strict" give the same gradients and learn the same."""

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import data, layers, models, optim, reference
from fastcnn import functional as F

PRECISIONS = ("strict", "fast")


@pytest.fixture
def precision(request):
    """Each precision in turn."""
    fastcnn.precision(request.param)
    yield request.param
    fastcnn.precision("fast")


each_precision = pytest.mark.parametrize("precision", PRECISIONS, indirect=True)


def relative_error(got, exact):
    """Root mean square, as a share of that of the exact values."""
    return np.sqrt(np.square(got - exact).mean() / np.square(exact).mean())


# --- gradients ---

SHAPES = {"64_28": (2, 28, 64, 64), "128_14": (2, 14, 128, 96), "256_7": (3, 7, 256, 256)}


@each_precision
@pytest.mark.parametrize("name", SHAPES)
def test_gradients_of_a_convolution(name, precision):
    n, size, ic, oc = SHAPES[name]
    rng = np.random.default_rng(51)
    x, w, dy = (
        normals(rng, *shape) for shape in ((n, size, size, ic), (3, 3, ic, oc), (n, size, size, oc))
    )
    expected = reference.conv2d_backward(dy, x, w, padding="same")
    got = F.conv2d_backward(dy, x, w, padding="same")
    for one, exact in zip(got, expected, strict=True):
        assert relative_error(one, exact) <= 2e-6
        assert np.abs(one - exact).max() <= 6e-6 * np.abs(exact).max()


@each_precision
def test_gradients_of_a_network(precision):
    """Two convolutions with smooth functions behind them, against the specification in float64."""
    model = fastcnn.Sequential(
        [
            layers.Conv2D(48, 3, padding="same"),
            layers.Tanh(),
            layers.Conv2D(64, 3, padding="same"),
            layers.Tanh(),
            layers.GlobalAvgPool2D(),
            layers.Dense(10),
        ],
        input_shape=(24, 24, 32),
        rng=0,
    )
    rng = np.random.default_rng(52)
    x, dy = normals(rng, 4, 24, 24, 32), normals(rng, 4, 10)
    w1, b1, w2, b2, w3, _ = (p.value.astype(np.float64) for p in model.parameters.values())
    y1 = reference.tanh(reference.conv2d(x, w1, b1, padding="same"))
    y2 = reference.tanh(reference.conv2d(y1, w2, b2, padding="same"))
    pooled = reference.global_avg_pool2d(y2)
    d_pooled, dw3, db3 = reference.dense_backward(dy, pooled, w3)
    dy2 = reference.tanh_backward(reference.global_avg_pool2d_backward(d_pooled, y2), y2)
    dy1, dw2, db2 = reference.conv2d_backward(dy2, y1, w2, padding="same")
    dx, dw1, db1 = reference.conv2d_backward(
        reference.tanh_backward(dy1, y1), x, w1, padding="same"
    )
    model.forward(x, training=True)
    got = [model.backward(dy), *(p.grad for p in model.parameters.values())]
    for one, exact in zip(got, (dx, dw1, db1, dw2, db2, dw3, db3), strict=True):
        assert relative_error(one, exact) <= 5e-6  # the error of one layer is input to the next


# --- training ---


def vgg():
    """A small net in the style of VGG: pairs of 3x3 convolutions, then pooling."""
    stack = []
    for layer in range(4):
        stack += [layers.Conv2D(32, 3, padding="same", bias=False), layers.BatchNorm()]
        stack += [layers.ReLU(), *([layers.MaxPool2D(2)] if layer % 2 else [])]
    stack += [layers.Flatten(), layers.Dense(10)]
    return fastcnn.Sequential(stack, input_shape=(28, 28, 1), rng=0)


NETWORKS = {"lenet5": lambda: models.lenet5(rng=0), "vgg": vgg}


def curve(make, precision, order):
    """The loss after each epoch, from the same first weights, samples in this order."""
    fastcnn.precision(precision)
    (x, y), _ = data.load_mnist_sample()
    settings = {"optimizer": optim.SGD(0.003, momentum=0.9), "rng": order, "progress": False}
    history = make().fit(x[:384], y[:384], epochs=4, batch_size=32, **settings)
    return np.array([epoch["loss"] for epoch in history.epochs])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_the_same(name, strict):
    """Rounding errors, amplified by training, stay far below its noise: another order of samples
    moves the curve at least ten times as much."""
    exact = curve(NETWORKS[name], "strict", order=0)
    noise = np.abs(curve(NETWORKS[name], "strict", order=1) - exact).max()
    fast = curve(NETWORKS[name], "fast", order=0)
    assert exact[-1] < 0.8 * exact[0]
    assert np.abs(fast - exact).max() <= noise / 10
    assert name == "lenet5" or (fast != exact).any()
