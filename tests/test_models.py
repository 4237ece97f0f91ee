"""Published networks: their sizes, that they learn, and that they can be kept."""

import functools
import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

import fastcnn
from fastcnn import layers, models, optim
from fastcnn.kernels import threads
from fastcnn.layers import initializers

# Published, or counted in the same network of PyTorch; at the sizes that are the default.
PARAMETERS = {
    "alexnet": 50_844_008,
    "all_convolutional": 1_369_738,
    "c3d_small": 1_190_725,
    "densenet121": 7_978_856,
    "densenet169": 14_149_480,
    "densenet_bc100": 769_162,
    "fcn1d": 264_450,
    "generator": 3_576_704,
    "googlenet": 6_998_552,
    "lenet5": 61_706,
    "mobilenet_v1": 4_231_976,
    "mobilenet_v2": 3_504_872,
    "nin": 7_439_608,
    "resnet18": 11_689_512,
    "resnet20": 272_474,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet56": 855_770,
    "resnet101": 44_549_160,
    "resnet110": 1_730_714,
    "squeezenet": 1_235_496,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
}

TINY = {"hidden": (32,), "dropout": 0, "input_shape": (32, 32, 3)}

# What makes a network quick: small images, of which a pixel or a few are left at the end.
SMALL = {
    "alexnet": {"input_shape": (65, 67, 3), "local_response_norm": True, "dropout": 0},
    "all_convolutional": {"input_shape": (12, 10, 3), "dropout": 0},
    "c3d_small": {"input_shape": (8, 16, 16, 3)},
    "densenet121": {"input_shape": (32, 32, 3)},
    "densenet169": {"input_shape": (32, 32, 3)},
    "densenet_bc100": {"input_shape": (16, 16, 3), "dropout": 0},
    "fcn1d": {"input_shape": (20, 3)},
    "generator": {"input_shape": (10,), "filters": 8},
    "googlenet": {"input_shape": (32, 32, 3), "batchnorm": True, "dropout": 0},
    "lenet5": {"input_shape": (12, 12, 3)},
    "mobilenet_v1": {"input_shape": (64, 64, 3), "dropout": 0},
    "mobilenet_v2": {"input_shape": (64, 64, 3), "dropout": 0},
    "nin": {"input_shape": (67, 67, 3), "dropout": 0},
    "resnet18": {"input_shape": (32, 32, 3)},
    "resnet20": {"input_shape": (8, 8, 3)},
    "resnet34": {"input_shape": (32, 32, 3), "preactivation": True},
    "resnet50": {"input_shape": (64, 64, 3)},
    "resnet56": {"input_shape": (8, 8, 3)},
    "resnet101": {"input_shape": (64, 64, 3)},
    "resnet110": {"input_shape": (8, 8, 3), "preactivation": True},
    "squeezenet": {"input_shape": (31, 31, 3), "dropout": 0},
    "vgg11": TINY | {"batchnorm": True},
    "vgg13": TINY,
    "vgg16": TINY | {"batchnorm": True},
    "vgg19": TINY,
}

N, CLASSES, STEPS = 8, 10, 5
each_model = pytest.mark.parametrize("name", models.__all__)


def count(model):
    return sum(parameter.size for parameter in model.parameters.values())


def small(name):
    classes = {} if name == "generator" else {"classes": CLASSES}
    return getattr(models, name)(rng=0, **classes, **SMALL[name])


@functools.cache
def trained(name, n_threads):
    """The small network after some steps on the same batch, its losses and the batch."""
    model = small(name)
    rng = np.random.default_rng(1)
    x, y = rng.random((N, *model.input_shape), np.float32), np.arange(N) % CLASSES
    loss = "softmax_cross_entropy"
    if name == "generator":
        y, loss = rng.random((N, *model.output_shape), np.float32), "mean_squared_error"
    with threads.use_threads(n_threads):
        model.compile(optim.SGD(0.0005, momentum=0.9), loss)
        losses = [model.train_on_batch(x, y) for _ in range(STEPS)]
    return model, losses, x


@pytest.fixture
def quick(monkeypatch):
    """First weights of zeros, for which no memory is taken."""

    def zeros(shape, *_):
        return np.broadcast_to(np.float32(0), shape)

    for name in initializers.INITIALIZERS:
        monkeypatch.setitem(initializers.INITIALIZERS, name, zeros)


@each_model
def test_parameters(name, quick):
    model = getattr(models, name)()
    assert count(model) == PARAMETERS[name]
    told = inspect.getmodule(getattr(models, name)).__doc__, *map(inspect.getdoc, family(name))
    assert any(f"{PARAMETERS[name]:,}" in text for text in told)


def family(name):
    """All functions that stand in the same file."""
    module = inspect.getmodule(getattr(models, name))
    return [getattr(models, each) for each in models.__all__ if hasattr(module, each)]


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda: models.vgg11(10, (32, 32, 3), batchnorm=True, hidden=(512,)), 9_491_018),
        (lambda: models.vgg16(10, (32, 32, 3), batchnorm=True, hidden=()), 14_724_042),
        (lambda: models.googlenet(batchnorm=True), 7_005_832),
        (lambda: models.googlenet(local_response_norm=True), 6_998_552),
        (lambda: models.googlenet(auxiliary=True), 13_378_280),
        (lambda: models.resnet18(preactivation=True), 11_687_720),
        (lambda: models.resnet20(shortcut="A"), 269_722),
        (lambda: models.resnet56(shortcut="A", preactivation=True), 853_018),
        (lambda: models.resnet110(shortcut="A"), 1_727_962),
        (lambda: models.densenet_bc100(100), 800_032),
        (lambda: models.nin(10), 2_015_398),
    ],
    ids=[
        "vgg11",
        "vgg16",
        "googlenet",
        "googlenet-lrn",
        "googlenet-auxiliary",
        "resnet18",
        *"AAA",
        "densenet_bc100",
        "nin",
    ],
)
def test_parameters_of_variants(make, parameters, quick):
    assert count(make()) == parameters


@each_model
def test_learns(name):
    losses = trained(name, 1)[1]
    assert losses[-1] < losses[0]


@each_model
def test_same_bits_for_any_number_of_threads(name):
    (one, losses, _), (two, others, _) = (trained(name, n) for n in (1, 2))
    assert losses == others
    assert one.weights.tobytes() == two.weights.tobytes()


@each_model
def test_saved_and_loaded(name, tmp_path, quick):
    model, _, x = trained(name, 1)
    model.save(tmp_path / "model.safetensors")
    again = fastcnn.load(tmp_path / "model.safetensors")
    assert json.dumps(again.config()) == json.dumps(model.config())
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert again.predict(x[:1]).shape == (1, *model.output_shape)


@each_model
def test_the_documents_list_it(name):
    """Whoever adds a network makes the table anew: `make models`."""
    table = (Path(__file__).parents[1] / "docs" / "models.md").read_text()
    assert re.search(rf"^\| `{name}` \|.*\| {PARAMETERS[name]:,} \|", table, re.M)


def test_seeds():
    one, again, other = (models.resnet20(rng=rng).weights for rng in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.parametrize("depth", [20, 56])
def test_first_scores_have_the_size_of_the_input(depth):
    """Weights as He et al. propose keep the variance, however deep the network is."""
    model = getattr(models, f"resnet{depth}")(rng=0, preactivation=True)
    x = np.random.default_rng(2).normal(size=(8, 32, 32, 3)).astype(np.float32)
    assert 0.1 < model.forward(x, training=True).std() < 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.alexnet(input_shape=(64, 224, 3)), "output size must be >= 1"),
        (lambda: models.vgg11(input_shape=(31, 32, 3)), "output size must be >= 1"),
        (lambda: models.nin(input_shape=(66, 67, 3)), "output size must be >= 1"),
        (lambda: models.densenet121(input_shape=(28, 29, 3)), "output size must be >= 1"),
        (lambda: models.densenet_bc100(input_shape=(3, 4, 3)), "output size must be >= 1"),
        (lambda: models.all_convolutional(input_shape=(8, 9, 3)), "output size must be >= 1"),
        (lambda: models.squeezenet(input_shape=(30, 31, 3)), "output size must be >= 1"),
        (lambda: models.c3d_small(input_shape=(4, 7, 8, 3)), "output size must be >= 1"),
        (lambda: models.fcn1d(input_shape=(20, 20, 1)), r"Conv1D needs input \(w, c\)"),
        (lambda: models.resnet20(shortcut="C"), r"one of \['A', 'B'\]: got 'C'"),
        (lambda: models.resnet18(classes=0), "units must be >= 1: got 0"),
        (lambda: models.squeezenet(classes=0), "filters must be >= 1: got 0"),
        (lambda: models.googlenet(10, (64, 65, 3), auxiliary=True), "output size must be >= 1"),
        (lambda: models.googlenet(dropout=1), r"rate must be in \[0, 1\): got 1"),
        (lambda: models.all_convolutional(dropout=1), r"rate must be in \[0, 1\): got 1"),
    ],
)
def test_wrong(call, message, quick):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_smallest_images(quick):
    """One pixel less on any side is refused, as the test above shows for the height."""
    for name, size in {"vgg11": 32, "densenet121": 29, "densenet_bc100": 4}.items():
        assert getattr(models, name)(input_shape=(size, size, 3)).input_shape[0] == size
    for name in ("resnet18", "resnet20", "googlenet", "mobilenet_v1"):
        model = getattr(models, name)(classes=2, input_shape=(1, 1, 3))
        assert isinstance(model.layers[-1], layers.Dense)
