"""A model: run, differentiated and described as a whole."""

import concurrent.futures
import re
import threading

import numpy as np
import pytest
from helpers import normals, numeric_gradient

import fastcnn
from fastcnn import layers, models, optim, reference
from fastcnn.kernels import threads


def small(rng=0):
    """Every kind of parameter and state, for images (9, 8, 2) and 4 classes."""
    return fastcnn.Sequential(
        [
            layers.Conv2D(3, 3, padding="same"),
            layers.BatchNorm(),
            layers.Sequential(
                [layers.ReLU(), layers.MaxPool2D(2), layers.Conv2D(5, 2, bias=False)]
            ),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(4),
        ],
        input_shape=(9, 8, 2),
        rng=rng,
    )


def batch(n=6):
    rng = np.random.default_rng(100)
    return normals(rng, n, 9, 8, 2), rng.integers(0, 4, n)


def everything(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


def assert_same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_names():
    model = small()
    assert {name: parameter.shape for name, parameter in model.parameters.items()} == {
        "0.weight": (3, 3, 2, 3),
        "0.bias": (3,),
        "1.gamma": (3,),
        "1.beta": (3,),
        "2.2.weight": (2, 2, 3, 5),
        "5.weight": (3 * 3 * 5, 4),
        "5.bias": (4,),
    }
    assert {name: parameter.shape for name, parameter in model.state.items()} == {
        "1.running_mean": (3,),
        "1.running_var": (3,),
    }
    assert model.input_shape == (9, 8, 2)
    assert model.output_shape == (4,)
    assert [layer.input_shape for layer in model.layers] == [
        (9, 8, 2),
        (9, 8, 3),
        (9, 8, 3),
        (3, 3, 5),
        (3, 3, 5),
        (45,),
    ]


def test_nested_stacks_compute_what_a_flat_one_does():
    def make():
        return [layers.Conv2D(3, 2), layers.Tanh(), layers.Flatten(), layers.Dense(4)]

    one, two, three, four = make()
    nested = layers.Sequential([two, layers.Sequential([three])])
    models = [
        fastcnn.Sequential(stack, input_shape=(4, 4, 2), rng=5)
        for stack in (make(), [one, nested, four])
    ]
    x, dy = normals(np.random.default_rng(101), 3, 4, 4, 2), np.ones((3, 4))
    flat, deep = ([m.forward(x, training=True), m.backward(dy), m.weights] for m in models)
    for got, expected in zip(deep, flat, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert list(models[1].parameters) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_same_seed_same_model():
    x, y = batch()
    results = []
    for rng in (3, np.random.default_rng(3), 4):
        model = small(rng)
        model.fit(x, y, epochs=2, batch_size=4, optimizer=optim.SGD(0.1), progress=False)
        results.append(everything(model))
    assert_same(results[0], results[1])
    assert (results[2]["0.weight"] != results[0]["0.weight"]).all()


# --- forward and backward by hand ---


def lenet_scores(v, x):
    """A small LeNet-5, layer by layer in the terms of the specification."""
    y = reference.relu(reference.conv2d(x, v["0.weight"], v["0.bias"], padding="same"))
    y = reference.max_pool2d(y, 2)
    y = reference.relu(reference.conv2d(y, v["3.weight"], v["3.bias"]))
    y = reference.max_pool2d(y, 2).reshape(len(x), -1)
    y = reference.relu(reference.dense(y, v["7.weight"], v["7.bias"]))
    y = reference.relu(reference.dense(y, v["9.weight"], v["9.bias"]))
    return reference.dense(y, v["11.weight"], v["11.bias"])


def test_lenet5_is_what_the_specification_says():
    """Scores, loss and gradients of a whole network."""
    rng = np.random.default_rng(102)
    model = models.lenet5(input_shape=(12, 12, 1), rng=1)
    x, labels = normals(rng, 5, 12, 12, 1), rng.integers(0, 10, 5)
    double = x.astype(np.float64)
    v = {}
    for name, parameter in model.parameters.items():
        if name.endswith("bias"):  # zeros until now
            parameter.value = normals(rng, *parameter.shape) / 10
        v[name] = parameter.value.astype(np.float64)
    scores = lenet_scores(v, double)
    np.testing.assert_allclose(model.predict(x), scores, atol=1e-5 * np.abs(scores).max())
    loss, dy = reference.softmax_cross_entropy(scores, labels)
    assert model.evaluate(x, labels)["loss"] == pytest.approx(loss, rel=1e-6)
    assert model.evaluate(x, labels)["accuracy"] == np.mean(scores.argmax(1) == labels)

    model.forward(x, training=True)
    dx = model.backward(dy)

    def loss_at(x, values):
        return reference.softmax_cross_entropy(lenet_scores(values, x), labels)[0]

    def check(gradient, loss_after):
        """Compare with the slopes of the loss along a few random directions."""
        for _ in range(4):
            direction = rng.normal(size=gradient.shape)
            slope = numeric_gradient(lambda t, d=direction: loss_after(t[0] * d), [0.0])[0]
            allowed = 1e-5 * float(np.linalg.norm(gradient))
            assert np.sum(gradient * direction) == pytest.approx(slope, abs=allowed)

    check(dx, lambda step: loss_at(double + step, v))
    for name, parameter in model.parameters.items():
        check(parameter.grad, lambda step, n=name: loss_at(double, {**v, n: v[n] + step}))


def test_by_hand_is_what_a_training_step_does():
    x, y = batch()
    by_hand, stepped = small(), small()
    stepped.compile(optim.SGD(0))
    loss = stepped.train_on_batch(x, y)
    expected, dy = reference.softmax_cross_entropy(by_hand.forward(x, training=True), y)
    assert loss == pytest.approx(expected, rel=1e-6)
    dx = by_hand.backward(dy)
    assert dx.shape == x.shape
    assert dx.dtype == np.float32
    for name, parameter in by_hand.parameters.items():
        scale = np.abs(parameter.grad).max()
        if name != "0.bias":  # whose gradient is 0 before a batch normalisation
            assert scale > 1e-3
        np.testing.assert_allclose(
            stepped.parameters[name].grad, parameter.grad, atol=1e-5 * scale + 1e-6
        )
    assert_same(
        {name: p.value for name, p in by_hand.state.items()},
        {name: p.value for name, p in stepped.state.items()},
    )


def test_mean_squared_error():
    rng = np.random.default_rng(103)
    model = fastcnn.Sequential(
        [layers.Conv2D(3, 2), layers.Tanh(), layers.Conv2D(2, 1)], input_shape=(4, 4, 1), rng=0
    )
    x, target = normals(rng, 5, 4, 4, 1), normals(rng, 5, 3, 3, 2)
    v = {name: parameter.value.astype(np.float64) for name, parameter in model.parameters.items()}

    def loss(**changed):
        w = {**v, **changed}
        y = reference.tanh(reference.conv2d(x, w["0.weight"], w["0.bias"]))
        y = reference.conv2d(y, w["2.weight"], w["2.bias"])
        return reference.mean_squared_error(y, target)[0]

    model.compile(optim.SGD(0.25), loss="mean_squared_error")
    assert model.evaluate(x, target) == {"loss": pytest.approx(loss(), rel=1e-6)}
    assert model.train_on_batch(x, target) == pytest.approx(loss(), rel=1e-6)
    for name, parameter in model.parameters.items():
        expected = numeric_gradient(lambda w, name=name: loss(**{name: w}), v[name])
        np.testing.assert_allclose(parameter.grad, expected, atol=1e-5 * np.abs(expected).max())
        np.testing.assert_allclose(parameter.value, v[name] - 0.25 * expected, rtol=1e-4, atol=1e-6)


def test_backward_needs_a_forward_pass():
    model, (x, y) = small(), batch()
    dy = np.ones((6, 4))
    message = re.escape("backward needs forward(x, training=True) directly before it")

    def refused():
        with pytest.raises(RuntimeError, match=message):
            model.backward(dy)

    refused()
    model.forward(x)
    refused()
    model.forward(x, training=True)
    model.backward(dy)
    refused()
    for between in (
        lambda: model.predict(x),
        lambda: model.evaluate(x, y),
        lambda: model.compile(optim.SGD(0.1)),
        lambda: model.train_on_batch(x, y),
    ):
        model.forward(x, training=True)
        between()
        refused()
    model.forward(x, training=True)
    with pytest.raises(ValueError, match=r"dy must have shape \(6, 4\): got \(5, 4\)"):
        model.backward(dy[:5])


# --- prediction ---


def test_predict_in_batches():
    model, (x, _) = small(), batch(25)
    y = model.predict(x)
    for size in (1, 7, 24, 25, 1000):
        np.testing.assert_allclose(model.predict(x, batch_size=size), y, rtol=1e-5, atol=1e-6)
    assert model.predict(x, batch_size=7).dtype == np.float32
    assert model.predict(x, batch_size=7).shape == (25, 4)


def test_results_are_the_callers():
    """What a model gave stays as it is when the model runs again, and may be written to."""
    model, (x, _) = small(), batch()
    y = model.predict(x)
    kept = y.copy()
    z = model.predict(-x)
    np.testing.assert_array_equal(y, kept)
    assert (z != y).any()
    y[...] = 0
    np.testing.assert_array_equal(model.predict(x), kept)
    gradients = []
    for dy in (np.ones((6, 4)), np.zeros((6, 4))):
        model.forward(x, training=True)
        gradients.append(model.backward(dy))
    assert gradients[0].any()
    assert not gradients[1].any()


@pytest.mark.parametrize("size", [0, -3, 2.5, True, "all", None])
def test_wrong_batch_size(size):
    model, (x, y) = small(), batch()
    for call in (model.predict, lambda x, batch_size: model.evaluate(x, y, batch_size)):
        with pytest.raises((ValueError, TypeError), match="batch_size must be"):
            call(x, batch_size=size)


WRONG = [
    (np.zeros((3, 9, 8)), ValueError, "x must have shape (n, 9, 8, 2): got (3, 9, 8)"),
    (np.zeros((9, 8, 2)), ValueError, "x must have shape (n, 9, 8, 2): got (9, 8, 2)"),
    (np.zeros((3, 8, 9, 2)), ValueError, "x must have shape (n, 9, 8, 2): got (3, 8, 9, 2)"),
    (np.zeros((3, 9, 8, 1)), ValueError, "x must have shape (n, 9, 8, 2): got (3, 9, 8, 1)"),
    (np.zeros((0, 9, 8, 2)), ValueError, "x must not be empty: got shape (0, 9, 8, 2)"),
    (1.0, ValueError, "x must have shape (n, 9, 8, 2): got ()"),
    (np.zeros((3, 9, 8, 2), complex), TypeError, "x must hold real numbers: got dtype complex128"),
    (np.full((3, 9, 8, 2), "1"), TypeError, "x must hold real numbers: got dtype <U1"),
    (np.full((3, 9, 8, 2), None), TypeError, "x must hold real numbers: got dtype object"),
    (np.ma.zeros((3, 9, 8, 2)), TypeError, "x must be a plain array: got a masked array"),
    (np.ma.zeros((3, 9, 8, 2), np.float32), TypeError, "x must be a plain array: got a masked"),
]


@pytest.mark.parametrize(("x", "error", "message"), WRONG, ids=[message for *_, message in WRONG])
def test_wrong_samples(x, error, message):
    model = small()
    model.compile(optim.SGD(0.1))
    before = everything(model)
    for call in (
        lambda: model.predict(x),
        lambda: model.forward(x, training=True),
        lambda: model.evaluate(x, [0, 1, 2]),
        lambda: model.train_on_batch(x, [0, 1, 2]),
        lambda: model.fit(x, [0, 1, 2], progress=False),
    ):
        with pytest.raises(error, match=re.escape(message)):
            call()
    assert_same(everything(model), before)


def test_sixteen_python_threads():
    """A model that is used from many threads at once answers each as if it were alone."""
    model = models.lenet5(rng=0)
    rng = np.random.default_rng(105)
    batches = rng.random((16, 40, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, 40)
    expected = [(model.predict(x), model.evaluate(x, labels)) for x in batches]
    start = threading.Barrier(16)

    def work(number):
        start.wait(timeout=30)
        x, (scores, measured) = batches[number], expected[number]
        for n in (40, 40, 40, number + 1):
            np.testing.assert_allclose(model.predict(x[:n]), scores[:n], rtol=1e-4, atol=1e-5)
            assert model.evaluate(x, labels) == measured

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert len(list(pool.map(work, range(16)))) == 16


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_any_number_of_threads_from_one_step_to_the_next(n):
    """The number may change between two runs of the same program."""
    model, (x, y) = small(), batch(40)
    model.compile(optim.SGD(0.1, momentum=0.9))
    twin = small()
    twin.compile(optim.SGD(0.1, momentum=0.9))
    for step in range(4):
        with threads.use_threads(n if step % 2 else 1):
            model.train_on_batch(x, y)
        with threads.use_threads(2):
            twin.train_on_batch(x, y)
    assert_same(everything(model), everything(twin))


# --- other ways to make a model ---


def test_a_model_without_layers_is_the_identity():
    x = normals(np.random.default_rng(104), 4, 3)
    model = fastcnn.Sequential([], input_shape=(3,))
    np.testing.assert_array_equal(model.predict(x), x)
    np.testing.assert_array_equal(model.forward(x, training=True), x)
    np.testing.assert_array_equal(model.backward(-x), -x)
    model.fit(x, [0, 1, 2, 0], optimizer=optim.Adam(), progress=False)
    assert model.parameters == {}
