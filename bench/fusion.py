"""What each graph pass buys: ``python bench/fusion.py --out docs/fusion.md``.

Plans of real networks are made with all passes and without one of them; both run in turns, on the
same parameters. A pass that leaves the plan of a network as it is has no row for it.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from harness import machine
from measure import Stopwatch
from report import head, line, ms, times

from fastcnn import Model, get_num_threads, models
from fastcnn.graph import passes
from fastcnn.graph.plan import Plan
from fastcnn.kernels import isa

# Networks that use a pass: name, batch, settings.
NETWORKS: dict[str, list[tuple[str, int, dict[str, Any]]]] = {
    "batchnorm_and_add": [("resnet20", 64, {}), ("resnet18", 8, {})],
    "batchnorm_and_relu": [("resnet20", 64, {}), ("densenet_bc100", 32, {})],
    "pool_before_activation": [("lenet5", 64, {}), ("alexnet", 16, {})],
    "conv_and_max_pool": [("lenet5", 64, {})],
    "conv_and_batchnorm": [("resnet18", 8, {}), ("mobilenet_v2", 8, {})],
    "conv_and_add": [("resnet20", 64, {"preactivation": True})],
    "conv_and_relu": [("lenet5", 64, {}), ("vgg11", 8, {}), ("googlenet", 8, {})],
    "concatenate_in_place": [
        ("densenet_bc100", 32, {}),
        ("densenet121", 4, {}),
        ("googlenet", 8, {}),
    ],
}
# What is run: a step of training without the update, which no pass changes, and a prediction.
PURPOSES = {"train": "step", "predict": "prediction"}
ROUNDS, SECONDS = 5, 0.1

TEXT = """\
Two plans of each network, one with all passes and one without the pass of the row, run in turns on
the same parameters; times are minima. A step is forward, loss and backward, without the update,
which no pass changes. MiB are those of the arena, where activations and their gradients lie. A
pass that leaves the plan of a network as it is has no row for it.

Each pass is a function in `fastcnn/graph/passes.py` that says what it does;
`with passes.without(name):` turns it off for plans that are made inside.
"""


@dataclass
class Row:
    """Best seconds and bytes of the arena, without the pass and with it."""

    name: str
    network: str
    purpose: str
    seconds: list[float]
    arena_bytes: list[int]


def measure(name: str, network: str, n: int, settings: dict[str, Any]) -> list[Row]:
    """The rows of a pass in a network."""
    model = getattr(models, network)(**settings, rng=0)
    words = "".join(f", {setting}={value}" for setting, value in settings.items())
    title = f"{network}{words}, batch {n}"
    found = [compare(name, title, model, n, purpose) for purpose in PURPOSES]
    return [row for row in found if row is not None]


def compare(name: str, title: str, model: Model, n: int, purpose: str) -> Row | None:
    """Run both plans in turns; None where the pass changes nothing."""
    with passes.without(name):
        plans = [model.plan(purpose, n, bind=False)]
    plans.append(model.plan(purpose, n, bind=False))
    if len({tuple(kernels(plan)) for plan in plans}) == 1:
        return None
    watches = [Stopwatch(program(plan)) for plan in plans]
    best = [math.inf] * len(plans)
    for _ in range(ROUNDS):
        for k, watch in enumerate(watches):
            best[k] = min(best[k], watch.burst(SECONDS))
    return Row(name, title, PURPOSES[purpose], best, [plan.arena_bytes for plan in plans])


def kernels(plan: Plan) -> list[tuple]:
    """What runs, with which of the optional arguments."""
    return [
        (step.kernel, *(name for name, value in step.arguments.items() if value is not None))
        for step in plan.steps
    ]


def program(plan: Plan) -> Any:
    """A call that runs the plan on random samples."""
    plan.bind()
    rng = np.random.default_rng(0)
    plan.array("x")[...] = rng.standard_normal(plan.array("x").shape, dtype=np.float32)
    return plan.step.run


def markdown(found: list[Row]) -> str:
    """The report."""
    m = machine(get_num_threads())
    lines = [
        "# What fusion buys\n",
        f"- Made by `make fusion` on {m['date']}.",
        f"- Machine: {m['cpu']}, {m['cpus']} CPUs, {m['system']}; {m['threads']} threads, "
        f"{isa.current()}.\n",
        TEXT,
        head(
            "pass | network | run | without ms | with ms | times as fast | without MiB | with MiB"
        ),
    ]
    for row in found:
        without, taken = row.seconds
        mib = [f"{each / 2**20:.1f}" for each in row.arena_bytes]
        cells = (f"`{row.name}`", row.network, row.purpose, ms(without), ms(taken))
        lines.append(line(*cells, times(without / taken), *mib))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=passes.NAMES, help="default: all passes")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Markdown (default: standard output)"
    )
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.only or NETWORKS:
        for network in NETWORKS[name]:
            print(name, *network, file=sys.stderr, flush=True)
            rows += measure(name, *network)
    text = markdown(rows)
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
