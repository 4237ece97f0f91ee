"""Winograd convolution: close to the specification, and chosen where it should be."""

import functools

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import functional as F
from fastcnn import layers, optim, reference
from fastcnn.kernels import choice, gate, packing, threads
from fastcnn.kernels.conv import ConvBackwardData, ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.program import Program
from fastcnn.kernels.winograd import WinogradBackwardData, WinogradForward
from fastcnn.kernels.winograd_backward_weight import WinogradBackwardWeight

pytestmark = pytest.mark.usefixtures("dirty_memory")

# n, ih, iw, ic, oc, window, padding: tails of tiles and of channels, tiles cut by every edge,
# outputs smaller than a tile, padding beyond the window, a block of tiles for each task, also where
# there are few tiles and weights, one and several blocks that all threads share, sums in several
# stretches.
SHAPES = {
    "one_pixel": (1, 3, 3, 1, 1, 3, "valid"),
    "tails": (2, 7, 10, 17, 33, 3, "same"),
    "full": (1, 6, 5, 3, 40, 3, "full"),
    "wide_padding": (2, 5, 9, 16, 6, 3, ((3, 1), (0, 4))),
    "lower": (1, 9, 9, 31, 32, 3, "same_lower"),
    "blocks": (5, 34, 38, 64, 48, 3, "same"),
    "few_weights": (3, 13, 14, 33, 40, 3, "same"),
    "deep": (2, 14, 14, 256, 256, 3, "same"),
    "deeper": (1, 9, 11, 300, 320, 3, "same"),
    "many_in": (1, 71, 73, 640, 8, 3, "same"),
    "many_out": (1, 71, 73, 8, 640, 3, "same"),
    "5x5_one_pixel": (1, 5, 5, 1, 1, 5, "valid"),
    "5x5_tails": (2, 7, 10, 17, 33, 5, "same"),
    "5x5_full": (1, 6, 5, 3, 40, 5, "full"),
    "5x5_wide_padding": (2, 7, 9, 16, 6, 5, ((3, 6), (0, 5))),
    "5x5_blocks": (2, 30, 34, 64, 48, 5, "same"),
    "5x5_deep": (2, 14, 14, 256, 256, 5, "same"),
}


@functools.cache
def case(name):
    """Sizes, arguments and expected y, dx, dw, db."""
    n, ih, iw, ic, oc, window, padding = SHAPES[name]
    s = gate.conv((n, ih, iw, ic), (window, window, ic, oc), 1, padding, 1, 1)
    rng = np.random.default_rng(41)
    x, w, b = normals(rng, *s.x_shape), normals(rng, *s.w_shape), normals(rng, oc)
    dy = normals(rng, *s.y_shape)
    y = reference.conv2d(x, w, b, padding=padding)
    return s, (x, w, b, dy), (y, *reference.conv2d_backward(dy, x, w, padding=padding))


def run(s, x, w, b, dy):
    """What Winograd makes of it: y, dx, dw, db."""
    packed = packing.pack(w)
    y, dx, db = (np.empty(shape, "f") for shape in (s.y_shape, s.x_shape, s.oc))
    dw = packed * 0
    ops = [
        WinogradForward(s, x, packed, b, y),
        WinogradBackwardData(s, dy, packed, dx),
        WinogradBackwardWeight(s, dy, x, dw, db),
    ]
    Program(ops).run()
    return y, dx, packing.unpack(dw, s.oc), db


@pytest.mark.parametrize("name", SHAPES)
def test_close_to_the_specification(name, isa):
    """Bounds of the design: 2e-6 root mean square, 6e-6 of the largest value at worst."""
    s, arguments, expected = case(name)
    for got, exact in zip(run(s, *arguments), expected, strict=True):
        error = got - exact
        assert np.sqrt((error**2).mean() / (exact**2).mean()) <= 2e-6
        assert np.abs(error).max() <= 6e-6 * np.abs(exact).max()


@pytest.mark.parametrize("name", SHAPES)
def test_same_bits_for_any_number_of_threads(name):
    s, arguments, _ = case(name)
    with threads.use_threads(1):
        expected = run(s, *arguments)
    for n in (2, 3, 8):
        with threads.use_threads(n):
            for got, same in zip(run(s, *arguments), expected, strict=True):
                np.testing.assert_array_equal(got, same)


def test_without_bias():
    s, (x, w, _, dy), (_, _, dw, _) = case("tails")
    packed, y = packing.pack(w), np.empty(s.y_shape, "f")
    result = packed * 0
    Program([WinogradForward(s, x, packed, None, y)]).run()
    Program([WinogradBackwardWeight(s, dy, x, result, None)]).run()
    np.testing.assert_allclose(y, reference.conv2d(x, w, padding="same"), atol=1e-4)
    np.testing.assert_allclose(packing.unpack(result, s.oc), dw, atol=1e-3)


# --- the choice ---


def sizes(ic, oc, size=28, kernel=3, **options):
    how = {"stride": 1, "padding": "same", "dilation": 1, "groups": 1, **options}
    w_shape = (kernel, kernel, ic // how["groups"], oc)
    return gate.conv((8, size, size, ic), w_shape, *how.values())


def chosen(s, algorithm="auto"):
    return (
        choice.conv_forward(s, algorithm).kernel,
        choice.conv_backward_data(s, algorithm).kernel,
        choice.conv_backward_weight(s, algorithm).kernel,
    )


WINOGRAD = (WinogradForward, WinogradBackwardData, WinogradBackwardWeight)
DIRECT = (ConvForward, ConvBackwardData, ConvBackwardWeight)


@pytest.mark.parametrize("kernel", [3, 5])
def test_large_convolutions_take_winograd(kernel):
    assert chosen(sizes(128, 128, kernel=kernel)) == WINOGRAD


@pytest.mark.parametrize(
    "options",
    [{"kernel": 7}, {"stride": 2}, {"dilation": 2}, {"groups": 2}, {"size": 1}],
    ids=str,
)
def test_others_are_direct(options):
    s = sizes(128, 128, **options)
    assert chosen(s) == DIRECT
    if s.oh > 1:
        with pytest.raises(ValueError, match="algorithm 'winograd' needs a 3x3 or 5x5 window"):
            chosen(s, "winograd")


def test_strict_is_direct(strict):
    assert chosen(sizes(128, 128)) == DIRECT
    assert chosen(sizes(128, 128), "winograd") == WINOGRAD


def test_direct_is_direct():
    assert chosen(sizes(128, 128), "direct") == DIRECT


def test_precision():
    assert fastcnn.precision() == "fast"
    assert fastcnn.precision("strict") == "strict" == fastcnn.precision()
    assert fastcnn.precision("fast") == "fast"
    for mode in ("exact", None, 1):
        if mode is not None:
            with pytest.raises(ValueError, match="precision must be one of"):
                fastcnn.precision(mode)
    assert fastcnn.precision() == "fast"


def test_functions_follow_the_precision(strict):
    _, (x, w, b, dy), _ = case("blocks")
    exact = F.conv2d(x, w, b, padding="same"), *F.conv2d_backward(dy, x, w, padding="same")
    fastcnn.precision("fast")
    fast = F.conv2d(x, w, b, padding="same"), *F.conv2d_backward(dy, x, w, padding="same")
    for one, other in zip(exact[:3], fast[:3], strict=True):
        assert (one != other).any()
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(one).max())


@pytest.mark.parametrize("algorithm", ["fft", None, ["direct"]])
def test_unknown_algorithm(algorithm):
    with pytest.raises(ValueError, match="algorithm must be one of"):
        layers.Conv2D(8, 3, algorithm=algorithm)


def test_algorithm_that_does_not_fit_is_refused_when_built():
    with pytest.raises(ValueError, match=r"layer 0 \(Conv2D\): algorithm 'winograd' needs"):
        fastcnn.Sequential([layers.Conv2D(8, 7, algorithm="winograd")], input_shape=(8, 8, 8))


def network(algorithm):
    """A small net in the style of VGG."""
    block = {"padding": "same", "algorithm": algorithm}
    return fastcnn.Sequential(
        [
            layers.Conv2D(32, 3, **block),
            layers.ReLU(),
            layers.MaxPool2D(2),
            layers.Conv2D(64, 3, **block),
            layers.ReLU(),
            layers.GlobalAvgPool2D(),
            layers.Dense(4),
        ],
        input_shape=(16, 16, 3),
        rng=0,
    )


def test_a_network_learns_the_same_either_way():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 4, 256)
    x = rng.normal(0, 1, (256, 16, 16, 3))
    for quadrant in range(4):  # a brighter quadrant tells the class
        rows, columns = quadrant // 2 * 8, quadrant % 2 * 8
        x[y == quadrant, rows : rows + 8, columns : columns + 8] += 1
    losses = {}
    for algorithm in ("direct", "winograd"):
        model = network(algorithm)
        settings = {"optimizer": optim.SGD(0.02, momentum=0.9), "rng": 1, "progress": False}
        history = model.fit(x, y, epochs=4, batch_size=32, **settings)
        losses[algorithm] = [epoch["loss"] for epoch in history.epochs]
    assert losses["direct"][-1] < 0.8 * losses["direct"][0]
    np.testing.assert_allclose(losses["winograd"], losses["direct"], rtol=2e-3)


def test_models_plan_anew_for_another_precision(strict):
    model = network("auto")
    x = normals(np.random.default_rng(5), 8, 16, 16, 3)
    exact = model.predict(x)
    fastcnn.precision("fast")
    fast = model.predict(x)
    assert (fast != exact).any()
    np.testing.assert_allclose(fast, exact, atol=1e-5 * np.abs(exact).max())
