"""The architecture of a model as plain data, and back."""

import json
import re

import numpy as np
import pytest

import fastcnn
from fastcnn import layers, models


def nested():
    return fastcnn.Sequential(
        [
            layers.Conv2D(3, 3, padding="same"),
            layers.Sequential([layers.BatchNorm(), layers.Sequential([layers.MaxPool2D(2)])]),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(4),
        ],
        input_shape=(9, 8, 2),
        rng=0,
    )


def shapes(model):
    return {name: p.shape for name, p in {**model.parameters, **model.state}.items()}


def graph():
    x = layers.Input((8, 8, 3))
    y = layers.Residual([layers.Conv2D(3, 3, padding="same"), layers.BatchNorm()])(x)
    z = layers.Concat([[layers.Conv2D(2, 1)], [], [layers.MaxPool2D(3, 1, 1)]])(y)
    y = layers.Concatenate()(x, z, layers.Add()(x, y))
    return fastcnn.Model(x, layers.Dense(5)(layers.GlobalAvgPool2D()(y)), rng=0)


@pytest.mark.parametrize("make", [nested, graph, models.lenet5])
def test_back_and_forth(make):
    model = make()
    text = json.dumps(model.config())
    again = fastcnn.from_config(json.loads(text))
    assert json.dumps(again.config()) == text
    assert shapes(again) == shapes(model)
    assert repr(again.layers) == repr(model.layers)
    assert type(again) is type(model)


def test_what_it_holds():
    model = fastcnn.Sequential(
        [
            layers.Sequential([layers.BatchNorm(), layers.Sequential([layers.MaxPool2D(2, 3)])]),
            layers.Flatten(),
            layers.Dense(4),
        ],
        input_shape=(9, 8, 2),
    )
    window = {"size": [2, 2], "stride": [3, 3], "padding": "valid", "ceil_mode": False}
    pool = {"class": "MaxPool2D", **window}
    batchnorm = {"class": "BatchNorm", "momentum": 0.1, "eps": 1e-5, "frozen": False}
    assert model.config() == {
        "class": "Sequential",
        "input_shape": [9, 8, 2],
        "layers": [
            {
                "class": "Sequential",
                "layers": [batchnorm, {"class": "Sequential", "layers": [pool]}],
            },
            {"class": "Flatten"},
            {"class": "Dense", "units": 4, "bias": True, "initializer": "he"},
        ],
    }


def test_the_configuration_given_stays_as_it_is():
    config = nested().config()
    text = json.dumps(config)
    fastcnn.from_config(config)
    assert json.dumps(config) == text


class Network(fastcnn.Sequential):
    """A user's own name for a stack."""


@pytest.mark.parametrize("kind", [fastcnn.Sequential, Network])
def test_what_can_be_saved_can_be_loaded(kind, tmp_path):
    model = kind([layers.Dense(3), layers.ReLU()], input_shape=(4,), rng=0)
    model.save(tmp_path / "model.safetensors")
    again = fastcnn.load(tmp_path / "model.safetensors")
    x = np.ones((2, 4))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


DENSE = {"class": "Dense", "units": 3}
WRONG = [
    ({"class": "Functional"}, "class must be one of ['Model', 'Sequential']: got 'Functional'"),
    ({"layers": [{"class": "Conv4D"}]}, "class must be a known layer, such as Conv3D, Conv2D"),
    ({"layers": [{"class": "Conv4D"}]}, "got 'Conv4D'"),
    ({"layers": [{"class": ["Dense"]}]}, "got ['Dense']"),
    ({"layers": [{"class": "Layer"}]}, "got 'Layer'"),  # nothing that could compute
    ({"layers": [{"units": 3}]}, "got None"),
    ({"layers": [{"class": "Dense", "units": -3}]}, "units must be >= 1: got -3"),
    ({"layers": [{**DENSE, "colour": 1}]}, "colour"),
    ({"layers": [{"class": "Dense"}]}, "units"),
    ({"input_shape": [0]}, "input_shape must be >= 1: got 0"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong(change, message):
    config = fastcnn.Sequential([layers.Dense(3)], input_shape=(4,)).config()
    with pytest.raises(ValueError, match=re.escape(message)):
        fastcnn.from_config({**config, **change})


@pytest.mark.parametrize("missing", ["class", "layers", "input_shape"])
def test_incomplete(missing):
    config = fastcnn.Sequential([layers.Dense(3)], input_shape=(4,)).config()
    del config[missing]
    with pytest.raises(ValueError, match=missing):
        fastcnn.from_config(config)
