"""Networks against the same networks in PyTorch: scores, gradients, and the losses of 20 steps.

PyTorch runs in a process of its own, under FASTCNN_PEER_PYTHON or this Python. It computes in
float64, and that is the truth here: all distance from it is ours.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import fastcnn
from fastcnn import layers, models, optim

FOLDER = Path(__file__).parent
PYTHON = os.environ.get("FASTCNN_PEER_PYTHON", sys.executable)

STEPS, MOMENTUM, WEIGHT_DECAY = 20, 0.9, 0.01
CLASSES = 10

#: Rounding to float32 changes a number by this share of it at most.
U = 2.0**-24

#: Share of the first loss by which others may differ: each step makes the distance grow. PyTorch's
#: own float32 is up to 4e-5 away from its float64.
CURVE = 1e-3

#: Gradients come of four sums in each layer: one forward, two backward, one to normalise. Errors on
#: that way grow: two times as much is allowed again.
GRADIENT = 4

#: So many networks and batches are tried until one agrees in all its gradients.
TRIES = 5

TINY, SMALL, MIDDLE, LARGE = ({"input_shape": (size, size, 3)} for size in (16, 32, 64, 96))

# Name, samples, learning rate, settings of both networks, settings that only ours needs.
NETWORKS = [
    ("lenet5", 4, 1e-4, {}, {}),
    ("lenet5", 4, 0.1, {"variant": "classic"}, {}),
    ("alexnet", 2, 1e-6, {}, LARGE),
    ("alexnet", 2, 1e-5, {"local_response_norm": True}, LARGE),
    ("vgg11", 2, 1e-5, {"hidden": [512]}, SMALL),
    ("vgg11", 4, 1e-4, {"hidden": [], "batchnorm": True}, SMALL),
    ("vgg13", 2, 1e-4, {"hidden": [], "batchnorm": True}, SMALL),
    ("vgg16", 2, 1e-4, {"hidden": [], "batchnorm": True}, SMALL),
    ("vgg19", 2, 1e-5, {"hidden": [], "batchnorm": True}, SMALL),
    ("nin", 2, 1e-4, {}, LARGE),
    ("googlenet", 2, 1e-5, {"local_response_norm": True}, MIDDLE),
    ("googlenet", 4, 1e-4, {"batchnorm": True}, MIDDLE),
    ("googlenet", 2, 1e-5, {"auxiliary": True}, LARGE),
    ("resnet20", 4, 1e-4, {}, SMALL),
    ("resnet20", 4, 1e-4, {"preactivation": True}, SMALL),
    ("resnet56", 2, 1e-4, {}, TINY),
    ("resnet110", 2, 1e-4, {"preactivation": True}, TINY),
    ("resnet18", 2, 1e-4, {}, MIDDLE),
    ("resnet18", 2, 1e-4, {"preactivation": True}, MIDDLE),
    ("resnet34", 2, 1e-5, {}, MIDDLE),
    ("resnet50", 2, 1e-5, {}, MIDDLE),
    ("resnet50", 2, 1e-5, {"preactivation": True}, MIDDLE),
    ("resnet101", 2, 1e-5, {}, MIDDLE),
    ("densenet121", 2, 1e-4, {}, MIDDLE),
    ("densenet169", 2, 1e-4, {}, MIDDLE),
    ("densenet_bc100", 2, 1e-4, {}, SMALL),
    ("all_convolutional", 2, 1e-4, {}, SMALL),
    ("squeezenet", 2, 1e-4, {}, MIDDLE),
    ("mobilenet_v1", 4, 1e-4, {}, MIDDLE),
    ("mobilenet_v2", 4, 1e-4, {}, MIDDLE),
    ("fcn1d", 4, 1e-3, {}, {"input_shape": (50, 3)}),
    ("c3d_small", 2, 1e-4, {}, {"input_shape": (8, 32, 32, 3)}),
    ("generator", 4, 1e-2, {"filters": 16}, {"input_shape": (20,)}),
]
STRICT = ("lenet5", "vgg11", "googlenet", "resnet20")
CASES = [
    pytest.param(precision, *network, id="-".join([precision, network[0], *network[3]]))
    for precision in ("fast", "strict")
    for network in NETWORKS
    if precision == "fast" or network[0] in STRICT
]


@pytest.fixture(scope="module")
def pytorch():
    """Ask PyTorch for all results: a dict of arrays for a dict of arrays."""
    known = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    if subprocess.run([PYTHON, "-c", known], check=False).returncode != 0:
        pytest.skip(f"PyTorch is not installed for {PYTHON} (set FASTCNN_PEER_PYTHON)")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([PYTHON, FOLDER / "torch_twin.py"], **pipes) as process:

        def ask(arrays):
            with TemporaryDirectory() as folder:
                np.savez(Path(folder) / "in.npz", **arrays)
                print(folder, file=process.stdin, flush=True)
                assert process.stdout.readline() == "done\n", "PyTorch failed: see its message"
                with np.load(Path(folder) / "out.npz") as results:
                    return dict(results)

        yield ask


@pytest.fixture
def precision(request):
    fastcnn.precision(request.param)
    yield
    fastcnn.precision("fast")


def build(name, settings, rng):
    """A network as it is after some training, not as it begins, and without dropout.

    Batch normalisation shifts by three standard deviations. So few activations stand at ReLU's
    corner; it cuts off one in 700, and a deep network does not make much of rounding errors.
    """
    classes = {} if name == "generator" else {"classes": CLASSES}
    model = getattr(models, name)(**classes, **settings, rng=rng)
    for layer in model.root.walk():
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    for each, parameter in {**model.parameters, **model.state}.items():
        if len(parameter.shape) == 1:
            shift = 3 if each.endswith("beta") else 0
            parameter.value = parameter.value + shift + rng.uniform(-0.1, 0.1, parameter.shape)
    return model


def compute(model, x, target, lr):
    """Predictions; scores and statistics of a step of training, its gradients; some losses."""
    weights, statistics = list(model.parameters.values()), list(model.state.values())
    before = [each.value for each in statistics]
    results = {"predicted": model.predict(x), "scores": model.forward(x, training=True)}
    results |= {f"s{k}": each.value for k, each in enumerate(statistics)}
    for each, value in zip(statistics, before, strict=True):
        each.value = value
    loss = "softmax_cross_entropy" if target.ndim == 1 else "mean_squared_error"
    model.compile(optim.SGD(lr, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, decay="all"), loss)
    losses = [model.train_on_batch(x, target)]
    results |= {f"dw{k}": each.grad for k, each in enumerate(weights)}
    losses += [model.train_on_batch(x, target) for _ in range(STEPS - 1)]
    return results | {"losses": np.array(losses)}


def given(name, model, x, target, settings, lr):
    """What PyTorch must know."""
    weights = {f"w{k}": each.value for k, each in enumerate(model.parameters.values())}
    statistics = {f"s{k}": each.value for k, each in enumerate(model.state.values())}
    sgd = {"lr": lr, "momentum": MOMENTUM, "weight_decay": WEIGHT_DECAY}
    how = {"name": name, "settings": settings, "sgd": sgd, "steps": STEPS}
    how |= {"weights": len(weights), "statistics": len(statistics)}
    return {"how": json.dumps(how), "x": x, "target": target, **weights, **statistics}


def distances(results, truth):
    """How far each array is from the truth, as a share of its size.

    A gradient that happens to vanish, such as that of a shift before another normalisation, is
    measured by the mean square of all gradients.
    """
    assert results.keys() == truth.keys()
    gradients = [array for what, array in truth.items() if what.startswith("dw")]
    mean = sum(np.vdot(d, d) for d in gradients) / sum(d.size for d in gradients)
    found = {}
    for what, true in truth.items():
        least = math.sqrt(mean * true.size) if what.startswith("dw") else 0.0
        found[what] = np.linalg.norm(results[what] - true) / max(np.linalg.norm(true), least)
    return found


def tolerance(model):
    """Twice what rounding errors add up to as a random walk over K products in each layer."""
    shapes = [each.shape for each in model.parameters.values() if len(each.shape) > 1]
    k = max(math.prod(shape[:-1]) for shape in shapes)
    return 2 * U * math.sqrt(k * len(shapes))


def test_all_networks_are_here():
    assert {name for name, *_ in NETWORKS} == set(models.__all__)


@pytest.mark.timeout(1800)  # of all the tests, this one has to be patient on a busy machine
@pytest.mark.parametrize(
    ("precision", "name", "n", "lr", "settings", "own"), CASES, indirect=["precision"]
)
def test_agrees_with_pytorch(precision, name, n, lr, settings, own, pytorch):
    """Outputs agree always; gradients and what follows from them unless rounding has decided
    whether an activation passes ReLU, or which of two wins a maximum. That makes a jump, in some
    batches; a fault shows in all.
    """
    for seed in range(TRIES):
        rng = np.random.default_rng(seed)
        model = build(name, settings | own, rng)
        x = rng.standard_normal((n, *model.input_shape), dtype=np.float32)
        target = rng.integers(0, CLASSES, n)
        if name == "generator":
            target = rng.uniform(-1, 1, (n, *model.output_shape)).astype(np.float32)
        truth = pytorch(given(name, model, x, target, settings, lr))
        results = compute(model, x, target, lr)
        own_losses, losses = results.pop("losses"), truth.pop("losses")
        limit = tolerance(model)
        factor = {what: GRADIENT if what.startswith("dw") else 1 for what in truth}
        found = distances(results, truth)
        wrong = {what: d for what, d in found.items() if not d <= factor[what] * limit}
        assert all(what.startswith("dw") for what in wrong), f"{wrong}, limit {limit:.1e}"
        if not wrong:
            assert abs(losses[-1] - losses[0]) > 20 * CURVE * losses[0], "nothing is learned"
            np.testing.assert_allclose(own_losses, losses, rtol=0, atol=CURVE * losses[0])
            return
    pytest.fail(f"gradients differ in {TRIES} batches; in the last {wrong}, limit {limit:.1e}")
