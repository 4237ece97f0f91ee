"""The public check of gradients: passes what is right, sees what is wrong, changes nothing."""

import numpy as np
import pytest

import fastcnn
from fastcnn import layers, models

X = np.random.default_rng(140).normal(size=(4, 6, 6, 3)).astype(np.float32)


class Scale(layers.Layer):
    """y = factor * x^2, with gradients that may be wrong by a factor."""

    def __init__(self, wrong_x=1.0, wrong_factor=1.0):
        self.wrong_x, self.wrong_factor = wrong_x, wrong_factor

    def build(self, input_shape, rng):
        self.factor = self.add_parameter("factor", np.full(input_shape[-1], 2.0))
        return self.output_shape(input_shape)

    def forward(self, x, training):
        self.x = x.copy()
        return self.factor.value * x**2

    def backward(self, dy):
        self.factor.gradient[...] = self.wrong_factor * (dy * self.x**2).sum((0, 1, 2))
        return self.wrong_x * dy * self.factor.value * 2 * self.x


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(5, 3, stride=2),
        layers.BatchNorm(),
        layers.GELU(),
        layers.Dropout(0.5),
        layers.Sequential([layers.Flatten(), layers.Dense(4)]),
        Scale(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_right_gradients_pass(layer):
    errors = fastcnn.check_gradients(layer, X)
    assert set(errors) == {"x", *(f"0.{name}" for name in layer.parameters)}
    assert 0 < max(errors.values()) < 5e-3


@pytest.mark.parametrize("wrong", [0.0, 0.9, 1.1, -1.0])
def test_wrong_gradients_are_seen_where_they_are(wrong):
    errors = fastcnn.check_gradients(Scale(wrong_x=wrong), X)
    assert errors["x"] > 0.05
    assert errors["0.factor"] < 5e-3
    errors = fastcnn.check_gradients(Scale(wrong_factor=wrong), X)
    assert errors["x"] < 5e-3
    assert errors["0.factor"] > 0.05


def test_a_model_is_afterwards_as_before():
    net = [layers.Conv2D(4, 3), layers.BatchNorm(), layers.Dropout(0.5), layers.Flatten()]
    model = fastcnn.Sequential([*net, layers.Dense(3)], input_shape=X.shape[1:], rng=0)
    model.compile(fastcnn.optim.SGD(0.1))
    model.train_on_batch(X, [0, 1, 2, 0])
    arrays = [each.value for each in (*model.parameters.values(), *model.state.values())]
    gradients, state = model.gradients.copy(), model.rng.bit_generator.state
    x = X.copy()
    assert max(fastcnn.check_gradients(model, x).values()) < 1e-2
    assert model.rng.bit_generator.state == state
    np.testing.assert_array_equal(model.gradients, gradients)
    np.testing.assert_array_equal(x, X)
    for before, each in zip(
        arrays, (*model.parameters.values(), *model.state.values()), strict=True
    ):
        np.testing.assert_array_equal(each.value, before)


def test_the_same_generator_gives_the_same_errors():
    first, again, other = (
        fastcnn.check_gradients(layers.SiLU(), X, rng=seed) for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"layer_or_model": models.lenet5}, TypeError, ["layer_or_model", "lenet5"]),
        ({"x": "images"}, TypeError, ["x", "<U6"]),
        ({"x": X[:0]}, ValueError, ["x", "empty"]),
        ({"x": X[0, 0]}, ValueError, ["Conv2D"]),
        ({"directions": 0}, ValueError, ["directions", "0"]),
        ({"step": 0.0}, ValueError, ["step", "0"]),
        ({"step": np.nan}, ValueError, ["step", "nan"]),
    ],
)
def test_refuses(arguments, error, words):
    with pytest.raises(error) as caught:
        fastcnn.check_gradients(**{"layer_or_model": layers.Conv2D(4, 3), "x": X, **arguments})
    for word in words:
        assert word in str(caught.value)
