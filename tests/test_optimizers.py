"""Optimizers of whole models: what they keep, and which parameters they change how."""

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import layers, optim

KINDS = {
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
