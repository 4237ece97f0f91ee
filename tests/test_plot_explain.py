"""Pictures of what a model sees: that they show the numbers behind them."""

import numpy as np
import pytest
from helpers import normals
from matplotlib import pyplot
from matplotlib.figure import Figure

import fastcnn
from fastcnn import explain, filters, layers, models, plot
from fastcnn import functional as F

X = np.random.default_rng(70).random((12, 28, 28, 1), dtype=np.float32)


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture
def model():
    return models.lenet5(rng=0)


@pytest.fixture(autouse=True)
def headless():
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def arrays(ax):
    return [np.asarray(image.get_array()) for image in ax.images]


def tops(ax):
    return [image.get_extent()[3] for image in ax.images]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_feature_maps(ax, model):
    assert plot.feature_maps(model, X[0], channels=4, ax=ax) is ax
    found = explain.activations(model, X[:1], list("012345"))
    shown = [X[0, :, :, 0]] + [maps[0, :, :, c] for maps in found.values() for c in range(4)]
    for one, other in zip(arrays(ax), shown, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(set(tops(ax))) == 7
    assert texts(ax)[:4] == ["input", "28 x 28 x 1", "0  Conv2D", "28 x 28 x 6"]
    low, high = ax.images[1].get_clim()
    assert -low == high == np.abs(found["0"][0, :, :, :4]).max()
    ax.figure.canvas.draw()


def test_feature_maps_of_some_layers(ax, model):
    plot.feature_maps(model, X[0], ["3", "0"], ax=ax)
    assert texts(ax)[2::2] == ["3  Conv2D", "0  Conv2D"]
    assert len(ax.images) == 1 + 8 + 6


def test_saliency(ax, model):
    assert plot.saliency(model, X, ax=ax) is ax
    maps = explain.saliency(model, X[:10])
    shown = [*X[:10, :, :, 0], *(maps / maps.max(axis=(1, 2), keepdims=True))]
    for one, other in zip(arrays(ax), shown, strict=True):
        np.testing.assert_array_equal(one, other)
    assert texts(ax) == [str(c) for c in model.predict(X[:10]).argmax(1)]


def test_grad_cam(ax, model):
    assert plot.grad_cam(model, X[:2], [3, 4], layer="1", ax=ax) is ax
    maps = explain.grad_cam(model, X[:2], [3, 4], layer="1")
    wide = F.upsample2d(maps[..., None], size=(28, 28), mode="bilinear")[..., 0]
    shown = [*X[:2, :, :, 0], *X[:2, :, :, 0], *(wide / wide.max(axis=(1, 2), keepdims=True))]
    for one, other in zip(arrays(ax), shown, strict=True):
        np.testing.assert_array_equal(one, other)
    assert tops(ax) == [0, 0, 1.08, 1.08, 1.08, 1.08]
    assert texts(ax) == ["3", "4"]


@pytest.mark.parametrize("draw", [plot.saliency, plot.grad_cam])
def test_one_class_for_all_and_maps_of_zeros(ax, draw):
    stack = [layers.Conv2D(2, 3), layers.GlobalAvgPool2D(), layers.Dense(2)]
    model = fastcnn.Sequential(stack, input_shape=(8, 8, 3), rng=0)
    model.parameters["2.weight"].value = np.zeros((2, 2))
    draw(model, np.ones((2, 8, 8, 3), np.float32), 1, ax=ax)
    assert texts(ax) == ["1", "1"]
    assert not arrays(ax)[-1].any()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("c", [1, 3])
def test_responses(ax, c):
    x = np.random.default_rng(71).random((9, 8, c), dtype=np.float32)
    w = normals(np.random.default_rng(72), 5, 5, c, 16)
    assert plot.responses(x, w, ax) is ax
    shown, bank = arrays(ax), filters.bank()
    assert len(shown) == 4 * len(bank)
    by_hand, learned = shown[: 2 * len(bank)], shown[2 * len(bank) :]
    for kernel, picture, made in zip(bank.values(), by_hand[::2], by_hand[1::2], strict=True):
        np.testing.assert_array_equal(picture, kernel)
        expected = filters.apply(x[None], kernel)[0]
        if kernel.sum() < 0.5:
            np.testing.assert_allclose(made, expected.mean(axis=2), atol=1e-6)
        else:
            np.testing.assert_array_equal(made, expected.clip(0, 1).squeeze())
    expected = F.conv2d(x[None], w, padding="same")[0]  # (9, 8, 16)
    for number, made in enumerate(learned[1::2]):
        np.testing.assert_allclose(made, expected[..., number], rtol=1e-4, atol=1e-5)
    assert texts(ax) == [*bank, "learned"]
    ax.figure.canvas.draw()


def test_responses_by_hand_alone(ax):
    plot.responses(np.zeros((9, 8, 1)), ax=ax)
    assert len(ax.images) == 2 * len(filters.bank())
    assert texts(ax) == list(filters.bank())


def test_bytes_are_pixels(model):
    x = (255 * X).astype(np.uint8)
    for draw in (plot.saliency, plot.grad_cam):
        one, other = draw(model, x), draw(model, x / np.float32(255))
        for a, b in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)
    one, other = plot.responses(x[0]), plot.responses(x[0] / np.float32(255))
    for a, b in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_axes_of_their_own(model):
    drawn = [
        plot.feature_maps(model, X[0]),
        plot.saliency(model, X[:3]),
        plot.grad_cam(model, X[:3]),
        plot.responses(X[0], model.parameters["0.weight"].value),
    ]
    assert len({ax.figure for ax in drawn}) == 4
    for ax in drawn:
        ax.figure.canvas.draw()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: plot.feature_maps(m, X), "x must have shape"),
        (lambda m: plot.feature_maps(m, X[0], ["11"]), r"give \(h, w, c\): got '11', \(10,\)"),
        (lambda m: plot.feature_maps(m, X[0], channels=0), "channels must be >= 1: got 0"),
        (lambda m: plot.saliency(m, X, 10), "classes must be from 0 to 9: got 10"),
        (lambda m: plot.grad_cam(m, X, layer="12"), "got '12'"),
        (lambda m: plot.responses(X), "x must have 3 dimensions"),
        (lambda m: plot.responses(X[0], np.ones((3, 3, 3, 2))), "ic=3"),
    ],
)
def test_refuses(model, call, words):
    with pytest.raises(ValueError, match=words):
        call(model)
