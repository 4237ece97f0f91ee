"""A layer stands in one place only: it owns its parameters."""

import numpy as np
import pytest

import fastcnn
from fastcnn import layers

IMAGE, ROW = (6, 7, 4), (9,)


def test_a_layer_stands_in_one_place_only():
    twice = layers.Dense(9)
    with pytest.raises(ValueError, match=r"must be different objects: got Dense\(.*twice"):
        layers.Sequential([twice, layers.ReLU(), twice])


def test_a_layer_stands_in_one_place_only_of_nested_stacks():
    twice = layers.Dense(9)
    with pytest.raises(ValueError, match=r"Dense\("):
        fastcnn.Sequential([twice, layers.Sequential([twice])], input_shape=ROW)


def test_a_layer_stands_in_one_model_only():
    """Its parameters cannot belong to two: the first model must go on as before."""
    shared, x = layers.Dense(9), np.ones((2, 9), dtype=np.float32)
    first = fastcnn.Sequential([shared], input_shape=ROW, rng=0)
    y = first.predict(x[:1])
    with pytest.raises(ValueError, match=r"Dense\("):
        fastcnn.Sequential([shared], input_shape=ROW, rng=1)
    np.testing.assert_array_equal(first.predict(x), y.repeat(2, axis=0))


def test_a_layer_stands_in_one_place_of_a_graph_only():
    shared = layers.Dense(9)
    x = layers.Input(ROW)
    with pytest.raises(ValueError, match=r"layers must be different objects: got Dense\("):
        fastcnn.Model(x, shared(shared(x)), rng=0)
    fastcnn.Model(x, shared(x), rng=0)
    with pytest.raises(ValueError, match=r"a layer stands in one place only: got Dense\("):
        fastcnn.Model(x, shared(x), rng=1)


def test_layers_of_a_model_that_failed_are_free():
    """Who forgot Flatten puts it in and goes on with the same layers."""
    conv, dense = layers.Conv2D(2, 3), layers.Dense(3)
    with pytest.raises(ValueError, match="put Flatten before it"):
        fastcnn.Sequential([conv, dense], input_shape=IMAGE)
    model = fastcnn.Sequential([conv, layers.Flatten(), dense], input_shape=IMAGE)
    assert model.predict(np.ones((1, *IMAGE))).shape == (1, 3)
