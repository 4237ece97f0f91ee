"""Graphs: what brings branches together, gradients that meet, and what is refused."""

import numpy as np
import pytest
from helpers import integers, normals

import fastcnn
from fastcnn import layers
from fastcnn.graph.planner import Planner
from fastcnn.kernels import add, copy
from fastcnn.kernels.program import Program

RNG_SEED = 110


def run(op):
    Program([op]).run()


# --- copies ---


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 1), (3, 4, 5, 6), (700, 33), (5, 20000)])
def test_copy(shape, n_threads):
    x = normals(np.random.default_rng(RNG_SEED), *shape)
    y = np.full((*shape[:-1], shape[-1] + 9), np.nan, dtype=np.float32)
    run(copy.Copy(x, y[..., 4 : 4 + shape[-1]]))
    np.testing.assert_array_equal(y[..., 4:-5], x)
    assert np.isnan(y[..., :4]).all()
    assert np.isnan(y[..., -5:]).all()
    back = np.full_like(x, np.nan)
    run(copy.Copy(y[..., 4 : 4 + shape[-1]], back))
    np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((4, 6), np.float32)[::2],
        np.zeros((2, 12), np.float32)[:, ::2],
        np.zeros((2, 6), np.float64),
        np.zeros((6, 2), np.float32).T,
        np.zeros((2, 5), np.float32),
    ],
    ids=["ok", "steps", "double", "transposed", "narrow"],
)
def test_copy_takes_rows_only(x, request):
    y = np.ones((2, 6), np.float32)
    if request.node.callspec.id == "ok":
        run(copy.Copy(x, y))
        assert not y.any()
        return
    with pytest.raises(ValueError, match=r"Copy: (in|out)put must be 'f' of shape"):
        copy.Copy(x, y)
    uneven = np.zeros((2, 3, 8), np.float32)[:, :2, :3]
    with pytest.raises(ValueError, match="in rows"):
        copy.Copy(uneven, np.zeros((2, 2, 3), np.float32))


# --- slices ---


def test_channels_are_the_same_memory():
    planner = Planner(training=True)
    x = planner.tensor((2, 3, 8))
    part = x.channels(2, 5)
    assert part.buffer is x.buffer
    assert part.shape == (2, 3, 5)
    block = np.zeros(x.buffer.nbytes, np.uint8)
    x.view(block)[...] = np.arange(48).reshape(2, 3, 8)
    np.testing.assert_array_equal(part.view(block), x.view(block)[..., 2:7])
    np.testing.assert_array_equal(part.channels(1, 3).view(block), x.view(block)[..., 3:6])
    rows = part.reshape((6, 5))
    np.testing.assert_array_equal(rows.view(block), x.view(block).reshape(6, 8)[:, 2:7])
    with pytest.raises(ValueError, match=r"shape must keep 5 channels of 8: got \(30,\)"):
        part.reshape((30,))


# --- gradients that meet ---


def test_gradients_add_up_in_memory_of_their_own():
    planner = Planner(training=True)
    x = planner.tensor((2, 3))
    first, second, passed = planner.contribution(x), planner.contribution(x), planner.tensor((3, 2))
    planner.pass_on(x, passed)
    assert planner.gradient(x).buffer is first.buffer
    assert [step.kernel for step in planner.steps] == [add.Add, add.Add]
    assert [step.arguments["y"].buffer for step in planner.steps] == [first.buffer, first.buffer]
    assert planner.steps[0].arguments["b"].buffer is second.buffer
    assert planner.steps[1].arguments["b"].shape == (2, 3)


def test_what_was_passed_on_is_never_written():
    planner = Planner(training=True)
    x, y = planner.tensor((2, 3)), planner.tensor((2, 3))
    dy = planner.contribution(y)
    for _ in range(2):
        planner.pass_on(x, planner.gradient(y))
    total = planner.gradient(x)
    assert total.buffer is not dy.buffer
    planner.pass_on(y, planner.tensor((2, 3)))  # too late for x, which keeps what it has
    z = planner.tensor((2, 3))
    planner.pass_on(z, dy)
    own = planner.contribution(z)
    assert planner.gradient(z).buffer is own.buffer


def test_exact_gradients_of_a_graph():
    """Whole numbers through a diamond with a long and a short way; x has three readers."""
    rng = np.random.default_rng(RNG_SEED)
    x = layers.Input((4, 4, 2))
    a = layers.Conv2D(2, 1, bias=False)(x)
    b = layers.ReLU()(a)
    c = layers.Conv2D(2, 1, bias=False)(b)
    d = layers.Add()(a, c, x)
    e = layers.Concatenate()(d, x, b)
    model = fastcnn.Model(x, e)
    w = [integers(rng, 2, 2) for _ in range(2)]
    for parameter, value in zip(model.parameters.values(), w, strict=True):
        parameter.value = value[None, None]
    given, dy = integers(rng, 3, 4, 4, 2), integers(rng, 3, 4, 4, 6)
    y = model.forward(given, training=True)
    ya = given @ w[0]
    yb = np.maximum(ya, 0)
    yd = ya + yb @ w[1] + given
    np.testing.assert_array_equal(y, np.concatenate([yd, given, yb], -1))
    dx = model.backward(dy)
    dd, de, db = dy[..., :2], dy[..., 2:4], dy[..., 4:]
    da = dd + (dd @ w[1].T + db) * (ya > 0)
    np.testing.assert_array_equal(dx, da @ w[0].T + dd + de)
    rows = [each.reshape(-1, 2) for each in (given, da, yb, dd)]
    grads = [parameter.grad[0, 0] for parameter in model.parameters.values()]
    np.testing.assert_array_equal(grads[0], rows[0].T @ rows[1])
    np.testing.assert_array_equal(grads[1], rows[2].T @ rows[3])


def test_a_graph_trains():
    rng = np.random.default_rng(RNG_SEED)
    x = layers.Input((8, 8, 1))
    y = layers.Residual([layers.Conv2D(1, 3, padding="same"), layers.ReLU()])(x)
    y = layers.Concat([[layers.Conv2D(4, 3)], [layers.MaxPool2D(3, 1)]])(y)
    model = fastcnn.Model(x, layers.Dense(2)(layers.Flatten()(y)), rng=0)
    labels = rng.integers(0, 2, 64)
    samples = 0.5 * rng.random((64, 8, 8, 1)) + 0.5 * labels[:, None, None, None]
    model.compile(fastcnn.optim.Adam(0.01))
    losses = [model.train_on_batch(samples, labels) for _ in range(100)]
    assert losses[-1] < 0.2 * losses[0]


def test_save_and_load(tmp_path):
    x = layers.Input((6, 6, 2))
    y = layers.Add()(x, layers.Conv2D(2, 3, padding="same")(x))
    model = fastcnn.Model(x, layers.GlobalAvgPool2D()(y), rng=0)
    model.save(tmp_path / "graph.safetensors")
    again = fastcnn.load(tmp_path / "graph.safetensors")
    samples = normals(np.random.default_rng(0), 3, 6, 6, 2)
    np.testing.assert_array_equal(again.predict(samples), model.predict(samples))


# --- what is refused ---

X = layers.Input((4, 4, 2))


@pytest.mark.parametrize(
    ("write", "error", "words"),
    [
        (lambda: layers.ReLU()(X, X), ValueError, "ReLU reads one input: got 2"),
        (layers.ReLU(), ValueError, "ReLU reads one input: got 0"),
        (lambda: layers.Add()(X), ValueError, "Add needs at least 2 inputs: got 1"),
        (lambda: layers.Add()([X, X]), TypeError, r"inputs must be nodes.*: got \["),
        (lambda: layers.ReLU()(np.ones(3)), TypeError, "inputs must be nodes"),
        (
            lambda: layers.Add()(X, layers.Conv2D(3, 1)(X)),
            ValueError,
            r"Add needs inputs of one shape: got \(4, 4, 2\), \(4, 4, 3\)",
        ),
        (
            lambda: layers.Concatenate()(X, layers.Conv2D(2, 2)(X)),
            ValueError,
            r"differ in channels only: got \(4, 4, 2\), \(3, 3, 2\)",
        ),
        (lambda: layers.Input(5), TypeError, "shape must be a tuple of ints: got 5"),
        (lambda: layers.Input((4, 0)), ValueError, "shape must be >= 1: got 0"),
        (lambda: fastcnn.Model(X, 3), TypeError, "outputs must be a node, .*: got 3"),
        (lambda: fastcnn.Model(None, X), TypeError, "inputs must be a node, .*: got None"),
        (
            lambda: fastcnn.Model(layers.Input((4, 4, 2)), layers.ReLU()(X)),
            ValueError,
            "outputs must come from inputs",
        ),
        (
            lambda: fastcnn.Model(X, layers.Add()(X, layers.Input((4, 4, 2)))),
            ValueError,
            "outputs must come from inputs alone",
        ),
        (
            lambda: fastcnn.Model(layers.ReLU()(X), X),
            ValueError,
            "outputs must come from inputs",
        ),
        (
            lambda: fastcnn.Sequential(
                [layers.Residual([layers.Conv2D(2, 3)])], input_shape=(4, 4, 2)
            ),
            ValueError,
            r"layer 0 \(Residual\): layer add \(Add\): Add needs inputs of one shape",
        ),
        (
            lambda: layers.Concat([[layers.ReLU()]]),
            ValueError,
            "Concatenate needs at least 2 inputs: got 1",
        ),
        (lambda: fastcnn.Sequential([layers.Add()], (3,)), ValueError, "Add needs at least 2"),
        (lambda: layers.Graph([layers.ReLU()], []), ValueError, "for each of 1 layers: got 0"),
        (lambda: layers.Graph([layers.ReLU()], [[1]]), ValueError, "layer 0 must come before it"),
        (lambda: layers.Graph([layers.ReLU()], [[-1]]), ValueError, "inputs must be >= 0: got -1"),
    ],
)
def test_refused(write, error, words):
    with pytest.raises(error, match=words):
        write()
