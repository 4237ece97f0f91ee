"""Fine-tuning: what is frozen stays, weights come by their names, a head gives way to another."""

import re

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import layers, models, optim


def stack():
    return [
        layers.Conv2D(6, 3, padding="same", bias=False),
        layers.BatchNorm(),
        layers.ReLU(),
        layers.Residual([layers.Conv2D(6, 3, padding="same"), layers.PReLU()]),
        layers.Concat(
            [[layers.Conv2D(4, 1)], [layers.GroupNorm(2), layers.Conv2D(40, 3, padding="same")]]
        ),
        layers.MaxPool2D(2),
        layers.Flatten(),
        layers.Dense(7),
        layers.ReLU(),
        layers.Dense(3),
    ]


def network(rng=0):
    return fastcnn.Sequential(stack(), input_shape=(6, 6, 2), rng=rng)


def batch(seed=180):
    rng = np.random.default_rng(seed)
    return normals(rng, 8, 6, 6, 2), rng.integers(0, 3, 8)


def values(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


# --- freezing ---

FROZEN = {
    "nothing": [],
    "first layers": ["0.*", "1.*", "3.*"],
    "all but the head": ["[0-8].*"],
    "weights": ["*.weight"],
    "biases": ["*.bias", "*.beta"],
    "norms": ["*.gamma", "*.beta"],
    "slope": ["*.slope"],
    "one branch": ["4.0*"],
    "in the middle": ["3.*", "4.*", "7.*"],
    "everything": ["*"],
}


@pytest.mark.parametrize("patterns", FROZEN.values(), ids=FROZEN)
@pytest.mark.parametrize("make", [lambda: optim.SGD(0.1, 0.9, 0.1, decay="all"), optim.AdamW])
def test_what_is_frozen_stays_and_the_rest_moves_as_ever(patterns, make):
    """The first step of the others is that of a model without anything frozen, bit for bit."""
    (x, y), free, frozen = batch(), network(), network()
    for norms in (free, frozen):
        norms.layers[1].frozen = any(pattern in ("*", "1.*", "[0-8].*") for pattern in patterns)
    if patterns:
        frozen.freeze(*patterns)
    for model in (free, frozen):
        model.compile(make())
        model.train_on_batch(x, y)
    moved = values(free)
    for name, value in values(network()).items():
        own = {**frozen.parameters, **frozen.state}[name]
        if name in frozen.parameters and not own.trainable:
            np.testing.assert_array_equal(own.value, value, err_msg=name)
            assert not own.grad.any()
        else:
            np.testing.assert_array_equal(own.value, moved[name], err_msg=name)
    assert all(p.trainable for p in free.parameters.values())


def kernels(model):
    plan = model.plan("train", 8, bind=False)
    return [step.kernel.__name__ for step in plan.steps[plan.forward_steps :]]


def test_frozen_layers_cost_no_backward_pass():
    model = network()
    every = kernels(model)
    model.freeze("[0-8].*")
    assert [name for name in kernels(model) if "Loss" not in name] == ["DenseBackwardWeight"]
    model.freeze("9.*")
    assert kernels(model) == []
    model.unfreeze("*")
    assert kernels(model) == every
    model.freeze("9.weight", "9.bias")
    assert len(kernels(model)) == len(every) - 1


def test_the_gradient_of_the_input_passes_frozen_layers():
    (x, _), model = batch(), network()
    dy = np.ones((8, 3))
    y, dx = model.forward(x, training=True), model.backward(dy)
    model.freeze("*.weight", "*.bias", "*.slope", "*.gamma", "*.beta")
    assert not model.layers[1].frozen
    np.testing.assert_array_equal(model.forward(x, training=True), y)
    np.testing.assert_array_equal(model.backward(dy), dx)


def test_freezing_in_the_middle_of_a_training():
    (x, y), model = batch(), network()
    model.compile(optim.SGD(0.1, momentum=0.9))
    model.train_on_batch(x, y)
    before = values(model)
    model.freeze("0.*")
    model.train_on_batch(x, y)
    np.testing.assert_array_equal(model.parameters["0.weight"].value, before["0.weight"])
    assert (model.parameters["7.weight"].value != before["7.weight"]).any()
    model.unfreeze("0.*")
    model.train_on_batch(x, y)
    assert (model.parameters["0.weight"].value != before["0.weight"]).any()


def test_frozen_layers_of_ones_own():
    class Scale(layers.Layer):
        def build(self, input_shape, rng):
            self.add_parameter("factor", np.full(1, 2.0))
            return input_shape

        def forward(self, x, training):
            self.x = x.copy()
            return x * self.parameters["factor"].value

        def backward(self, dy):
            self.parameters["factor"].gradient = [(dy * self.x).sum()]
            return dy * self.parameters["factor"].value

    model = fastcnn.Sequential([Scale(), layers.Flatten(), layers.Dense(3)], (6, 6, 2), rng=0)
    model.freeze("0.*")
    model.compile(optim.SGD(0.1))
    model.train_on_batch(*batch())
    assert model.parameters["0.factor"].value == 2
    model.unfreeze("0.*")
    model.train_on_batch(*batch())
    assert model.parameters["0.factor"].value != 2


def test_patterns_that_match_nothing():
    model = network()
    with pytest.raises(ValueError, match=r"patterns must match parameters or state: got '12\.\*'"):
        model.freeze("0.*", "12.*")
    assert all(parameter.trainable for parameter in model.parameters.values())


# --- weights by name ---


def test_weights_by_name(tmp_path):
    path, model = tmp_path / "a.safetensors", network(rng=1)
    model.compile(optim.SGD(0.1))
    model.train_on_batch(*batch())
    model.save(path)
    other = network()
    report = other.load_weights(path)
    assert report.complete
    assert str(report) == f"{len(values(model))} of {len(values(model))} matched"
    for name, value in values(model).items():
        np.testing.assert_array_equal(values(other)[name], value)


def test_what_does_not_match_is_told(tmp_path):
    path, source = tmp_path / "a.safetensors", network(rng=1)
    source.save(path)
    changed = stack()
    changed[7] = layers.Dense(5)  # another shape, and so is what reads it
    changed[0] = layers.Conv2D(6, 3, padding="same")  # with a bias
    changed[1] = layers.Tanh()
    model = fastcnn.Sequential(changed, input_shape=(6, 6, 2), rng=0)
    before = values(model)
    with pytest.raises(ValueError, match=r"must have the weights of this model, or strict=False"):
        model.load_weights(path)
    for name, value in before.items():
        np.testing.assert_array_equal(values(model)[name], value)
    report = model.load_weights(path, strict=False)
    assert report.missing == ("0.bias",)
    assert sorted(report.unexpected) == ["1.beta", "1.gamma", "1.running_mean", "1.running_var"]
    assert set(report.reshaped) == {"7.weight", "7.bias", "9.weight"}
    assert report.reshaped["7.bias"] == ((5,), (7,))
    assert not report.complete
    lines = str(report).splitlines()
    assert lines[0] == f"{len(report.matched)} of {len(before)} matched"
    assert "another shape: 7.bias: (5,), in the file (7,)" in lines
    for name, value in values(model).items():
        expected = values(source)[name] if name in report.matched else before[name]
        np.testing.assert_array_equal(value, expected, err_msg=name)


def test_bad_files_change_nothing(tmp_path):
    path, source = tmp_path / "a.safetensors", network(rng=1)
    source.parameters["9.bias"].value = [0, np.nan, 0]
    source.save(path)
    model = network()
    with pytest.raises(ValueError, match=r"9.bias must be finite"):
        model.load_weights(path)
    np.testing.assert_array_equal(model.weights, network().weights)
    with pytest.raises(TypeError, match="strict must be True or False: got 1"):
        model.load_weights(path, strict=1)


# --- another head ---


@pytest.mark.parametrize("make", [network, lambda: models.resnet20(input_shape=(16, 16, 3), rng=0)])
def test_another_head(make):
    model = make()
    model.freeze("0.*")
    last = max(int(re.match(r"\d+", name)[0]) for name in model.parameters)
    new = model.replace_head(
        layers.Sequential([layers.Dense(9), layers.ReLU(), layers.Dense(5)]), rng=1
    )
    assert new.output_shape == (5,)
    for name, value in values(new).items():
        if int(name.partition(".")[0]) < last:
            np.testing.assert_array_equal(value, values(model)[name], err_msg=name)
    assert not new.parameters["0.weight"].trainable
    assert new.parameters[f"{last}.0.weight"].trainable
    assert type(new) is type(model)
    assert new.optimizer is None
    x = normals(np.random.default_rng(0), 4, *model.input_shape)
    assert new.predict(x).shape == (4, 5)


def test_heads_that_do_not_fit():
    model = network()
    with pytest.raises(TypeError, match="head must be a layer: got 5"):
        model.replace_head(5)
    with pytest.raises(ValueError, match="a layer stands in one place only"):
        model.replace_head(model.layers[0])
    with pytest.raises(ValueError, match="layer 9"):
        model.replace_head(layers.Conv2D(3, 3))
    bare = fastcnn.Sequential([layers.Flatten()], input_shape=(2, 2, 1))
    with pytest.raises(ValueError, match="a head must have a layer with parameters to replace"):
        bare.replace_head(layers.Dense(2))
