"""CIFAR-10, learned with one command: ``python bench/cifar10.py --out docs/cifar10.md``.

Runs the command that the page shows, and writes down what came of it: the accuracy after every
epoch, the curve and the time.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import machine
from report import head, line

from fastcnn import get_num_threads

COMMAND = "fastcnn train resnet20 --data cifar10 --augment --epochs 12"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="Markdown")
    return parser.parse_args()


def run(command: str) -> None:
    """A command of fastcnn, by this Python."""
    _, *words = shlex.split(command)
    subprocess.run([sys.executable, "-m", "fastcnn", *words], stdout=sys.stderr, check=True)


def learn(curves: Path) -> tuple[list[dict[str, str]], float]:
    """Train, and draw the curves; the numbers of all epochs, and the seconds of it all."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name, "log.csv")
        start = time.perf_counter()
        run(f"{COMMAND} --log {log}")
        seconds = time.perf_counter() - start
        run(f"fastcnn plot curves {log} --out {curves} --overwrite")
        with log.open(newline="") as table:
            return list(csv.DictReader(table)), seconds


def page(epochs: list[dict[str, str]], seconds: float, curves: str) -> str:
    here, threads = machine(get_num_threads()), get_num_threads()
    lines = [head("epoch | loss | accuracy | test loss | test accuracy | seconds")]
    for each in epochs:
        losses = [f"{float(each[name]):.3f}" for name in ("loss", "val_loss")]
        shares = [f"{float(each[name]):.2%}" for name in ("accuracy", "val_accuracy")]
        cells = [losses[0], shares[0], losses[1], shares[1], f"{float(each['seconds']):.1f}"]
        lines.append(line(each["epoch"], *cells))
    parts = [
        "# CIFAR-10",
        "50,000 photographs of 32x32 pixels in 10 classes, learned by ResNet-20 (He et al., 2016, "
        "section 4.2) with one command:",
        f"```sh\n{COMMAND} --log cifar10.csv\nfastcnn plot curves cifar10.csv --out cifar10.png\n"
        "```",
        f"{float(epochs[-1]['val_accuracy']):.2%} of the 10,000 test images are recognised after "
        f"{len(epochs)} epochs; it took {seconds / 60:.1f} minutes, reading the data and measuring "
        "after every epoch included. Images are shifted by up to 4 pixels and half of them are "
        "mirrored; the learning rate falls to 0 along half a cosine.",
        f"![loss and accuracy of every epoch]({curves})",
        "\n".join(lines),
        f"- Made by `python bench/cifar10.py --out docs/cifar10.md` on {here['date']}.\n"
        f"- Machine: {here['cpu']}, {here['cpus']} CPUs, {here['system']}; {threads} threads.",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    out = arguments().out
    curves = out.with_suffix(".png")
    epochs, seconds = learn(curves)
    out.write_text(page(epochs, seconds, curves.name))


if __name__ == "__main__":
    main()
