"""The measuring: contestants in their own processes, in turns, and the minimum of each.

All contestants get the same arrays, the same number of threads and the same stopwatch. They take
turns, A B A B, so that a disturbance of the machine does not hit one of them alone. What counts is
the minimum of many short samples, and the ratio of two minima. Contestants that do not compute the
same are not compared: it is an error.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measure import Case

FOLDER = Path(__file__).parent

# Results agree to float32's accuracy; sums of what is drawn at random agree less well.
TOLERANCE = 1e-3
RANDOM_TOLERANCES = {"dropout": 2e-2, "spatial_dropout": 0.2}
# A loss behind dropout differs from mask to mask.
LOSS_TOLERANCE = 0.5


class Contestant:
    """A module that runs cases (see `worker`), in a process of its own.

    Attributes
    ----------
    missing : str or None
        Why it cannot take part.
    """

    def __init__(
        self,
        name: str,
        module: str,
        threads: int,
        python: str = sys.executable,
        environment: dict[str, str] | None = None,
    ):
        self.name = name
        path = os.pathsep.join(filter(None, (str(FOLDER), os.environ.get("PYTHONPATH"))))
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
            "PYTHONPATH": path,
            **(environment or {}),
        }
        self.process = subprocess.Popen(
            [python, "-m", "worker", module],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        hello = self.answer()
        self.missing: str | None = hello.get("missing")
        self.version: str = hello.get("version", "")
        self.variants: dict[str, list[str]] = hello.get("variants", {})

    def __enter__(self) -> Contestant:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(BrokenPipeError):
            self.process.stdin.close()  # the worker reads the end of its commands and leaves
        self.process.wait()
        self.process.stdout.close()

    def ways(self, case: Case) -> list[str]:
        """Its variants for a pass of an operation, else for the operation, else for any."""
        names = "_".join(case.what), case.op, ""
        return next((self.variants[name] for name in names if name in self.variants), [])

    def answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has died: exit status {self.process.wait()}")
        return json.loads(line)

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        with suppress(BrokenPipeError):  # `answer` says that it has died
            print(json.dumps({"do": do, **arguments}), file=self.process.stdin, flush=True)
        return self.answer()


@dataclass
class Lane:
    """One variant of one contestant on one case."""

    contestant: Contestant
    variant: str
    fingerprint: list[float]
    best: float = math.inf

    @property
    def key(self) -> tuple[str, str]:
        return self.contestant.name, self.variant

    def burst(self, seconds: float) -> None:
        answer = self.contestant.ask("burst", variant=self.variant, seconds=seconds)
        self.best = min(self.best, answer["seconds"])


def compare(
    case: Case,
    contestants: list[Contestant],
    rounds: int,
    seconds: float,
    between: Callable[[], None] = lambda: None,
) -> dict[tuple[str, str], float]:
    """Measure in turns: (contestant, variant) -> best seconds of one call of the case.

    `between`, called in each round, takes a turn of its own: so a limit is measured.
    """
    lanes = []
    for contestant in contestants:
        for variant in contestant.ways(case):
            answer = contestant.ask("prepare", case=asdict(case), variant=variant)
            lanes.append(Lane(contestant, variant, **answer))
    check_agreement(case, lanes)
    for _ in range(rounds):
        between()
        for lane in lanes:
            lane.burst(seconds)
    for contestant in contestants:
        contestant.ask("forget")
    return {lane.key: lane.best for lane in lanes}


def check_agreement(case: Case, lanes: list[Lane]) -> None:
    """Raise unless all have computed the same."""
    tolerance = RANDOM_TOLERANCES.get(case.op, TOLERANCE)
    if case.pass_ == "train" and "Dropout" in {n["kind"] for n in case.options.get("nodes", ())}:
        tolerance = LOSS_TOLERANCE
    for lane in lanes[1:]:
        first = lanes[0]
        pairs = zip(first.fingerprint, lane.fingerprint, strict=True)
        if not all(math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-6) for a, b in pairs):
            raise RuntimeError(
                f"{case}: {first.key} and {lane.key} do not compute the same: norms of the "
                f"results {first.fingerprint} and {lane.fingerprint}"
            )


class Field(ExitStack):
    """All contestants of a run; those that are missing are told and left out."""

    def __init__(self) -> None:
        super().__init__()
        self.present: list[Contestant] = []
        self.missing: dict[str, str] = {}

    def add(self, *arguments: Any, **options: Any) -> None:
        contestant = self.enter_context(Contestant(*arguments, **options))
        if contestant.missing:
            self.missing[contestant.name] = contestant.missing
        else:
            self.present.append(contestant)


def machine(threads: int) -> dict[str, Any]:
    """Say what is measured on."""
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu_name(),
        "cpus": os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
    }


def cpu_name() -> str:
    """The processor as it calls itself."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
