"""Layers of a user's own, written in Python, inside a model."""

import threading

import numpy as np
import pytest
from helpers import normals, numeric_gradient

import fastcnn
from fastcnn import functional as F
from fastcnn import layers, optim, reference
from fastcnn.kernels import threads


class Square(layers.Layer):
    """y = x * x."""

    def forward(self, x, training):
        self.x = x.copy()
        return x * x

    def backward(self, dy):
        return 2 * self.x * dy


class Scale(layers.Layer):
    """y = factor * x, one trained factor per channel, from the first value `start`."""

    def __init__(self, start=1.0):
        self.start = start

    def build(self, input_shape, rng):
        self.factor = self.add_parameter("factor", np.full(input_shape[-1], self.start))
        return input_shape

    def forward(self, x, training):
        self.x = x.copy()
        return self.factor.value * x

    def backward(self, dy):
        self.factor.gradient[...] = (dy * self.x).sum(axis=tuple(range(dy.ndim - 1)))
        return self.factor.value * dy


class Crop(layers.Layer):
    """Cuts `border` pixels away on each side."""

    def __init__(self, border):
        self.border = border

    def output_shape(self, input_shape):
        h, w, c = layers.Conv2D(1, 2 * self.border + 1).output_shape(input_shape)
        return h, w, input_shape[2] * c

    def forward(self, x, training):
        self.shape = x.shape
        return x[:, self.border : -self.border, self.border : -self.border]

    def backward(self, dy):
        dx = np.zeros(self.shape)
        dx[:, self.border : -self.border, self.border : -self.border] = dy
        return dx


class Smooth(layers.Layer):
    """A fixed convolution, by the functions that the package offers."""

    w = np.full((3, 3, 1, 2), 1 / 9, dtype=np.float32)  # of both channels on its own

    def forward(self, x, training):
        self.x = x.copy()
        return F.conv2d(x, self.w, padding="same", groups=2)

    def backward(self, dy):
        return F.conv2d_backward(dy, self.x, self.w, padding="same", groups=2)[0]


class Hook(layers.Layer):
    """The identity, except for what `on_forward` and `on_backward` do."""

    on_forward = on_backward = staticmethod(lambda array: array)

    def forward(self, x, training):
        return self.on_forward(x)

    def backward(self, dy):
        return self.on_backward(dy)


CUSTOM = [Square, Scale, Crop, Smooth]


def network(*inner, rng=0):
    """A network for images (6, 5, 2) and 3 classes with these layers in its middle."""
    return fastcnn.Sequential(
        [
            layers.Conv2D(2, 3, padding="same"),
            layers.BatchNorm(),
            *inner,
            layers.Flatten(),
            layers.Dense(3),
        ],
        input_shape=(6, 5, 2),
        rng=rng,
    )


def problem(n=60):
    """Images whose class is how bright they are."""
    rng = np.random.default_rng(80)
    y = rng.integers(0, 3, n)
    return (normals(rng, n, 6, 5, 2) / 4 + y[:, None, None, None] - 1).astype(np.float32), y


def everything(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


@pytest.mark.parametrize("make", [Square, lambda: Scale(2.0), lambda: Crop(1), Smooth])
def test_trains(make):
    model, (x, y) = network(layers.Tanh(), make()), problem()
    before = model.evaluate(x, y)
    model.fit(x, y, epochs=20, batch_size=16, optimizer=optim.Adam(0.01), progress=False)
    after = model.evaluate(x, y)
    assert after["loss"] < before["loss"] / 3
    assert after["accuracy"] > 0.95


def test_computes_what_the_specification_says():
    model, (x, _) = network(Square(), Crop(1), Scale(3.0), Smooth()), problem(3)
    dy = normals(np.random.default_rng(81), 3, 3)
    v = {name: value.astype(np.float64) for name, value in everything(model).items()}
    smooth = reference.conv2d, {"padding": "same", "groups": 2}

    def scores(x, factor):
        y = reference.conv2d(x, v["0.weight"], v["0.bias"], padding="same")
        y = reference.batchnorm(y, v["1.gamma"], v["1.beta"]) ** 2
        y = smooth[0](y[:, 1:-1, 1:-1] * factor, Smooth.w, **smooth[1])
        return reference.dense(y.reshape(len(y), -1), v["7.weight"], v["7.bias"])

    factor = v["4.factor"]
    np.testing.assert_allclose(model.forward(x, training=True), scores(x, factor), rtol=1e-4)
    dx = model.backward(dy)
    double = np.asarray(x, dtype=np.float64)
    for got, f, at in [
        (dx, lambda x: np.sum(dy * scores(x, factor)), double),
        (model.parameters["4.factor"].grad, lambda w: np.sum(dy * scores(double, w)), factor),
    ]:
        exact = numeric_gradient(f, at)
        np.testing.assert_allclose(got, exact, atol=1e-5 * np.abs(exact).max())


def test_same_bits_for_any_number_of_threads():
    x, y = problem()
    results = []
    for n in (1, 2, 3, 8):
        with threads.use_threads(n):
            model = network(Square(), Smooth(), Scale())
            model.fit(x, y, epochs=2, optimizer=optim.SGD(0.01), rng=0, progress=False)
            results.append(model.weights.tobytes() + model.predict(x).tobytes())
    assert len(set(results)) == 1


def test_its_parameters_are_trained():
    """Plain SGD is the gradient, and nothing else, times the learning rate."""
    model, (x, y) = network(Scale(0.5)), problem()
    (name,) = (name for name in model.parameters if name.endswith("factor"))
    before = model.parameters[name].value
    model.compile(optim.SGD(0.125))
    model.train_on_batch(x, y)
    gradient = model.parameters[name].grad
    assert np.abs(gradient).min() > 0
    np.testing.assert_allclose(model.parameters[name].value, before - 0.125 * gradient, rtol=1e-6)


def test_a_gradient_that_is_assigned_counts_or_is_refused():
    class Assigns(Scale):
        def backward(self, dy):
            dx = super().backward(dy)
            self.factor.gradient = np.array(self.factor.grad)  # in place of [...] =
            return dx

    model, (x, y) = network(Assigns(0.5)), problem()
    model.compile(optim.SGD(0.1))
    before = model.parameters["2.factor"].value
    try:
        for _ in range(3):
            model.train_on_batch(x, y)
    except AttributeError:
        return
    twin = network(Scale(0.5))
    twin.compile(optim.SGD(0.1))
    for _ in range(3):
        twin.train_on_batch(x, y)
    after = model.parameters["2.factor"].value
    assert (after != before).all()
    np.testing.assert_array_equal(after, twin.parameters["2.factor"].value)


def test_what_it_is_given():
    seen = []

    def look(array):
        seen.append((threading.get_ident(), array.dtype, array.shape, array.flags.writeable))
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        return array

    hook = Hook()
    hook.on_forward = hook.on_backward = look
    model, (x, y) = network(hook), problem(4)
    model.compile(optim.SGD(0.1))
    with threads.use_threads(3):
        model.train_on_batch(x, y)
    assert seen == [(threading.get_ident(), np.float32, (4, 6, 5, 2), False)] * 2


def test_knows_whether_it_trains():
    modes = []

    class Mode(layers.Layer):
        def forward(self, x, training):
            modes.append(training)
            return x

        def backward(self, dy):
            return dy

    model, (x, y) = network(Mode()), problem(4)
    model.predict(x)
    model.evaluate(x, y)
    model.forward(x, training=True)
    model.compile(optim.SGD(0.1))
    model.train_on_batch(x, y)
    assert modes == [False, False, True, True]


@pytest.mark.parametrize(
    "result", [lambda a: a[:1], lambda a: a.sum(), lambda a: None], ids=range(3)
)
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_result_of_the_wrong_shape(method, result):
    hook = Hook()
    model, (x, y) = network(hook), problem(4)
    model.compile(optim.SGD(0.1))
    weights, scores = model.weights.copy(), model.predict(x)
    setattr(hook, f"on_{method}", result)
    rule = rf"Hook\.{method} must give shape \(4, 6, 5, 2\): got \((1, 6, 5, 2)?\)"
    with pytest.raises(ValueError, match=rule):
        model.train_on_batch(x, y)
    usable_as_before(model, hook, weights, scores)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_exceptions_reach_the_caller(method, error, n):
    def fail(array):
        raise error("on purpose")

    hook = Hook()
    model, (x, y) = network(hook), problem(4)
    model.compile(optim.SGD(0.1))
    weights, scores = model.weights.copy(), model.predict(x)
    setattr(hook, f"on_{method}", fail)
    for _ in range(2):
        with threads.use_threads(n), pytest.raises(error, match="on purpose"):
            model.fit(x, y, progress=False)
    usable_as_before(model, hook, weights, scores)


def usable_as_before(model, hook, weights, scores):
    """Check that a failed step has changed no parameter, and that the model still works."""
    x, y = problem(4)
    np.testing.assert_array_equal(model.weights, weights)
    for name in ("on_forward", "on_backward"):
        vars(hook).pop(name, None)
    for parameter in model.state.values():  # the failed forward pass has moved them
        parameter.value = np.full(parameter.shape, float(parameter is model.state["1.running_var"]))
    np.testing.assert_array_equal(model.predict(x), scores)
    first = model.train_on_batch(x, y)
    for _ in range(10):
        last = model.train_on_batch(x, y)
    assert last < first


def test_methods_that_are_missing():
    class Half(layers.Layer):
        def forward(self, x, training):
            return x

    with pytest.raises(NotImplementedError, match=r"Layer has no forward\(x, training\)"):
        network(layers.Layer()).predict(problem(2)[0])
    model, (x, y) = network(Half()), problem(2)
    model.predict(x)
    model.compile(optim.SGD(0.1))
    with pytest.raises(NotImplementedError, match=r"Half has no backward\(dy\)"):
        model.train_on_batch(x, y)


def test_errors_of_build_name_the_layer():
    with pytest.raises(ValueError, match=r"layer 2 \(Crop\): output size must be >= 1"):
        network(Crop(3))


def test_errors_of_build_of_any_class():
    """Also where the error cannot be made from a text alone."""

    class Twofold(ValueError):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    class Failing(layers.Layer):
        def build(self, input_shape, rng):
            raise Twofold(1, 2)

    with pytest.raises(ValueError, match="1 and 2"):
        network(Failing())


@pytest.mark.parametrize("shape", [3, None, (0,), (1.5,), ("3",)], ids=str)
def test_output_shapes_that_are_none(shape):
    class Odd(layers.Layer):
        def output_shape(self, input_shape):
            return shape

    with pytest.raises((ValueError, TypeError), match=r"layer 2 \(Odd\)"):
        network(Odd())


def test_the_same_object_stands_in_one_place_only():
    """Its forward pass keeps what its backward pass needs, for one place."""
    twice = Square()
    with pytest.raises(ValueError, match="Square"):
        network(twice, layers.Sequential([twice]))


def test_results_of_any_real_type():
    for dtype in (np.float64, np.float16, np.int32, bool):
        hook = Hook()
        hook.on_forward = lambda x, dtype=dtype: (x > 0).astype(dtype)
        model = fastcnn.Sequential([hook], input_shape=(3,))
        assert model.predict([[-1, 0, 2]]).tolist() == [[0, 0, 1]]


def test_saved_and_loaded(tmp_path):
    model, (x, y) = network(Square(), Crop(1), Scale(2.0), layers.Sequential([Smooth()])), problem()
    model.fit(x, y, optimizer=optim.SGD(0.001), progress=False)
    model.save(tmp_path / "own.safetensors")
    again = fastcnn.load(tmp_path / "own.safetensors", custom_layers=CUSTOM)
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert again.layers[3].border == 1
    assert again.layers[4].start == 2.0
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    again.fit(x, y, optimizer=optim.SGD(0.001), progress=False)
    with pytest.raises(ValueError, match=r"class must be a known layer, .*: got 'Square'"):
        fastcnn.load(tmp_path / "own.safetensors")


def test_a_model_in_a_layer():
    """A layer may run a model of its own: programs nest."""

    class Teacher(layers.Layer):
        model = fastcnn.Sequential([layers.Dense(2), layers.ReLU()], input_shape=(2,), rng=3)

        def forward(self, x, training):
            return self.model.predict(x.reshape(-1, 2)).reshape(x.shape)

    x, _ = problem(4)
    model = fastcnn.Sequential([layers.ReLU(), Teacher(), layers.Tanh()], input_shape=(6, 5, 2))
    for n in (1, 3):
        with threads.use_threads(n):
            expected = np.tanh(Teacher.model.predict(np.maximum(x, 0).reshape(-1, 2)))
            np.testing.assert_allclose(model.predict(x).reshape(-1, 2), expected, rtol=1e-5)
