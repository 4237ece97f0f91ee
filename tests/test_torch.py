"""Networks against the same networks in PyTorch: scores, gradients, and the losses of 20 steps.

PyTorch runs in a process of its own, under FASTCNN_PEER_PYTHON or this Python.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from network import describe
from peers.channels_first import channels_first
from torch_networks import NETWORKS

from fastcnn import models, optim

FOLDER = Path(__file__).parent
PYTHON = os.environ.get("FASTCNN_PEER_PYTHON", sys.executable)

SEED = 120
STEPS, LR, MOMENTUM, WEIGHT_DECAY = 20, 0.01, 0.9, 1e-4


@cache
def has_torch():
    done = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture(autouse=True)
def torch_or_skip():
    if not has_torch():
        pytest.skip(f"PyTorch is not installed for {PYTHON} (set FASTCNN_PEER_PYTHON)")


def without_dropout(model):
    """Dropout draws other elements than PyTorch's does."""
    for layer in model.root.walk():
        if hasattr(layer, "rate"):
            layer.rate = 0.0


def both(name, n, settings, tmp_path):
    """What fastcnn computes, and what PyTorch does."""
    model = getattr(models, name)(**settings, rng=SEED)
    without_dropout(model)
    nodes, parameters = describe(model)
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((n, *model.input_shape), dtype=np.float32)
    labels = rng.integers(0, model.output_shape[0], n)
    arrays = {name: parameter.value for name, parameter in parameters.items()}
    np.savez(tmp_path / "in.npz", nodes=json.dumps(nodes), x=x, labels=labels, **arrays)
    command = [PYTHON, FOLDER / "torch_twin.py", tmp_path / "in.npz", tmp_path / "out.npz"]
    path = os.pathsep.join([str(FOLDER.parent / "bench"), str(FOLDER)])
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})
    own = {"predicted": model.predict(x)}
    own["scores"] = model.forward(x, training=True)
    sgd = optim.SGD(LR, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    for each, parameter in parameters.items():  # a forward pass moves the running statistics
        parameter.value = arrays[each]
    model.compile(sgd)
    own["losses"] = [model.train_on_batch(x, labels)]
    trained = {name for name in parameters if not name.startswith(("mean", "var"))}
    gradients = {n: parameters[n].grad if n in trained else arrays[n] for n in parameters}
    first = channels_first(nodes, gradients)
    own |= {f"d{name}": first[name] for name in trained}
    own["losses"] += [model.train_on_batch(x, labels) for _ in range(STEPS - 1)]
    return own, np.load(tmp_path / "out.npz")


@pytest.mark.parametrize(("name", "n", "settings"), NETWORKS, ids=str)
def test_agrees_with_pytorch(name, n, settings, tmp_path):
    own, theirs = both(name, n, settings, tmp_path)
    assert own.keys() == set(theirs.files)
    losses = theirs["losses"]
    np.testing.assert_allclose(own.pop("losses"), losses, rtol=2e-3, atol=2e-3 * losses[0])
    for what, got in own.items():
        expected = theirs[what]
        # Each number went through as many sums as there are layers, each of many terms.
        np.testing.assert_allclose(
            got, expected, rtol=0, atol=1e-4 * np.abs(expected).max() + 1e-7, err_msg=what
        )
