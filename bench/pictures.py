"""The pictures of the documents: ``python bench/pictures.py --out docs/pictures``.

Trains a small network on the digits in the package, for some seconds, and draws with each function
of `fastcnn.plot` what it is for.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import cbook, pyplot
from PIL import Image

from fastcnn import Sequential, data, layers, metrics, optim, plot, schedules
from fastcnn.formats.atomic import write_atomic

LIMIT = 60_000  # bytes of a picture
SIZE = 120  # pixels of the photograph's height and width
WIDTH = 800  # of a picture, at most


def network() -> Sequential:
    """A small network that looks at 14x14 pixels to its end, so that pictures tell where."""
    stack = [
        layers.Conv2D(16, 5, padding="same"),
        layers.ReLU(),
        layers.MaxPool2D(2),
        layers.Conv2D(32, 3, padding="same"),
        layers.ReLU(),
        layers.Conv2D(32, 3, padding="same"),
        layers.ReLU(),
        layers.GlobalAvgPool2D(),
        layers.Dense(10),
    ]
    return Sequential(stack, input_shape=(28, 28, 1), rng=0)


def branching() -> Sequential:
    """A network whose graph is more than a stack."""
    branches = [
        [layers.Conv2D(16, 1), layers.ReLU()],
        [layers.Conv2D(8, 1), layers.ReLU(), layers.Conv2D(16, 3, padding="same"), layers.ReLU()],
        [layers.MaxPool2D(3, 1, "same"), layers.Conv2D(8, 1)],
    ]
    stack = [
        layers.Conv2D(16, 3, padding="same"),
        layers.Residual([layers.Conv2D(16, 3, padding="same"), layers.ReLU()]),
        layers.Concat(branches),
        layers.GlobalAvgPool2D(),
        layers.Dense(10),
    ]
    return Sequential(stack, input_shape=(32, 32, 3), rng=0)


def photograph(channels: int = 1) -> np.ndarray:
    """Rear admiral Grace Hopper, a photograph of matplotlib: (SIZE, SIZE, channels)."""
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        face = image.convert("L" if channels == 1 else "RGB").crop((96, 30, 416, 350))
        face = face.resize((SIZE, SIZE))
        return np.asarray(face, dtype=np.float32).reshape(SIZE, SIZE, channels) / 255


def pictures() -> dict[str, Callable[[], Any]]:
    """What draws each picture, by name: axes, or the bytes of a PNG file."""
    (x, y), (xt, yt) = data.load_mnist_sample()
    model = network()
    history = model.fit(
        x,
        y,
        epochs=24,
        optimizer=optim.SGD(schedules.cosine(0.1), momentum=0.9, weight_decay=1e-3),
        validation_data=(xt, yt),
        rng=0,
        augment=data.Shift(1),
    )
    scores = model.predict(xt)
    weights = model.parameters["0.weight"].value
    right = np.flatnonzero(scores.argmax(axis=1) == yt)
    digits = xt[[right[yt[right] == digit][3] for digit in range(8)]]  # one of each class
    return {
        "augmentations": augmentations,
        "confusion_matrix": lambda: plot.confusion_matrix(metrics.confusion_matrix(scores, yt)),
        "feature_maps": lambda: plot.feature_maps(model, digits[2]),
        "filters": lambda: plot.filters(weights),
        "grad_cam": lambda: plot.grad_cam(model, digits, layer="6"),
        "graph": lambda: plot.graph(branching(), depth=3),
        "mistakes": lambda: plot.mistakes(model, xt, yt),
        "predictions": lambda: plot.predictions(model, xt, yt),
        "report": lambda: _report(model, history, xt, yt),
        "responses": lambda: plot.responses(photograph(), weights),
        "saliency": lambda: plot.saliency(model, digits),
        "training_curves": lambda: plot.training_curves(history),
    }


def augmentations() -> Any:
    """One change to a row."""
    changes = [
        data.Chain(data.Flip(), data.Shift(20)),
        data.ResizedCrop(SIZE),
        data.Rotate(30),
        data.ColorJitter(0.5, 0.5, 0.5, 0.1),
        data.Cutout(SIZE // 2),
    ]
    _, rows = pyplot.subplots(len(changes), figsize=(7.4, 5.4), layout="constrained")
    for change, ax in zip(changes, rows, strict=True):
        plot.augmentations(photograph(3)[None], change, 0, ax)
    return ax


def _report(*arguments: Any) -> bytes:
    """The picture that is written to a file only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.png")
        plot.report(*arguments, path)
        return path.read_bytes()


def _png(ax: Any) -> bytes:
    """What was drawn, without empty margins."""
    file = io.BytesIO()
    ax.figure.savefig(file, format="png", dpi=80, bbox_inches="tight", pad_inches=0.08)
    pyplot.close(ax.figure)
    return file.getvalue()


def small(png: bytes) -> bytes:
    """The same picture, at most WIDTH pixels wide, in as many colours as LIMIT allows."""
    with Image.open(io.BytesIO(png)) as image:
        rgb = image.convert("RGB")
    if rgb.width > WIDTH:
        rgb = rgb.resize((WIDTH, round(rgb.height * WIDTH / rgb.width)), Image.Resampling.BOX)
    for colours in (256, 128, 64, 32):
        file = io.BytesIO()
        rgb.quantize(colours, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
        if file.tell() < LIMIT:
            break
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, metavar="FOLDER", required=True, help="for PNG files")
    options = parser.parse_args()
    pyplot.switch_backend("agg")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, draw in pictures().items():
        drawn = draw()
        png = small(drawn if isinstance(drawn, bytes) else _png(drawn))
        write_atomic(options.out / f"{name}.png", png)
        print(f"{name}.png  {len(png):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
