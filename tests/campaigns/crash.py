"""Training that crashes: ``python tests/campaigns/crash.py --out docs/crash.md`` (`make crash`).

Trainings in processes of their own are killed at random moments and go on; checkpoints are damaged
bit by bit; disks are full. What must come out of it is said in `TEXT`.
"""

from __future__ import annotations

import argparse
import datetime
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import fastcnn
from fastcnn import callbacks, data, layers, optim, schedules
from fastcnn.formats.checkpoint import load_checkpoint
from fastcnn.training import Run

KILLS, FLIPS, DISKS = 20, 10_000, 20
EPOCHS, SAMPLES, BATCH_SIZE = 4, 1000, 50

TEXT = f"""\
**Killed.** A training in a process of its own (convolution, batch normalisation, dropout; Adam with
a cosine schedule; shifted and mirrored images; validation after each epoch) writes a checkpoint
after every third batch. SIGKILL ends it at a random moment; every second time it waits until a file
is being written. The same command then goes on. The checkpoint at its end, and the model that
it saves, must be byte for byte those of a training that nobody killed.

**Damaged.** {FLIPS:,} times one random bit of a checkpoint is turned round. Each must be refused
with an error that names the file.

**Full.** {DISKS} times the disk (RLIMIT_FSIZE) is full before a new checkpoint is written, at a
random byte of it. The error must name the file, the old checkpoint must be there, byte for byte,
and no other file.
"""


class Dots:
    """Tells the parent of each batch."""

    def on_batch_end(self, run: Run) -> None:
        print(end=".", flush=True)


def network() -> fastcnn.Sequential:
    return fastcnn.Sequential(
        [
            layers.Conv2D(16, 3, padding="same", bias=False),
            layers.BatchNorm(),
            layers.ReLU(),
            layers.MaxPool2D(2),
            layers.Conv2D(32, 3, padding="same"),
            layers.ReLU(),
            layers.MaxPool2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10),
        ],
        input_shape=(28, 28, 1),
        rng=0,
    )


def train(folder: Path) -> None:
    """Train, or go on; the child's part."""
    (x, y), (xt, yt) = data.load_mnist_sample()
    model = network()
    checkpoint = folder / "checkpoint"
    model.fit(
        data.Loader(x[:SAMPLES], y[:SAMPLES], batch_size=BATCH_SIZE, rng=1,
                    augment=data.Chain(data.Shift(2), data.Flip())),
        epochs=EPOCHS,
        optimizer=optim.Adam(schedules.cosine(0.003)),
        validation_data=(xt[:200], yt[:200]),
        callbacks=[callbacks.Checkpoint(checkpoint, every=3), Dots()],
        checkpoint=checkpoint,
        resume=True,
        progress=False,
    )  # fmt: skip
    model.save(folder / "model")


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--child", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def finish(folder: Path) -> tuple[bytes, bytes]:
    """Train to the end; gives checkpoint and model."""
    child = start(folder)
    child.communicate()
    if child.returncode != 0:
        raise SystemExit(f"a training that goes on from {folder} failed")
    return (folder / "checkpoint").read_bytes(), (folder / "model").read_bytes()


@dataclass
class Kill:
    """One row of the table."""

    batches: int
    place: str
    saving: bool
    same: bool


def kill(folder: Path, batches: int, wait: float, expected: tuple[bytes, bytes]) -> Kill:
    """Kill a training some time after so many batches, without a `wait` when it writes a file."""
    with start(folder) as child:
        assert child.stdout is not None
        child.stdout.read(batches)
        if wait:
            time.sleep(wait)
        while not wait and child.poll() is None and not any(folder.glob(".fastcnn-*.tmp")):
            pass
        child.kill()
    place = "the first batch"
    if (folder / "checkpoint").exists():
        epoch, batch = load_checkpoint(folder / "checkpoint", network()).training["next"]
        place = f"epoch {epoch + 1}, batch {batch + 1}" if epoch < EPOCHS else "the end"
    left = any(folder.glob(".fastcnn-*.tmp"))
    return Kill(batches, place, left, finish(folder) == expected)


def flips(checkpoint: bytes, folder: Path, rng: np.random.Generator) -> int:
    """How many damaged checkpoints are refused."""
    model, path, refused = network(), folder / "damaged", 0
    for bit in rng.integers(0, 8 * len(checkpoint), FLIPS):
        damaged = bytearray(checkpoint)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            load_checkpoint(path, model)
        except ValueError as error:
            refused += str(error).startswith(f"{path}: ")
    return refused


def full(folder: Path, rng: np.random.Generator) -> int:
    """How many full disks leave the old checkpoint whole, and say so."""
    x, y = rng.random((100, 28, 28, 1)), rng.integers(0, 10, 100)
    path, good = folder / "checkpoint", 0
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    settings = {"optimizer": optim.Adam(), "checkpoint": path, "progress": False}
    for _ in range(DISKS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        network().fit(x, y, epochs=1, **settings)
        old = path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(rng.integers(len(old))), before[1]))
        try:
            network().fit(x, y, epochs=2, resume=True, **settings)
        except OSError as error:
            named = str(path) in str(error)
        else:
            named = False
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        good += named and path.read_bytes() == old and list(folder.iterdir()) == [path]
    return good


def campaign(folder: Path, seed: int) -> str:
    """Do all of it; gives the report."""
    rng = np.random.default_rng(seed)
    whole = folder / "whole"
    whole.mkdir()
    expected = finish(whole)
    rows = []
    for number in range(KILLS):
        part = folder / f"part{number}"
        part.mkdir()
        batches = int(rng.integers(EPOCHS * SAMPLES // BATCH_SIZE))
        rows.append(kill(part, batches, 0 if number % 2 else rng.uniform(0, 0.1), expected))
        print(f"{number + 1}/{KILLS}: {rows[-1]}", file=sys.stderr, flush=True)
    refused = flips(expected[0], folder, rng)
    kept = full(folder / "full", rng)
    same, saving = sum(row.same for row in rows), sum(row.saving for row in rows)
    lines = [
        "# Training that crashes\n",
        f"- Made by `make crash` on {datetime.date.today().isoformat()}, seed {seed}.",
        f"- Killed: {same} of {KILLS} trainings ended in the same bytes; {saving} of them were "
        "killed while they wrote a checkpoint.",
        f"- Damaged: {refused:,} of {FLIPS:,} checkpoints were refused.",
        f"- Full: {kept} of {DISKS} old checkpoints were whole, and the error named the file.\n",
        TEXT,
        "| killed after batches | goes on at | while writing | same bytes |",
        "| ---: | --- | --- | --- |",
    ]
    for row in rows:
        words = ["yes" if each else "no" for each in (row.saving, row.same)]
        lines.append(f"| {row.batches} | {row.place} | {' | '.join(words)} |")
    if (same, refused, kept) != (KILLS, FLIPS, DISKS):
        raise SystemExit("\n".join([*lines, "FAILED"]))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown (default: stdout)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        train(options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        text = campaign(Path(folder), options.seed)
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
