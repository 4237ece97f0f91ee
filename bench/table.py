"""The table of benchmarks: ``python bench/table.py --peer-python PYTHON --out docs/benchmarks.md``.

Runs every operation of fastcnn, NumPy and PyTorch in turns, predictions of ONNX Runtime too, plain
Python on small sizes, fastcnn's direct 3x3 convolutions once more, with AVX2 too, and what is bound
by arithmetic with one thread. PyTorch and ONNX Runtime run under another Python, named by
``--peer-python`` or the environment variable FASTCNN_PEER_PYTHON, so they need no room in the
environment of fastcnn.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import cases
import limits
from harness import Contestant, Field, compare, machine
from limits import Limits
from measure import Case
from report import NUMPY, ONNX, OWN, PYTHON, PYTORCH, Report, Row

from fastcnn import get_num_threads
from fastcnn.kernels import isa

# Sweeps over a suite, rounds of a case in each, seconds of a contestant's turn.
THOROUGH = 2, 2, 0.06
QUICK = 1, 2, 0.01
# So few contestants take twice the rounds: it costs little, and a disturbance has less of a chance.
FEW = 2

# Cores are far when a word takes so many times as long between them as at best. What is said of
# two cores is said of near ones: seconds that it waits for them.
FAR = 2.5
PATIENCE = 5.0

# The second instruction set of every x86 machine that has the first.
OTHER_ISA = "avx2"


def program(path: str) -> str:
    """A program that can be run."""
    if shutil.which(path) is None:
        raise argparse.ArgumentTypeError(f"must be a program: got {path!r}")
    return path


def add_peer_python(parser: argparse.ArgumentParser) -> None:
    """Let the peers run under another Python."""
    parser.add_argument(
        "--peer-python",
        default=os.environ.get("FASTCNN_PEER_PYTHON", sys.executable),
        type=program,
        metavar="PATH",
        help="Python that has PyTorch, ONNX Runtime, OpenVINO and onnx (default: "
        "$FASTCNN_PEER_PYTHON, else this one)",
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_peer_python(parser)
    parser.add_argument(
        "--quick", action="store_true", help="the smallest cases only, under a minute"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Markdown (default: standard output)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="all times, for other programs")
    return parser.parse_args()


class Measuring:
    """One run: how long to measure, and the best of the limits seen between the suites."""

    def __init__(self, quick: bool):
        self.quick = quick
        self.threads = get_num_threads()
        self.limits: dict[str, Limits] = {}
        self.round_trips: list[float] = []

    def see_limits(self, name: str) -> None:
        """Measure the limits again: a disturbance only ever makes them smaller."""
        new = limits.measure(name, self.threads)
        self.far(name)
        old = self.limits.get(name, new)
        self.limits[name] = Limits(
            name,
            self.threads,
            max(new.gflops, old.gflops),
            max(new.gbytes, old.gbytes),
            max(new.tile, old.tile),
        )

    def far(self, name: str) -> bool:
        """Whether the cores are now far from each other, for all that was seen of them."""
        if self.threads == 1:
            return False
        self.round_trips.append(limits.round_trip(name))
        return self.round_trips[-1] > FAR * min(self.round_trips)

    def rows(
        self,
        chosen: Iterable[Case],
        contestants: list[Contestant],
        name: str,
        patience: float = 0.0,
    ) -> list[Row]:
        """All cases in sweeps, since a shared machine is slow for seconds and minutes at a time.

        The limit of a row takes turns with its contestants: it changes within seconds, as they do.
        A row waits, `patience` seconds at most, for the cores of a virtual machine to be near.
        """
        sweeps, rounds, seconds = QUICK if self.quick else THOROUGH
        if len(contestants) <= FEW:
            rounds *= 2
        rows = [Row(case) for case in chosen]

        def see_limit(row: Row) -> None:
            row.limit = max(row.limit, limits.rate(row.case.unit, name, self.threads))

        for _ in range(sweeps):
            self.see_limits(name)
            for row in rows:
                print(row.case, file=sys.stderr, flush=True)
                end = time.monotonic() + patience
                while self.far(name) and time.monotonic() < end:
                    time.sleep(0.1)
                see = functools.partial(see_limit, row)
                for key, best in compare(row.case, contestants, rounds, seconds, see).items():
                    row.seconds[key] = min(best, row.seconds.get(key, best))
        return rows


def run(peer_python: str, quick: bool) -> Report:
    """Measure all."""
    measuring, own = Measuring(quick), isa.current()
    threads = measuring.threads
    options = " --quick" if quick else ""
    command = f"python bench/table.py --peer-python PYTHON{options}"
    report = Report(command, machine(threads), Limits(own, threads, 0, 0))
    with Field() as field:
        field.add(OWN, "programs", threads)
        field.add(NUMPY, "peers.numpy_peer", threads)
        for environment in ({}, {"THP_MEM_ALLOC_ENABLE": "1"}):
            module = "peers.torch_peer"
            field.add(PYTORCH, module, threads, python=peer_python, environment=environment)
        field.add(ONNX, "peers.onnxruntime_peer", threads, python=peer_python)
        report.missing = field.missing
        report.versions = list(dict.fromkeys(each.version for each in field.present))
        for suite, chosen in (cases.smallest() if quick else cases.SUITES).items():
            report.suites[suite] = measuring.rows(chosen, field.present, own)
    with Field() as field:
        field.add(OWN, "programs", threads)
        field.add(NUMPY, "peers.numpy_peer", threads)
        field.add(PYTHON, "peers.python_peer", threads)
        report.small = measuring.rows(cases.SMALL, field.present, own)
    for name in dict.fromkeys((own, OTHER_ISA)):
        if name in isa.available():
            environment = {"FASTCNN_ISA": name, "FASTCNN_BENCH_PRECISION": "strict"}
            with Field() as field:
                field.add(OWN, "programs", threads, environment=environment)
                rows = measuring.rows(cases.VGG[:1] if quick else cases.VGG, field.present, name)
                report.direct.append((measuring.limits[name], rows))
    if threads > 1:
        with Field() as field:
            for name, count in zip(report.team, (1, threads), strict=True):
                field.add(name, "programs", count)
            chosen = cases.COMPUTE_BOUND[:1] if quick else cases.COMPUTE_BOUND
            patience = 0 if quick else PATIENCE
            report.speed_up = measuring.rows(chosen, field.present, own, patience)
    report.limits, report.round_trips = measuring.limits[own], measuring.round_trips
    return report


def main() -> None:
    options = arguments()
    busy = os.getloadavg()[0]
    if busy > 0.3:
        print(f"warning: the machine is busy (load {busy:.1f}), times will be too", file=sys.stderr)
    report = run(options.peer_python, options.quick)
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=1) + "\n")
    if options.out:
        options.out.write_text(report.as_markdown())
    else:
        print(report.as_markdown(), end="")


if __name__ == "__main__":
    main()
