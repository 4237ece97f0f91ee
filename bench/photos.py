"""Training on photos that do not fit into memory: ``python bench/photos.py``, some minutes.

Photos of four classes are made of noise and a tint, 1024x768 JPEG, and kept in a folder. A process
that is given less memory than they take, as files or decoded, learns to tell the classes apart:
``fastcnn train lenet5 --data FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

TINTS = {"blue": (0, 0, 60), "green": (0, 60, 0), "grey": (20, 20, 20), "red": (60, 0, 0)}
SIZE = 64
MACHINE = ["--threads", "2", "--json"]  # what memory is needed does not depend on the machine


def make(folder: Path, count: int) -> None:
    """Photos up to the number `count`; what is there already stays."""
    for name in TINTS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = list(TINTS)[number % len(TINTS)]
        path = folder / name / f"{number:06}.jpg"
        if path.exists():
            continue
        rng = np.random.default_rng(number)
        coarse = Image.fromarray(rng.integers(0, 190, (24, 32, 3), np.uint8))
        smooth = np.asarray(coarse.resize((1024, 768), Image.Resampling.BICUBIC), np.int16)
        grain = rng.integers(-8, 9, (768, 1024, 1), np.int16)
        photo = (smooth + grain + np.array(TINTS[name], np.int16)).clip(0, 255)
        part = path.with_suffix(".part")
        Image.fromarray(photo.astype(np.uint8)).save(part, "JPEG", quality=85)
        part.replace(path)


def train(folder: Path, memory: int) -> dict[str, Any]:
    """What ``fastcnn train`` says, in a process of so many bytes for its data."""
    options = ["--size", str(SIZE), "--batch-size", "32", "--epochs", "1", "--augment"]
    options += ["--optimizer", "adam", "--lr", "0.001"]
    result = subprocess.run(
        [sys.executable, "-m", "fastcnn", "train", "lenet5", "--data", folder, *options, *MACHINE],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(result.stdout)


def main() -> None:
    """Make the photos, then train in a process of little memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/photos"))
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--memory", type=int, default=400, metavar="MB", help="RLIMIT_DATA")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.count)
    files = sum(path.stat().st_size for path in arguments.folder.rglob("*.jpg")) / 1e6
    pixels = arguments.count * 1024 * 768 * 3 / 1e6
    print(f"{arguments.count} photos: {files:.0f} MB of files, {pixels:.0f} MB of pixels")
    if files < arguments.memory:
        sys.exit(f"they would fit into {arguments.memory} MB")
    facts = train(arguments.folder, arguments.memory * 1_000_000)
    resident = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    accuracy, seconds = facts["test"]["accuracy"], facts["epochs"][0]["seconds"]
    print(f"{arguments.memory} MB for data are enough; {resident:.0f} MB resident at most")
    print(f"one epoch in {seconds:.0f} s; {accuracy:.1%} of those held out are recognised")
    sys.exit(accuracy < 0.9 and "it has not learned")


if __name__ == "__main__":
    main()
