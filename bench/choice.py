"""Checks the choice of algorithms: ``python bench/choice.py --out docs/choice.md``.

Every algorithm that can compute a pass of a convolution of some real network computes it, all in
turns; a choice is wrong when it takes more than 5 % longer than the fastest of them.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cases
import programs
from harness import machine
from measure import Case, Stopwatch
from problems import ConvProblem
from report import head, line, mean, ms, times

from fastcnn import get_num_threads
from fastcnn.kernels import choice, isa

ROUNDS, SECONDS = 6, 0.015
TOLERANCE = 1.05
ALGORITHMS = list(dict.fromkeys(name for able in choice.KERNELS.values() for name in able))


def convolution(name: str, n: int, size: int, ic: int, oc: int, k: int, **how: int) -> ConvProblem:
    """A square convolution; without a word about padding the output is as large as the input."""
    return ConvProblem(name, n, size, size, ic, oc, k, k, **{"padding": k // 2, **how})


NETWORKS = [
    convolution("lenet5_c1", 64, 28, 1, 6, 5),
    convolution("lenet5_c2", 64, 14, 6, 16, 5, padding=0),
    convolution("lenet5_c2_one", 1, 14, 6, 16, 5, padding=0),
    convolution("alexnet_c1", 8, 224, 3, 96, 11, stride=4, padding=1),
    convolution("alexnet_c2", 8, 26, 96, 256, 5),
    convolution("alexnet_c3", 8, 12, 256, 384, 3),
    convolution("alexnet_c4", 8, 12, 384, 384, 3),
    convolution("vgg_c1", 4, 224, 3, 64, 3),
    convolution("vgg_c2", 2, 224, 64, 64, 3),
    convolution("vgg_c3", 4, 112, 64, 128, 3),
    convolution("vgg_c5", 4, 56, 128, 256, 3),
    convolution("vgg_c8", 4, 28, 256, 512, 3),
    convolution("vgg_c9", 8, 28, 512, 512, 3),
    convolution("vgg_c11", 8, 14, 512, 512, 3),
    convolution("vgg_c6_one", 1, 56, 256, 256, 3),
    convolution("googlenet_c2", 8, 56, 64, 192, 3),
    convolution("googlenet_3a_1x1", 8, 28, 192, 64, 1),
    convolution("googlenet_3a_3x3", 8, 28, 96, 128, 3),
    convolution("googlenet_3a_5x5", 8, 28, 16, 32, 5),
    convolution("googlenet_4e_3x3", 8, 14, 160, 320, 3),
    convolution("googlenet_5b_5x5", 8, 7, 48, 128, 5),
    convolution("resnet_c1", 8, 224, 3, 64, 7, stride=2),
    convolution("resnet_c2", 8, 56, 64, 64, 3),
    convolution("resnet_c3_down", 8, 56, 64, 128, 3, stride=2),
    convolution("resnet_c3", 8, 28, 128, 128, 3),
    convolution("resnet_c4", 8, 14, 256, 256, 3),
    convolution("resnet_c5", 8, 7, 512, 512, 3),
    convolution("resnet_c5_one", 1, 7, 512, 512, 3),
    convolution("resnet50_1x1_up", 8, 56, 64, 256, 1),
    convolution("resnet50_1x1_down", 8, 28, 512, 128, 1),
    convolution("resnet50_shortcut", 8, 56, 256, 512, 1, stride=2),
    convolution("resnet20_c1", 128, 32, 3, 16, 3),
    convolution("resnet20_c2", 128, 32, 16, 16, 3),
    convolution("resnet20_c3", 128, 16, 32, 32, 3),
    convolution("resnet20_c4", 128, 8, 64, 64, 3),
    convolution("densenet_b1", 8, 56, 128, 32, 3),
    convolution("densenet_b2", 8, 28, 128, 32, 3),
    convolution("densenet_b4", 8, 7, 128, 32, 3),
    convolution("densenet_bc100", 64, 32, 48, 12, 3),
    convolution("resnext_c2", 8, 56, 128, 128, 3, groups=32),
    convolution("mobilenet_first", 8, 112, 32, 32, 3, groups=32),
    convolution("mobilenet_deep", 8, 14, 512, 512, 3, groups=512),
    convolution("deeplab_atrous", 8, 28, 256, 256, 3, padding=2, dilation=2),
    convolution("autoencoder_last", 64, 28, 16, 1, 3),
]


@dataclass
class Row:
    """Best seconds of each algorithm on one pass of one convolution."""

    case: Case
    chosen: choice.Choice
    seconds: dict[str, float]

    @property
    def loss(self) -> float:
        """How many times as long as the fastest algorithm the chosen one takes."""
        return self.seconds[self.chosen.algorithm] / min(self.seconds.values())


def measure(case: Case) -> Row | None:
    """Time all algorithms that can compute the case, in turns; None where there is but one."""
    kernels = choice.able(case.pass_, programs.conv_sizes(case))
    if len(kernels) == 1:
        return None
    arrays = programs.arrays(case)
    watches = {}
    for name, kernel in kernels.items():
        plan = partial(programs.conv, kernel=kernel)
        watches[name] = Stopwatch(programs.planned(plan, case, arrays))
    best = dict.fromkeys(watches, math.inf)
    for _ in range(ROUNDS):
        for name, watch in watches.items():
            best[name] = min(best[name], watch.burst(SECONDS))
    return Row(case, programs.conv_choice(case), best)


def rows(problems: Iterable[ConvProblem], passes: Iterable[str]) -> list[Row]:
    """Measure all of them."""
    found = [measure(cases.conv(problem, pass_)) for pass_ in passes for problem in problems]
    return [row for row in found if row is not None]


def markdown(found: list[Row]) -> str:
    """The report."""
    m, wrong = machine(get_num_threads()), [row for row in found if row.loss > TOLERANCE]
    worst, average = max(row.loss for row in found), mean([row.loss for row in found])
    lines = [
        "# The choice of algorithms, checked\n",
        f"- Made by `python bench/choice.py` on {m['date']}.",
        f"- Machine: {m['cpu']}, {m['cpus']} CPUs, {m['system']}; {m['threads']} threads, "
        f"{isa.current()}.\n",
        "Every algorithm that can compute a pass of a convolution of some real network computes "
        "it, all in turns;\ntimes are minima in ms. Where only one algorithm can, there is no row. "
        f"A choice is wrong (**bold**) when it takes more than\n{TOLERANCE - 1:.0%} longer than "
        "the fastest.\n",
        f"{len(found)} choices, {len(wrong)} of them wrong. The chosen algorithm takes "
        f"{times(average)} times as long as the fastest\n(geometric mean), at worst "
        f"{times(worst)} times.\n",
        head(f"problem | pass | chosen | {' | '.join(ALGORITHMS)} | loss | why"),
    ]
    for row in found:
        loss = f"**{row.loss - 1:.0%}**" if row in wrong else f"{row.loss - 1:.0%}"
        every = (ms(row.seconds.get(name)) for name in ALGORITHMS)
        cells = (row.case.name, row.case.pass_, row.chosen.algorithm, *every, loss)
        lines.append(line(*cells, row.chosen.reason))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Markdown (default: standard output)"
    )
    options = parser.parse_args()
    text = markdown(rows(NETWORKS, cases.CONV_PASSES))
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
