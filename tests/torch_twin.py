"""Run by `test_torch` under a Python that has PyTorch: the same network, the same steps.

Reads a description, arrays, images and labels from one .npz file, writes scores, gradients and the
losses of some steps of SGD to another.
"""

import json
import sys

import numpy as np
import torch
from peers.channels_first import channels_first
from peers.torch_network import Network
from torch.nn import functional as F

STEPS, SETTINGS = 20, {"lr": 0.01, "momentum": 0.9, "weight_decay": 1e-4}


def named_gradients(model, nodes):
    """Gradients by the names of the arrays, as channels-first libraries have them."""
    found = {}
    for node, step in zip(nodes, model.steps, strict=True):
        module = step[-1] if isinstance(step, torch.nn.Sequential) else step
        for own, name in node["arrays"].items():
            theirs = {"gamma": "weight", "beta": "bias"}.get(own, own)
            gradient = getattr(module, theirs).grad
            if gradient is not None:
                found[name] = (
                    gradient.T if node["kind"] == "Dense" and own == "weight" else gradient
                )
    return {name: gradient.numpy().copy() for name, gradient in found.items()}


def main(source, target):
    given = np.load(source)
    nodes = json.loads(str(given["nodes"]))
    names = {name for node in nodes for name in node["arrays"].values()}
    arrays = channels_first(nodes, {name: given[name] for name in names})
    model = Network(nodes, {name: torch.from_numpy(array) for name, array in arrays.items()})
    x = torch.from_numpy(given["x"]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(given["labels"])
    model.eval()
    with torch.no_grad():
        results = {"predicted": model(x).numpy().copy()}
    model.train()
    losses = []
    sgd = torch.optim.SGD(model.parameters(), **SETTINGS)
    for step in range(STEPS):
        sgd.zero_grad()
        scores = model(x)
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        if step == 0:
            results["scores"] = scores.detach().numpy().copy()
            results |= {f"d{name}": d for name, d in named_gradients(model, nodes).items()}
        sgd.step()
        losses.append(loss.item())
    np.savez(target, losses=losses, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
