"""LeNet-5 on MNIST: ``python bench/mnist.py --peer-python PYTHON --out docs/mnist.md``.

Whole trainings by fastcnn and by PyTorch, eager, in turns, each in a process of its own: the same
first weights, the same recipe, orders of their own. The time is that of all epochs; the accuracy,
on the 10,000 test images, is not part of it. PyTorch has its images in one tensor, the fused
optimizer and huge pages.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from harness import FOLDER, machine
from network import describe
from report import OWN, PYTORCH, head, line, times
from table import add_peer_python

from fastcnn import data, get_num_threads, models

RECIPE = {"epochs": 5, "batch_size": 64, "lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
ROUNDS = 3


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_peer_python(parser)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns (default: {ROUNDS})")
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown (default: stdout)")
    return parser.parse_args()


def write(folder: Path) -> None:
    """What all contestants start from."""
    (x, y), (x_test, y_test) = data.mnist()
    nodes, first = describe(models.lenet5(rng=0))
    arrays = {name: parameter.value for name, parameter in first.items()}
    np.savez(folder / "arrays.npz", x=x, y=y, x_test=x_test, y_test=y_test, **arrays)
    (folder / "recipe.json").write_text(json.dumps({**RECIPE, "nodes": nodes}))


def train(command: list[str], threads: int) -> dict[str, Any]:
    """Run one training in a process of its own."""
    path = os.pathsep.join(filter(None, (str(FOLDER), os.environ.get("PYTHONPATH"))))
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": path,
        "THP_MEM_ALLOC_ENABLE": "1",
    }
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def measure(options: argparse.Namespace) -> str:
    """Train all in turns; the table."""
    threads = get_num_threads()
    ways: dict[str, list[dict[str, Any]]] = {
        OWN: [],
        f"{PYTORCH} (NCHW)": [],
        f"{PYTORCH} (channels-last)": [],
    }
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        for seed in range(options.rounds):
            for way, found in ways.items():
                print(f"seed {seed}: {way}", file=sys.stderr, flush=True)
                python, module = sys.executable, ["learner"]
                if way != OWN:
                    python, module = options.peer_python, ["peers.torch_learner"]
                layout = [way.partition("(")[2].rstrip(")")] * (way != OWN)
                found.append(train([python, "-m", *module, name, str(seed), *layout], threads))
    seconds = {way: min(each["seconds"] for each in found) for way, found in ways.items()}
    lines = [head("training | seconds | times fastcnn's | test accuracy, seed by seed")]
    for way, found in ways.items():
        accuracies = ", ".join(f"{each['accuracy']:.2%}" for each in found)
        ratio = times(seconds[way] / seconds[OWN])
        lines.append(line(way, f"{seconds[way]:.2f}", ratio, accuracies))
    here = machine(threads)
    rounds = f" --rounds {options.rounds}" * (options.rounds != ROUNDS)
    words = {name.replace("_", " "): value for name, value in RECIPE.items()}
    parts = [
        "# MNIST",
        f"- Made by `python bench/mnist.py --peer-python PYTHON{rounds}` on {here['date']}.\n"
        f"- Machine: {here['cpu']}, {here['cpus']} CPUs, {here['system']}; {threads} threads.\n"
        f"- Recipe: {', '.join(f'{name} {value}' for name, value in words.items())}; the learning "
        "rate falls to 0 along half a cosine.",
        __doc__.partition("\n\n")[2],
        "\n".join(lines),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main() -> None:
    options = arguments()
    text = measure(options)
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
