"""Optimizers of whole models: what they keep, and which parameters they change how."""

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import layers, optim

EVERYTHING = {"clip_norm": 0.5, "accumulate": 2, "average": 0.9, "lr_scale": {"0.*": 0.5}}
KINDS = {
    "everything": lambda: optim.Adam(0.01, weight_decay=0.1, **EVERYTHING),
    "sgd": lambda: optim.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optim.Adam(0.01),
    "adamw": lambda: optim.AdamW(0.01, weight_decay=0.1),
    "rmsprop": lambda: optim.RMSprop(0.01, momentum=0.9),
}


def network(rng=0):
    return fastcnn.Sequential(
        [
            layers.Conv2D(6, 3, padding="same"),
            layers.BatchNorm(),
            layers.ReLU(),
            layers.GlobalAvgPool2D(),
            layers.Dense(3),
        ],
        input_shape=(6, 6, 2),
        rng=rng,
    )


def batches(n, seed=170):
    rng = np.random.default_rng(seed)
    return [(normals(rng, 8, 6, 6, 2), rng.integers(0, 3, 8)) for _ in range(n)]


def values(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


def assert_same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# --- which parameters decay, and how fast they learn ---


def steps_by_hand(model, rates, decaying, weight_decay=0.5, lr=0.125):
    """One step of plain SGD for each parameter."""
    expected = {}
    for name, p in model.parameters.items():
        g = p.grad + weight_decay * p.value if name in decaying else p.grad
        expected[name] = p.value - np.float32(lr * rates.get(name, 1)) * g
    return expected


EVERY = list(network().parameters)
RULES = {
    "default": ({}, ["0.weight", "4.weight"]),
    "weights": ({"decay": "weights"}, ["0.weight", "4.weight"]),
    "all": ({"decay": "all"}, EVERY),
    "own": ({"decay": lambda name, p: "gamma" in name or p.shape == (3,)}, ["1.gamma", "4.bias"]),
}


@pytest.mark.parametrize(("options", "decaying"), RULES.values(), ids=RULES)
def test_which_parameters_decay(options, decaying):
    model = network()
    model.compile(optim.SGD(0.0))
    model.train_on_batch(*batches(1)[0])
    for parameter in model.parameters.values():
        parameter.value = parameter.value + 1  # biases too
    expected = steps_by_hand(model, {}, decaying)
    model.compile(optim.SGD(0.125, weight_decay=0.5, **options))
    model.optimizer.update(0.0)
    for name, parameter in model.parameters.items():
        np.testing.assert_allclose(parameter.value, expected[name], atol=1e-6, err_msg=name)


def test_learning_rates_of_groups():
    """The first pattern that matches counts; 0 leaves a parameter and its moments alone."""
    model, before = network(), values(network())
    model.compile(optim.SGD(0.0))
    model.train_on_batch(*batches(1)[0])
    rates = {"0.weight": 0, "0.bias": 0, "1.beta": 3, "4.weight": 10, "4.bias": 10}
    expected = steps_by_hand(model, rates, EVERY)
    scale = {"0.*": 0, "*.beta": 3, "4.*": 10, "*.bias": 7}
    model.compile(optim.SGD(0.125, momentum=0.9, weight_decay=0.5, decay="all", lr_scale=scale))
    model.optimizer.update(0.0)
    for name, parameter in model.parameters.items():
        np.testing.assert_allclose(parameter.value, expected[name], atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(model.parameters["0.weight"].value, before["0.weight"])
    assert not model.optimizer.state()["v.0.weight"].any()


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop])
def test_wrong_options(kind):
    with pytest.raises(
        ValueError, match=r"decay must be one of \['all', 'weights'\] or a function"
    ):
        kind(0.1, decay="bias")
    with pytest.raises(TypeError, match="lr_scale must be a dict of pattern to factor: got 3"):
        kind(0.1, lr_scale=3)
    with pytest.raises(TypeError, match="lr_scale must have patterns of names: got 1"):
        kind(0.1, lr_scale={1: 2})
    with pytest.raises(ValueError, match=r"lr_scale\['0.\*'\] must be in \[0, .*got -1"):
        kind(0.1, lr_scale={"0.*": -1})
    with pytest.raises(TypeError, match="decays"):
        kind(0.1, decays="all")
    with pytest.raises(
        ValueError, match=r"lr_scale must match parameters of the model: got '9\.\*'"
    ):
        network().compile(kind(0.1, lr_scale={"9.*": 2}))


# --- state ---


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_goes_on_from_a_state_bit_for_bit(make):
    steps = batches(6)
    whole = network()
    whole.compile(make())
    for step in steps:
        whole.train_on_batch(*step)
    first, second = network(), network(rng=1)
    first.compile(make())
    for step in steps[:3]:
        first.train_on_batch(*step)
    second.compile(make())
    second.train_on_batch(*steps[5])  # moments of its own, to be replaced
    state = first.optimizer.state()
    for name, value in values(first).items():
        {**second.parameters, **second.state}[name].value = value
    second.optimizer.restore(state)
    for step in steps[3:]:
        second.train_on_batch(*step)
    assert_same(values(whole), values(second))
    assert_same(whole.optimizer.state(), second.optimizer.state())


def test_a_state_is_a_copy_by_the_names_of_the_parameters():
    model = network()
    model.compile(optim.Adam(0.01))
    before = model.optimizer.state()
    model.train_on_batch(*batches(1)[0])
    assert before["updates"].tolist() == [0]
    assert not before["v.0.weight"].any()
    after = model.optimizer.state()
    assert after["updates"].tolist() == [1]
    assert set(after) == {
        "updates",
        *(f"{kind}.{name}" for kind in "mv" for name in model.parameters),
    }
    for name, parameter in model.parameters.items():  # m = (1 - beta1) g
        np.testing.assert_allclose(after[f"m.{name}"], parameter.grad * 0.1, rtol=1e-6)


WRONG_STATES = {
    "empty": (lambda state: {}, r"missing \['updates', 'v.0.bias'.*unknown none"),
    "other": (lambda state: state | {"m.0.bias": np.zeros(6)}, r"missing none.*\['m.0.bias'\]"),
    "shape": (
        lambda state: state | {"v.0.bias": np.zeros(5)},
        r"v.0.bias must have shape \(6,\): got",
    ),
    "count": (
        lambda state: state | {"updates": np.array([-1])},
        "updates must be one whole number",
    ),
    "half": (
        lambda state: state | {"updates": np.array([1.5])},
        "updates must be one whole number",
    ),
    "many": (
        lambda state: state | {"updates": np.array([1, 2])},
        "updates must be one whole number",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG_STATES.values(), ids=WRONG_STATES)
def test_a_wrong_state_is_refused_and_changes_nothing(change, message):
    model = network()
    model.compile(KINDS["sgd"]())
    model.train_on_batch(*batches(1)[0])
    before = model.optimizer.state()
    with pytest.raises(ValueError, match=message):
        model.optimizer.restore(change({name: array + 1 for name, array in before.items()}))
    assert_same(model.optimizer.state(), before)


def test_a_state_needs_a_model():
    with pytest.raises(RuntimeError, match="SGD has no model"):
        optim.SGD(0.1).state()
