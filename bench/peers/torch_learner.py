"""What `learner` does, by eager PyTorch: ``python -m peers.torch_learner FOLDER SEED LAYOUT``.

All images are one tensor in memory, from which batches are picked by a random order: no loader's
overhead, and the fused optimizer.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from .channels_first import channels_first
from .torch_network import Network

LAYOUTS = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}


def main() -> None:
    folder, seed, layout = Path(sys.argv[1]), int(sys.argv[2]), LAYOUTS[sys.argv[3]]
    recipe = json.loads((folder / "recipe.json").read_text())
    arrays = dict(np.load(folder / "arrays.npz"))
    torch.manual_seed(seed)
    nodes = recipe["nodes"]
    first = channels_first(nodes, arrays)
    model = Network(nodes, {name: torch.from_numpy(array) for name, array in first.items()})
    model = model.to(memory_format=layout)
    settings = {name: recipe[name] for name in ("lr", "momentum", "weight_decay")}
    sgd = torch.optim.SGD(model.parameters(), **settings, fused=True)
    size, epochs = recipe["batch_size"], recipe["epochs"]

    start = time.perf_counter()
    x, y = images(arrays["x"], layout), torch.from_numpy(arrays["y"])
    batches = -(-len(x) // size)
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        total = torch.zeros(())
        for batch in range(batches):
            chosen = order[batch * size : (batch + 1) * size]
            done = (epoch * batches + batch) / (epochs * batches)
            sgd.param_groups[0]["lr"] = recipe["lr"] * (1 + math.cos(math.pi * done)) / 2
            sgd.zero_grad()
            loss = F.cross_entropy(model(x[chosen]), y[chosen])
            loss.backward()
            sgd.step()
            total += loss.detach()
    seconds = time.perf_counter() - start

    model.eval()
    with torch.no_grad():
        scores = model(images(arrays["x_test"], layout))
    right = scores.argmax(1) == torch.from_numpy(arrays["y_test"])
    print(json.dumps({"seconds": seconds, "accuracy": right.float().mean().item()}))


def images(pixels: np.ndarray, layout: torch.memory_format) -> torch.Tensor:
    """Bytes (n, h, w, c) as numbers (n, c, h, w) in [0, 1]."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32) / 255
    return x.contiguous(memory_format=layout)


if __name__ == "__main__":
    main()
