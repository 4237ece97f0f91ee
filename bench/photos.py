"""Training on photos that do not fit into memory: ``python bench/photos.py``, some minutes.

Photos of four classes are made of noise and a tint, 1024x768 JPEG, and kept in a folder. A process
that is given less memory than they take, as files or decoded, learns to tell the classes apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from fastcnn import Sequential, data, layers, optim

TINTS = {"blue": (0, 0, 60), "green": (0, 60, 0), "grey": (20, 20, 20), "red": (60, 0, 0)}
SIZE = (128, 128)


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


def train(folder: Path) -> dict[str, float]:
    """One epoch on nine tenths of the folder, and how many of the rest are recognised."""
    photos = data.ImageFolder(folder, size=SIZE)
    training, held_out = data.split(photos, share=0.1, rng=0)
    loader = data.Loader(training, batch_size=32, rng=0, augment=data.Flip())
    model = Sequential(
        [
            *[layers.Conv2D(16, 3, stride=2, bias=False), layers.BatchNorm(), layers.ReLU()],
            *[layers.Conv2D(32, 3, stride=2, bias=False), layers.BatchNorm(), layers.ReLU()],
            *[layers.GlobalAvgPool2D(), layers.Dense(len(photos.classes))],
        ],
        input_shape=photos.shape,
        rng=0,
    )
    history = model.fit(loader, optimizer=optim.SGD(0.05, momentum=0.9))
    seconds = history.epochs[0]["seconds"]
    return {
        "trained on": len(training),
        "seconds": seconds,
        "share waited": loader.waited / seconds,
        "accuracy": model.evaluate(held_out, batch_size=32)["accuracy"],
        "resident at most, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def main() -> None:
    """Make the photos, then train in a process of little memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/photos"))
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--memory", type=int, default=320, metavar="MB", help="RLIMIT_DATA")
    parser.add_argument("--train", action="store_true", help="train here, without a limit")
    arguments = parser.parse_args()
    if arguments.train:
        print(json.dumps(train(arguments.folder)))
        return
    make(arguments.folder, arguments.count)
    files = sum(path.stat().st_size for path in arguments.folder.rglob("*.jpg")) / 1e6
    floats = arguments.count * SIZE[0] * SIZE[1] * 3 * 4 / 1e6
    print(f"{arguments.count} photos: {files:.0f} MB of files, {floats:.0f} MB as float32")
    limit = arguments.memory * 1_000_000
    if min(files, floats) < arguments.memory:
        sys.exit(f"they would fit into {arguments.memory} MB")
    command = [sys.executable, __file__, "--train", "--folder", arguments.folder]
    result = subprocess.run(
        command,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
        stdout=subprocess.PIPE,
        check=True,
    )
    facts = {f"memory given, {arguments.memory} MB": "enough", **json.loads(result.stdout)}
    for name, value in facts.items():
        print(f"{name:24} {value if isinstance(value, str) else f'{value:.4g}'}")
    sys.exit(facts["accuracy"] < 0.9 and "it has not learned")


if __name__ == "__main__":
    main()
