"""Outputs of inner layers, and what scores rest on: by hand, and by differences in float64."""

import numpy as np
import pytest
from helpers import assert_accurate, normals, numeric_gradient

import fastcnn
from fastcnn import explain, layers, models, optim, reference
from fastcnn import functional as F
from fastcnn.kernels import memory


def net(*stack, input_shape=(6, 6, 2), seed=0):
    """A model whose running statistics and biases are not what they begin as."""
    model = fastcnn.Sequential(stack, input_shape=input_shape, rng=seed)
    rng = np.random.default_rng(seed)
    for name, each in (model.parameters | model.state).items():
        if each.value.ndim == 1:
            low = 0.5 if name.endswith(("var", "gamma")) else -0.5
            each.value = rng.uniform(low, low + 1, each.value.shape)
    return model


def smooth():
    """A model whose scores have derivatives everywhere, of which three layers know their mode."""
    return net(
        layers.Conv2D(5, 3, padding="same"),
        layers.BatchNorm(),
        layers.GELU(),
        layers.SpatialDropout(0.5),
        layers.AvgPool2D(2),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(3),
    )


def by_hand(model, x):
    """What each layer of `smooth` gives in prediction, in float64."""
    value = {name: each.value for name, each in (model.parameters | model.state).items()}
    conv = reference.conv2d(x, value["0.weight"], value["0.bias"], padding="same")
    scale = value["1.gamma"] / np.sqrt(value["1.running_var"] + 1e-5)
    norm = (conv - value["1.running_mean"]) * scale + value["1.beta"]
    gelu = reference.gelu(norm)
    pool = reference.avg_pool2d(gelu, 2)
    flat = pool.reshape(len(x), -1)
    dense = reference.dense(flat, value["7.weight"], value["7.bias"])
    return dict(zip("01234567", [conv, norm, gelu, gelu, pool, pool, flat, dense], strict=True))


X = normals(np.random.default_rng(60), 3, 6, 6, 2)


def test_activations():
    model = smooth()
    found = explain.activations(model, X)
    for name, expected in by_hand(model, X).items():
        assert_accurate(found[name], expected, scale=8)
    assert list(found) == list("01234567")
    assert_accurate(model.predict(X), found["7"], scale=8)


def nested():
    """Layers inside of layers, which passes would fuse and lay into each other."""
    return net(
        layers.Conv2D(32, 3, padding="same"),
        layers.BasicBlock(32),
        layers.Concat([[layers.Conv2D(32, 1), layers.ReLU()], []]),
        layers.DenseBlock(2, 4),
        layers.ReLU(),
        layers.MaxPool2D(2),
        layers.GlobalAvgPool2D(),
        layers.Dense(3),
    )


def test_layers_inside_of_layers():
    """All at once are what each alone is, which leaves more to the passes."""
    model = nested()
    names = [name for name, _ in model.root.named()]
    assert names[:5] == ["0", "1", "1.0", "1.0.body", "1.0.body.0"]
    assert len(names) > 30
    found = explain.activations(model, X, names)
    assert list(found) == names
    np.testing.assert_array_equal(found["1"], F.relu(found["1.0"]))
    np.testing.assert_array_equal(found["2"][..., 32:], found["1"])
    np.testing.assert_array_equal(found["5"], F.max_pool2d(found["4"], 2))
    for name in names:
        (alone,) = explain.activations(model, X, [name]).values()
        np.testing.assert_allclose(alone, found[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("classes", [[0, 2, 2], 1, None], ids=str)
def test_score_gradient(classes):
    model = smooth()
    dx = explain.score_gradient(model, X, classes)
    if classes is None:
        classes = model.predict(X).argmax(axis=1)
    rows = np.arange(len(X)), np.broadcast_to(classes, len(X))
    expected = numeric_gradient(lambda x: by_hand(model, x)["7"][rows].sum(), X)
    assert_accurate(dx, expected, scale=8)
    np.testing.assert_array_equal(explain.saliency(model, X, classes), np.abs(dx).max(axis=3))


def test_score_gradient_through_a_block():
    """Along random directions, since ReLU and maxima have corners."""
    model = nested()
    dx = explain.score_gradient(model, X, 2)
    rng = np.random.default_rng(61)
    for _ in range(5):
        v = rng.choice([-1e-3, 1e-3], X.shape)
        up, down = (model.predict(X + sign * v)[:, 2].astype(float) for sign in (1, -1))
        np.testing.assert_allclose((up - down).sum() / 2, (dx * v).sum(), rtol=0.03, atol=1e-4)


def test_frozen_layers_change_nothing():
    model = smooth()
    dx = explain.score_gradient(model, X, 1)
    model.layers[1].frozen = True
    np.testing.assert_array_equal(explain.score_gradient(model, X, 1), dx)
    model.freeze("*")
    np.testing.assert_array_equal(explain.score_gradient(model, X, 1), dx)


def test_memory_that_held_something(monkeypatch):
    """An arena need not begin with zeros."""
    model, empty = smooth(), memory.empty

    def used(nbytes):
        block = empty(nbytes)
        block[...] = 255  # NaN, as float32
        return block

    dx = explain.score_gradient(model, X, 1)
    monkeypatch.setattr(memory, "empty", used)
    np.testing.assert_array_equal(explain.score_gradient(model, X, 1), dx)


def cam_net():
    stack = layers.Conv2D(4, 3), layers.ReLU(), layers.GlobalAvgPool2D(), layers.Dense(3)
    return net(*stack)


def test_grad_cam():
    """With means and one dense layer behind it, it is the class activation map."""
    model = cam_net()
    maps = explain.grad_cam(model, X, [0, 1, 2], layer="1")
    a = explain.activations(model, X, ["1"])["1"]  # (3, 4, 4, 4)
    w = model.parameters["3.weight"].value.T / 16  # (classes, 4)
    expected = np.maximum(np.einsum("nhwk,nk->nhw", a, w), 0)
    np.testing.assert_allclose(maps, expected, rtol=1e-5, atol=1e-7)
    assert expected.max() > 0.01


def test_grad_cam_of_the_last_convolution():
    model = cam_net()
    maps = explain.grad_cam(model, X, 1)
    a = explain.activations(model, X, ["0"])["0"]
    gradient = (a > 0) * model.parameters["3.weight"].value[:, 1] / 16
    expected = np.maximum((gradient.mean((1, 2), keepdims=True) * a).sum(3), 0)
    np.testing.assert_allclose(maps, expected, rtol=1e-5, atol=1e-7)


def test_the_last_convolution_may_stand_in_a_block():
    model = models.resnet20(rng=0)
    x = normals(np.random.default_rng(62), 2, 32, 32, 3)
    maps = explain.grad_cam(model, x)
    names = [name for name, layer in zip(model.root.names(), model.layers, strict=True)]
    block = next(n for n in reversed(names) if explain.activations(model, x, [n])[n].ndim == 4)
    np.testing.assert_array_equal(maps, explain.grad_cam(model, x, layer=block))
    assert maps.shape == (2, 8, 8)


def test_nothing_of_the_model_changes():
    model = smooth()
    model.compile(optim.SGD(0.1))
    model.train_on_batch(X, [0, 1, 2])
    kept = [each.value for each in (model.parameters | model.state).values()]
    gradients, state = model.gradients.copy(), model.rng.bit_generator.state
    y = model.forward(X, training=True)
    kept_state = [each.value for each in model.state.values()]
    after = model.rng.bit_generator.state
    explain.activations(model, X)
    explain.saliency(model, X)
    explain.grad_cam(model, X)
    assert model.rng.bit_generator.state == after != state
    np.testing.assert_array_equal(model.gradients, gradients)
    parameters = [each.value for each in model.parameters.values()]
    for one, other in zip(
        kept[: len(parameters)] + kept_state, parameters + kept_state, strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert np.abs(model.backward(np.ones_like(y))).max() > 0, "the pass before goes on"


class Fails(layers.Layer):
    """Writes a gradient, and has none of its input."""

    def build(self, input_shape, rng):
        self.factor = self.add_parameter("factor", np.ones(1))
        return input_shape

    def forward(self, x, training):
        return x

    def backward(self, dy):
        self.factor.gradient[...] = 7
        raise ArithmeticError("no gradient")


def test_gradients_stay_where_the_pass_stops():
    model = net(Fails(), layers.Flatten(), layers.Dense(2))
    with pytest.raises(ArithmeticError, match="no gradient"):
        explain.saliency(model, X)
    assert model.parameters["0.factor"].grad == 0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m: explain.activations(m, X, ["9"]), ValueError, "must be among 0, 1, .*got '9'"),
        (lambda m: explain.activations(m, X, "0"), TypeError, "names must be names.*got '0'"),
        (lambda m: explain.activations(m, X[0]), ValueError, "x must have shape"),
        (lambda m: explain.saliency(m, X, 3), ValueError, "classes must be from 0 to 2: got 3"),
        (lambda m: explain.saliency(m, X, [1, 2]), ValueError, r"classes must have shape \(3,\)"),
        (lambda m: explain.saliency(m, X, 0.5), TypeError, "classes must hold integers"),
        (lambda m: explain.grad_cam(m, X, layer="7"), ValueError, r"got '7', \(3,\)"),
        (lambda m: explain.grad_cam(m, X, layer="a"), ValueError, "got 'a'"),
    ],
)
def test_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call(smooth())


def test_refuses_layers_that_only_training_needs():
    side = layers.SideLoss([layers.GlobalAvgPool2D(), layers.Dense(3)])
    model = net(layers.Conv2D(4, 3), side, layers.GlobalAvgPool2D(), layers.Dense(3))
    assert list(explain.activations(model, X)) == ["0", "1", "2", "3"]
    with pytest.raises(ValueError, match=r"must be among 0, 1, 2, 3: got '1\.body'"):
        explain.activations(model, X, ["1.body"])


def test_refuses_models():
    with pytest.raises(ValueError, match="model must have a convolution: got none"):
        explain.grad_cam(net(layers.Flatten(), layers.Dense(2)), X)
    with pytest.raises(ValueError, match=r"model must give scores \(classes,\): got \(4, 4, 2\)"):
        explain.saliency(net(layers.Conv2D(2, 3)), X)
