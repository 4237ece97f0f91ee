"""Run by `test_torch` under a Python that has PyTorch: the same networks, the same steps.

For each folder named on standard input, reads a network, its weights and a batch from ``in.npz``
and writes scores, gradients, statistics and the losses of some steps of SGD, computed in float64,
to ``out.npz``; then says so by a line.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torch_networks
from torch.nn import functional as F


def channels_first(array):
    """Weights (..., ic, oc) as PyTorch has them, (oc, ic, ...)."""
    tensor = torch.from_numpy(array)
    return tensor.movedim((-1, -2), (0, 1)) if tensor.ndim > 1 else tensor


def channels_last(tensor):
    """The way back."""
    tensor = tensor.detach()
    tensor = tensor.movedim((0, 1), (-1, -2)) if tensor.ndim > 1 else tensor
    return tensor.numpy().copy()


def load(tensors, arrays):
    """Copy arrays into tensors of the same shapes."""
    for tensor, array in zip(tensors, arrays, strict=True):
        source = channels_first(array)
        if tensor.shape != source.shape:
            raise ValueError(f"PyTorch has {tuple(tensor.shape)}, fastcnn {tuple(source.shape)}")
        tensor.data.copy_(source)


def train(given):
    """What the network predicts, and what comes of training it on one batch again and again."""
    how = json.loads(str(given["how"]))
    x = torch.from_numpy(given["x"]).movedim(-1, 1).double()
    target, goal = torch.from_numpy(given["target"]), F.cross_entropy
    if target.ndim > 1:
        target, goal = target.movedim(-1, 1).double(), F.mse_loss
    model = getattr(torch_networks, how["name"])(**how["settings"]).double().eval()
    with torch.no_grad():
        model(x)  # makes the parameters
    weights = list(model.parameters())
    statistics = [buffer for buffer in model.buffers() if buffer.ndim]
    load(weights, [given[f"w{k}"] for k in range(how["weights"])])
    load(statistics, [given[f"s{k}"] for k in range(how["statistics"])])
    with torch.no_grad():
        results = {"predicted": model(x).movedim(1, -1).numpy()}
    model.train()
    losses = []
    sgd = torch.optim.SGD(weights, **how["sgd"])
    for step in range(how["steps"]):
        sgd.zero_grad()
        scores = model(x)
        loss = goal(scores, target)
        for side in model.modules():
            if isinstance(side, torch_networks.Side):
                loss = loss + side.weight * goal(side.scores, target)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            results["scores"] = scores.detach().movedim(1, -1).numpy()
            results |= {f"dw{k}": channels_last(each.grad) for k, each in enumerate(weights)}
            results |= {f"s{k}": each.numpy().copy() for k, each in enumerate(statistics)}
        sgd.step()
    return results | {"losses": np.array(losses)}


def main():
    warnings.simplefilter("ignore")  # of lazy modules, and of even windows
    torch.set_flush_denormal(True)  # they take a hundred times as long
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        with np.load(folder / "in.npz") as source:
            given = dict(source)
        np.savez(folder / "out.npz", **train(given))
        print("done", flush=True)


if __name__ == "__main__":
    main()
