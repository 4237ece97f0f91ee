"""The contract that every layer keeps, and what each layer refuses."""

import json

import numpy as np
import pytest
from helpers import normals, numeric_gradient
from layer_cases import CASES

import fastcnn
from fastcnn import layers
from fastcnn.graph import passes
from fastcnn.kernels import threads

each_layer = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def values(model):
    """Parameters and state of the one layer, by its own names."""
    named = {**model.parameters, **model.state}
    return {name.removeprefix("0."): parameter.value for name, parameter in named.items()}


def assert_close(got, expected):
    """Check a float32 array against float64, both of which went through a few dozen sums."""
    assert got.dtype == np.float32
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=0, atol=5e-6 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("name", sorted(set(layers.__all__) - {"Layer", "Input"}))
def test_every_public_layer_keeps_the_contract(name):
    """Joins need several inputs, so their case is the graph around them."""
    cases = [case for title, case in CASES.items() if title.partition("-")[0] == name]
    assert cases
    for case in cases:
        assert getattr(layers, name) in {type(layer) for layer in case.make().walk()}


@each_layer
def test_output(case):
    model, (x, _) = case.model(), case.arrays()
    for training in (False, True):
        expected = case.expected(x, values(model), training)
        y = case.model().forward(x, training=training)
        assert_close(y, expected)
        assert y.shape == (len(x), *model.output_shape)
    assert case.make().output_shape(case.shape) == model.output_shape


@each_layer
@pytest.mark.parametrize("precision", ["fast", "strict"])
def test_gradients(case, precision, request):
    if precision == "strict":
        request.getfixturevalue("strict")
    model, (x, dy) = case.model(), case.arrays()
    given = values(model)

    def loss(x, **changed):
        return np.sum(dy * case.expected(x, {**given, **changed}, training=True))

    model.forward(x, training=True)
    assert_close(model.backward(dy), numeric_gradient(loss, x))
    for name, parameter in model.parameters.items():
        own = name.removeprefix("0.")
        expected = numeric_gradient(lambda w, own=own: loss(x, **{own: w}), given[own])
        assert np.abs(expected).max() > 1e-3, "no gradient proves nothing"
        assert_close(parameter.grad, expected)


@each_layer
def test_any_kind_of_input(case):
    model, (x, dy) = case.model(), case.arrays()
    x = np.random.default_rng(0).permutation(x.size).reshape(x.shape).astype(np.uint8)  # all differ
    y = model.predict(x.astype(np.float32))
    before = x.copy()
    fixed = x.astype(np.float32)
    fixed.flags.writeable = False
    spaced = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), dtype=np.float32)[..., ::2]
    spaced[...] = x
    kinds = {
        "int16": x.astype(np.int16),
        "float64": x.astype(np.float64),
        "float16": x.astype(np.float16),
        "big-endian": x.astype(">f4"),
        "list": x.tolist(),
        "read-only": fixed,
        "strided": spaced,
        "reversed": np.ascontiguousarray(fixed[::-1])[::-1],
        "Fortran": np.asfortranarray(fixed),
    }
    for kind, given in kinds.items():
        np.testing.assert_array_equal(model.predict(given), y, err_msg=kind)
    pixels = x.astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(model.predict(x), model.predict(pixels), err_msg="uint8")
    np.testing.assert_array_equal(x, before)
    results = []
    for gradient in (dy, dy.astype(np.float64), np.asfortranarray(dy)):
        twin = case.model()  # the same random numbers
        twin.forward(x, training=True)
        results.append(twin.backward(gradient))
    np.testing.assert_array_equal(results[1:], results[:1] * 2)


@each_layer
def test_batches(case):
    model, (x, _) = case.model(), case.arrays(n=3)
    y = model.predict(x)
    for row in range(3):
        assert_close(model.predict(x[row : row + 1]), y[row : row + 1].astype(np.float64))
    with pytest.raises(ValueError, match="x must not be empty: got shape"):
        model.predict(x[:0])


def test_batch_statistics_of_one_value_are_refused():
    rows, image = (
        fastcnn.Sequential([layers.BatchNorm()], input_shape=shape) for shape in [(3,), (1, 2, 3)]
    )
    with pytest.raises(ValueError, match=r"more than 1 value per channel: got .*\(1, 3\)"):
        rows.forward(np.ones((1, 3)), training=True)
    assert rows.predict(np.ones((1, 3))).shape == (1, 3)
    x = np.array([-1.0, 1.0]).reshape(1, 1, 2, 1) * [1, 2, 3]
    expected = np.sign(x)  # two values at the distance of one deviation from their mean
    np.testing.assert_allclose(image.forward(x, training=True), expected, atol=1e-5)


def test_running_statistics():
    """The mean and the unbiased variance of each batch pull with the weight `momentum`."""
    rng = np.random.default_rng(71)
    model = fastcnn.Sequential([layers.BatchNorm(momentum=0.3)], input_shape=(4, 2))
    mean, var = np.zeros(2), np.ones(2)
    for _ in range(3):
        x = 2 * normals(rng, 5, 4, 2) + 1
        model.forward(x, training=True)
        flat = x.reshape(-1, 2).astype(np.float64)
        mean, var = 0.7 * mean + 0.3 * flat.mean(0), 0.7 * var + 0.3 * flat.var(0, ddof=1)
        model.forward(-x)  # prediction reads them only
    assert_close(model.state["0.running_mean"].value, mean)
    assert_close(model.state["0.running_var"].value, var)


def test_frozen_statistics():
    """They may be frozen and freed at any time: training then takes them and leaves them alone."""
    rng = np.random.default_rng(73)
    norm = layers.BatchNorm()
    model = fastcnn.Sequential([layers.Conv2D(4, 3), norm], input_shape=(6, 6, 2), rng=0)
    x, labels = normals(rng, 5, 6, 6, 2), np.zeros((5, 4, 4, 4))
    model.compile(fastcnn.optim.SGD(0.01), "mean_squared_error")
    model.train_on_batch(x, labels)

    def statistics():
        return [parameter.value.tobytes() for parameter in model.state.values()]

    before = statistics()
    norm.frozen = True
    gamma = norm.parameters["gamma"].value
    model.train_on_batch(x, labels)
    assert statistics() == before
    assert not np.array_equal(norm.parameters["gamma"].value, gamma)
    with passes.without("conv_and_batchnorm"):  # which rounds otherwise
        np.testing.assert_array_equal(model.forward(x, training=True), model.predict(x))
    assert model.forward(x[:1], training=True).shape == (1, 4, 4, 4)
    assert "frozen=True" in repr(norm)
    norm.frozen = False
    model.train_on_batch(x, labels)
    assert statistics() != before


def test_a_frozen_layer_takes_a_batch_of_one():
    model = fastcnn.Sequential([layers.BatchNorm(frozen=True)], input_shape=(3,))
    x = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(model.forward(x, training=True), x, rtol=1e-5)
    np.testing.assert_allclose(model.backward(x), x, rtol=1e-5)


@each_layer
def test_same_bits_for_any_number_of_threads(case):
    x, dy = case.arrays(n=37)
    results = []
    for n in range(1, 9):
        with threads.use_threads(n):
            model = case.model()
            results.append([model.predict(x), model.forward(x, training=True), model.backward(dy)])
            named = {**model.parameters, **model.state}
            results[-1] += [each for p in named.values() for each in (p.value, p.grad)]
    for result in results[1:]:
        for got, expected in zip(result, results[0], strict=True):
            assert got.tobytes() == expected.tobytes()


@each_layer
def test_configuration_makes_the_same_layer(case):
    model, (x, _) = case.model(), case.arrays()
    text = json.dumps(model.config())
    again = fastcnn.from_config(json.loads(text))
    assert json.dumps(again.config()) == text
    assert type(again.layers[0]) is type(model.layers[0])
    assert repr(model.layers[0]).startswith(f"{type(model.layers[0]).__name__}(")
    assert list(again.parameters) == list(model.parameters)
    assert list(again.state) == list(model.state)
    for kind in ("parameters", "state"):
        for name, parameter in getattr(again, kind).items():
            parameter.value = getattr(model, kind)[name].value
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_numpy_numbers_make_a_configuration_of_plain_ones():
    one, two = np.int64(1), np.int32(2)
    model = fastcnn.Sequential(
        [
            layers.Conv2D(two, (two, two), one, (one, two), one, one),
            layers.Conv2D(two, two, padding=((one, two), (two, one))),
            layers.MaxPool2D(two, padding=one),
            layers.BatchNorm(np.float32(0.5)),
            layers.LeakyReLU(np.float64(0.5)),
            layers.Flatten(),
            layers.Dense(two),
        ],
        input_shape=(np.int64(8), 8, one),
    )
    text = json.dumps(model.config())
    assert json.dumps(fastcnn.from_config(json.loads(text)).config()) == text


def test_dropout():
    rng = np.random.default_rng(72)
    x, rate = normals(rng, 8, 40, 30), 0.25
    model, twin = (
        fastcnn.Sequential([layers.Dropout(rate)], input_shape=(40, 30), rng=1) for _ in range(2)
    )
    y = model.forward(x, training=True)
    kept = y != 0
    assert abs(kept.mean() - 0.75) < 5 * (0.25 * 0.75 / x.size) ** 0.5
    np.testing.assert_allclose(y[kept], x[kept] / 0.75, rtol=1e-6)
    dy = normals(rng, *x.shape)
    expected = np.where(kept, dy * np.float32(1 / 0.75), 0)
    np.testing.assert_array_equal(model.backward(dy), expected)
    second = model.forward(x, training=True) != 0
    assert abs((second & kept).mean() - 0.75**2) < 0.02, "each run drops others"
    np.testing.assert_array_equal(twin.forward(x, training=True), y)
    np.testing.assert_array_equal(model.predict(x), x)


# --- numbers that can be worked out on paper ---


@pytest.mark.parametrize(
    ("layer", "shape", "output", "parameters"),
    [
        (layers.Conv2D(1, 5), (32, 32, 3), (28, 28, 1), 75 + 1),
        (layers.Conv2D(6, 5), (32, 32, 3), (28, 28, 6), 6 * (75 + 1)),
        (layers.Conv2D(6, 5, bias=False), (32, 32, 3), (28, 28, 6), 6 * 75),
        (layers.Conv2D(8, 3, padding="same"), (28, 28, 3), (28, 28, 8), 3 * 3 * 3 * 8 + 8),
        (layers.Conv2D(8, 3), (28, 28, 3), (26, 26, 8), 3 * 3 * 3 * 8 + 8),
        (layers.Conv2D(8, 3, stride=2), (28, 28, 3), (13, 13, 8), 3 * 3 * 3 * 8 + 8),
        (layers.Conv2D(8, 3, groups=4), (28, 28, 4), (26, 26, 8), 3 * 3 * 1 * 8 + 8),
        (layers.Conv2D(1, 3, stride=3), (7, 7, 1), (2, 2, 1), 10),
        (layers.Conv1D(16, 3, padding="causal"), (100, 8), (100, 16), 3 * 8 * 16 + 16),
        (layers.Conv3D(8, 3, (1, 2, 2)), (16, 28, 28, 3), (14, 13, 13, 8), 27 * 3 * 8 + 8),
        (layers.DepthwiseConv2D(3, 2), (28, 28, 6), (26, 26, 12), 9 * 12 + 12),
        (layers.SeparableConv2D(8, 3), (28, 28, 6), (26, 26, 8), 9 * 6 + 6 * 8 + 8),
        (layers.ConvTranspose2D(8, 4, 2, 1), (14, 14, 6), (28, 28, 8), 16 * 8 * 6 + 8),
        (layers.ConvTranspose2D(8, 3, 2, 1, 1), (14, 14, 6), (28, 28, 8), 9 * 8 * 6 + 8),
        (layers.ConvTranspose1D(8, 4, 4, bias=False), (7, 6), (28, 8), 4 * 8 * 6),
        (layers.ConvTranspose3D(8, 2, 2), (2, 3, 4, 6), (4, 6, 8, 8), 8 * 8 * 6 + 8),
        (layers.MaxPool2D(2), (28, 28, 6), (14, 14, 6), 0),
        (layers.AvgPool2D(3, 2, "same"), (7, 8, 6), (4, 4, 6), 0),
        (layers.AvgPool2D(300), (300, 301, 1), (1, 1, 1), 0),
        (layers.GlobalAvgPool2D(), (300, 300, 2), (2,), 0),
        (layers.Dense(120), (400,), (120,), 400 * 120 + 120),
        (layers.BatchNorm(), (7, 7, 16), (7, 7, 16), 16 + 16),
        (layers.GroupNorm(4), (7, 7, 16), (7, 7, 16), 16 + 16),
        (layers.LayerNorm(), (7, 7, 16), (7, 7, 16), 16 + 16),
        (layers.LocalResponseNorm(), (7, 7, 16), (7, 7, 16), 0),
    ],
    ids=repr,
)
def test_sizes(layer, shape, output, parameters):
    model = fastcnn.Sequential([layer], input_shape=shape, rng=0)
    assert model.output_shape == output
    assert sum(parameter.size for parameter in model.parameters.values()) == parameters
    assert model.predict(np.ones((1, *shape))).shape == (1, *output)


@pytest.mark.parametrize(
    ("layer", "shape", "fan_in", "fan_out"),
    [
        (lambda name: layers.Conv2D(64, 5, groups=2, initializer=name), (8, 8, 16), 200, 800),
        (lambda name: layers.Conv1D(64, 9, initializer=name), (20, 40), 360, 576),
        (lambda name: layers.Conv3D(64, 3, groups=2, initializer=name), (4, 4, 4, 20), 270, 864),
        (lambda name: layers.DepthwiseConv2D(7, 4, initializer=name), (8, 8, 99), 49, 196),
        (
            lambda name: layers.ConvTranspose2D(64, 4, 2, 1, groups=2, initializer=name),
            (8, 8, 40),
            80,
            512,
        ),
        (lambda name: layers.ConvTranspose2D(64, 4, initializer=name), (1, 1, 40), 40, 1024),
        (lambda name: layers.Dense(100, initializer=name), (300,), 300, 100),
    ],
    ids=[
        *("Conv2D", "Conv1D", "Conv3D", "DepthwiseConv2D", "ConvTranspose2D", "one pixel"),
        "Dense",
    ],
)
def test_first_values(layer, shape, fan_in, fan_out):
    weights = {}
    for name in ("he", "glorot"):
        model = fastcnn.Sequential([layer(name)], input_shape=shape, rng=0)
        assert not model.parameters["0.bias"].value.any()
        weights[name] = model.parameters["0.weight"].value.astype(np.float64)
    he, glorot = weights["he"], weights["glorot"]
    # The sums of n squares deviate by sqrt(2 / n) of their value: five deviations are allowed.
    allowed = 5 * (2 / he.size) ** 0.5
    assert abs(he.var() * fan_in / 2 - 1) < allowed
    assert abs(glorot.var() * (fan_in + fan_out) / 2 - 1) < allowed
    assert np.abs(glorot).max() <= (6 / (fan_in + fan_out)) ** 0.5 * (1 + 1e-6)
    assert np.abs(he).max() > 3 * (2 / fan_in) ** 0.5, "a normal distribution has tails"
