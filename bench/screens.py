"""The command line in pictures of text: ``python bench/screens.py --out docs/cli.md``.

Every command runs on a real terminal, that of tmux, 80 columns wide; what stands there then is
copied.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from fastcnn import data

COLUMNS, ROWS = 80, 200
PATIENCE = 120.0  # seconds for a command
TMUX = ["tmux", "-L", f"fastcnn-{Path(__file__).stem}", "-f", "/dev/null"]

CONFIG = """\
epochs = 3
optimizer = "adam"
augment = true
"""

INTRODUCTION = """# The command line

Made by `make screens`: each command below ran on a terminal of 80 columns.

`fastcnn COMMAND --help` tells every option with its unit and its default; all of these stand at the
end. Results go to standard output, the progress of the work and errors to standard error, so a pipe
gets the results alone; there, lines are as long as they are, and there is neither a bar nor a
control character. An error is one line; `--debug` shows where it comes from.

| exit status | means |
| --- | --- |
| 0 | the work is done |
| 1 | it failed |
| 2 | wrong usage: an unknown command or option, or a value that breaks a rule |
| 130 | interrupted by Ctrl-C; what was trained is kept |
| 143, 129 | a training: the same by SIGTERM or SIGHUP |
| 141 | the reader of the output went away |
"""

#: Title, text and commands of each section; a command is a line, or a line and what to wait for.
SECTIONS = [
    (
        "Train",
        "While it trains, a bar shows how far an epoch is:",
        [("train all_convolutional --epochs 3", r"epoch 1/3: +[1-9]\d*%.*loss")],
    ),
    (
        "",
        "At the end:",
        ["train lenet5 --epochs 3 --out lenet5.safetensors --plot lenet5.png"],
    ),
    (
        "Evaluate",
        "Figures of each class, on the test images of `--data`:",
        ["evaluate lenet5.safetensors"],
    ),
    ("Predict", "", ["predict lenet5.safetensors seven.png two.png digits.npy"]),
    (
        "Summary",
        "By the name of a model, or its file. Tables that are wider than the terminal are folded:",
        ["summary resnet18 --depth 1 --batch-size 8", "summary lenet5 --algorithms"],
    ),
    ("Plot", "", ["plot confusion lenet5.safetensors", "plot graph resnet20 --out resnet20.svg"]),
    ("Datasets", "", ["datasets"]),
    ("Bench", "A few seconds, to know a machine:", ["bench"]),
    ("Info", "", ["info"]),
    (
        "JSON",
        "With `--json` standard output is one object in one line, for other programs:",
        ["predict lenet5.safetensors seven.png --top 1 --json"],
    ),
    (
        "Options from a file",
        "`--config` takes a TOML file with options by their long names; what stands on the command "
        "line wins. Here `recipe.toml` is\n\n```toml\n" + CONFIG + "```",
        ["train lenet5 --config recipe.toml --epochs 1"],
    ),
    (
        "Errors",
        "",
        [
            "train lenet5 --epoch 3",
            "evaluate absent.safetensors",
            "train lenet5 --out lenet5.safetensors",
        ],
    ),
]

HELPS = ["train", "evaluate", "predict", "summary", "plot", "datasets", "bench", "info"]


def tmux(*arguments: str, check: bool = True) -> str:
    done = subprocess.run([*TMUX, *arguments], capture_output=True, text=True, check=check)
    return done.stdout


@contextlib.contextmanager
def terminal() -> Iterator[None]:
    """A server of terminals, which would end with its last session."""
    tmux("new-session", "-d", "-s", "held", "sleep 3600")
    try:
        yield
    finally:
        tmux("kill-server", check=False)


def screen(line: str, folder: Path, until: str | None = None) -> str:
    """What a command leaves on the terminal; or, once `until` is seen there, what stands there."""
    ended = folder / ".ended"
    ended.unlink(missing_ok=True)
    command = f"{shlex.quote(sys.executable)} -m fastcnn {line}; touch .ended; sleep {PATIENCE}"
    size = ["-x", str(COLUMNS), "-y", str(ROWS)]
    tmux("new-session", "-d", *size, "-s", "screen", "-c", str(folder), command)
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.05)
            over = ended.exists()
            shown = tmux("capture-pane", "-p", "-t", "screen").rstrip()
            if until is not None and re.search(until, shown):
                return shown
            if over:
                if until is not None:
                    break
                return shown
        raise RuntimeError(f"fastcnn {line}: ended too early or never:\n{shown}")
    finally:
        tmux("kill-session", "-t", "screen", check=False)


def session(line: str, folder: Path, until: str | None = None) -> str:
    return f"```text\n$ fastcnn {line}\n{screen(line, folder, until)}\n```\n"


def prepare(folder: Path) -> None:
    """What the commands work on."""
    _, (x, _) = data.load_mnist_sample()
    pixels = (x[..., 0] * 255).round().astype("uint8")  # (n, 28, 28)
    for place, name in ((0, "seven"), (1, "two")):
        Image.fromarray(pixels[place]).save(folder / f"{name}.png")
    with (folder / "digits.npy").open("wb") as file:
        np.save(file, x[2:5])
    (folder / "recipe.toml").write_text(CONFIG)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown (default: print it)")
    options = parser.parse_args()
    parts = [INTRODUCTION]
    with tempfile.TemporaryDirectory() as place, terminal():
        folder = Path(place)
        prepare(folder)
        for title, text, commands in SECTIONS:
            parts += [f"## {title}\n"] if title else []
            parts += [f"{text}\n"] if text else []
            for command in commands:
                parts.append(
                    session(
                        *(
                            (command, folder)
                            if isinstance(command, str)
                            else (command[0], folder, command[1])
                        )
                    )
                )
        parts.append("## Help\n")
        parts.append(session("--help", folder))
        parts += [session(f"{name} --help", folder) for name in HELPS]
    text = "\n".join(parts)
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
