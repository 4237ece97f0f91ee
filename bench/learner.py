"""LeNet-5 on MNIST by fastcnn: ``python -m learner FOLDER SEED`` trains and prints a line of JSON.

The folder is what `mnist` has written: arrays, first weights and the recipe, the same for PyTorch
(`peers.torch_learner`).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from network import describe

from fastcnn import models, optim, schedules


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    recipe = json.loads((folder / "recipe.json").read_text())
    arrays = dict(np.load(folder / "arrays.npz"))
    model = models.lenet5(rng=seed)
    for name, parameter in describe(model)[1].items():
        parameter.value = arrays[name]
    sgd = optim.SGD(
        schedules.cosine(recipe["lr"]),
        momentum=recipe["momentum"],
        weight_decay=recipe["weight_decay"],
        decay="all",
    )
    sizes = {"epochs": recipe["epochs"], "batch_size": recipe["batch_size"]}
    start = time.perf_counter()
    model.fit(arrays["x"], arrays["y"], optimizer=sgd, rng=seed, progress=False, **sizes)
    seconds = time.perf_counter() - start
    accuracy = model.evaluate(arrays["x_test"], arrays["y_test"])["accuracy"]
    print(json.dumps({"seconds": seconds, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
