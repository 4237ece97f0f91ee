"""The report: from measured times to tables in Markdown."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from limits import Limits
from measure import Case

OWN, NUMPY, PYTHON = "fastcnn", "NumPy", "Python"
PYTORCH, ONNX, OPENVINO = "PyTorch", "ONNX Runtime", "OpenVINO"
STRICT = "fastcnn, strict"

TITLES = {
    "lenet5": "LeNet-5",
    "conv": "Convolution",
    "depthwise": "Depthwise convolution",
    "conv1d": "Convolution of series",
    "conv3d": "Convolution of volumes",
    "conv_transpose": "Transposed convolution",
    "dense": "Dense layers",
    "pool": "Pooling",
    "resample": "Padding, cropping, resizing",
    "batchnorm": "Batch normalisation",
    "groupnorm": "Group and layer normalisation",
    "lrn": "Local response normalisation",
    "activation": "Activations",
    "add": "Sums of two tensors",
    "dropout": "Dropout",
    "augment": "Augmentation",
    "loss": "Losses with their gradients",
    "optim": "Optimizers",
}

READING = """\
How to read the tables: a time is the minimum of many short samples, all contestants taking turns.
GFLOP/s count the multiply-adds of the direct method as two operations each, whatever method ran, so
a method that needs fewer may exceed the peak. GB/s count each array that must be read or written,
once; batch normalisation in training reads its inputs twice, first for the sums. Arrays that stay
in a cache may exceed the bandwidth of a copy through memory; those of vgg_224 have 103 MB. The
limit is the peak of multiply-adds or the bandwidth of such a copy, with the same threads, measured
in turns with each row, since both change on a machine that is shared. The ratio is the time of the
peer before it, in the best of its ways, over that of fastcnn: above 1 fastcnn is faster. All
compute the same: their results are compared before they are timed.
"""


@dataclass
class Row:
    """Best seconds of a case for each (contestant, variant), and the limit seen beside it."""

    case: Case
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    limit: float = 0.0

    @property
    def own(self) -> float:
        return self.seconds[OWN, ""]

    @property
    def rate(self) -> float:
        return self.case.rate(self.own)

    @property
    def numpy(self) -> float | None:
        return self.seconds.get((NUMPY, ""))

    def best(self, name: str) -> tuple[float, str] | None:
        """Seconds and name of the fastest variant of a peer."""
        return min(((t, v) for (who, v), t in self.seconds.items() if who == name), default=None)

    def ratio(self, name: str = PYTORCH) -> float | None:
        """How many times as long as fastcnn a peer takes at best."""
        best = self.best(name)
        return best and best[0] / self.own

    def as_json(self) -> dict[str, Any]:
        times = {f"{name} {variant}".strip(): t for (name, variant), t in self.seconds.items()}
        return {"case": asdict(self.case), "seconds": times, "limit": self.limit}


@dataclass
class Report:
    """All that one run has found."""

    command: str
    machine: dict[str, Any]
    limits: Limits
    versions: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    suites: dict[str, list[Row]] = field(default_factory=dict)
    small: list[Row] = field(default_factory=list)
    direct: list[tuple[Limits, list[Row]]] = field(default_factory=list)
    speed_up: list[Row] = field(default_factory=list)
    round_trips: list[float] = field(default_factory=list)

    @property
    def team(self) -> tuple[str, str]:
        """Names of fastcnn with one thread and with all."""
        return "1 thread", f"{self.machine['threads']} threads"

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "machine": self.machine,
            "versions": self.versions,
            "missing": self.missing,
            "limits": [asdict(limits) for limits in (self.limits, *(a for a, _ in self.direct))],
            "suites": {name: [row.as_json() for row in rows] for name, rows in self.suites.items()},
            "small": [row.as_json() for row in self.small],
            "direct": {a.isa: [row.as_json() for row in rows] for a, rows in self.direct},
            "speed_up": [row.as_json() for row in self.speed_up],
            "round_trips": self.round_trips,
        }

    def as_markdown(self) -> str:
        parts = ["# Benchmarks", self.origin(), READING, self.summary()]
        for name, rows in self.suites.items():
            parts += [f"## {TITLES[name]}", self.table(rows)]
        parts += ["## Against loops in plain Python", self.small_table()]
        for limits, rows in self.direct:
            parts += [f"## Direct convolution with {limits.isa}", isa_table(limits, rows)]
        if self.speed_up:
            parts += [f"## From {' to '.join(self.team)}", self.speed_up_table()]
        return "\n\n".join(part.strip() for part in parts) + "\n"

    def origin(self) -> str:
        """Say where the figures come from."""
        m, limits = self.machine, self.limits
        peak = f"{limits.gflops:.0f} GFLOP/s of multiply-adds, {limits.gbytes:.0f} GB/s of a copy"
        lines = [
            f"- Made by `{self.command}` on {m['date']}.",
            f"- Machine: {m['cpu']}, {m['cpus']} CPUs, {m['system']}; {m['threads']} threads.",
            f"- Its limits with {limits.isa}: {peak}.",
            *([self.distance()] if self.round_trips else []),
            f"- Versions: {'; '.join(self.versions)}.",
            *(
                f"- {name} did not take part, its column is empty: {why}."
                for name, why in self.missing.items()
            ),
        ]
        return "\n".join(lines)

    def distance(self) -> str:
        """Say how far the cores were from each other while the suites ran."""
        low, high = min(self.round_trips), max(self.round_trips)
        return f"- A word went from one core to another and back in {low:.0f} to {high:.0f} ns."

    def summary(self) -> str:
        """Geometric means of the ratios, suite by suite."""
        lines = [head(" | cases | times as fast as PyTorch | as NumPy | slowest against PyTorch")]
        for name, rows in {**self.suites, "": all_rows(self.suites)}.items():
            ratios = [ratio for row in rows if (ratio := row.ratio())]
            numpy = [row.numpy / row.own for row in rows if row.numpy]
            slowest = min(ratios, default=None)
            found = (times(ratio) for ratio in (mean(ratios), mean(numpy), slowest))
            lines.append(line(TITLES.get(name, "**all**"), len(rows), *found))
        return "\n".join(["## Summary, geometric means", "", *lines])

    def table(self, rows: list[Row]) -> str:
        unit = rows[0].case.unit
        peers = [PYTORCH, *([ONNX] if any(row.best(ONNX) for row in rows) else [])]
        figures = ["fastcnn ms", unit, "of limit", "NumPy ms"]
        figures += [name for peer in peers for name in (f"{peer} ms", "ratio")]
        lines = [head(" | ".join(["operation", "pass", "problem", *figures]))]
        for row in rows:
            case = row.case
            rate, share = f"{row.rate:.1f}", f"{row.rate / row.limit:.0%}"
            cells = [case.op, case.pass_, case.name, ms(row.own), rate, share, ms(row.numpy)]
            for peer in peers:
                best = row.best(peer)
                cells += [f"{ms(best[0])} ({best[1]})" if best else "", times(row.ratio(peer))]
            lines.append(line(*cells))
        return "\n".join(lines)

    def small_table(self) -> str:
        lines = [
            "Small sizes, so that the loops come to an end.\n",
            head("operation | pass | fastcnn ms | NumPy ms | Python ms | Python's rate | ratio"),
        ]
        for row in self.small:
            case, slow = row.case, row.seconds[PYTHON, ""]
            rate = f"{case.rate(slow):.4f} {case.unit}"
            cells = (ms(row.own), ms(row.numpy), ms(slow), rate, times(slow / row.own))
            lines.append(line(case.op, case.pass_, *cells))
        return "\n".join(lines)

    def speed_up_table(self) -> str:
        """What is bound by arithmetic, with one thread and with all."""
        lines = [
            "On a virtual machine the cores are near each other or far, by the second: each row\n"
            "has waited, some seconds at most, for near ones.\n",
            head(f"operation | pass | problem | {' ms | '.join(self.team)} ms | speed-up"),
        ]
        for row in self.speed_up:
            one, all_ = (row.seconds[name, ""] for name in self.team)
            case = row.case
            lines.append(line(case.op, case.pass_, case.name, ms(one), ms(all_), times(one / all_)))
        return "\n".join(lines)


def isa_table(limits: Limits, rows: list[Row]) -> str:
    """The plain convolutions, computed directly, with one instruction set."""
    lines = [
        f"`FASTCNN_ISA={limits.isa}`; the peak is {limits.gflops:.0f} GFLOP/s. The micro-kernel "
        f"alone, in the L1 cache, reaches {limits.tile / limits.gflops:.0%} of it.\n",
        head("pass | problem | fastcnn ms | GFLOP/s | of peak"),
    ]
    for row in rows:
        share = f"{row.rate / row.limit:.0%}"
        lines.append(line(row.case.pass_, row.case.name, ms(row.own), f"{row.rate:.1f}", share))
    return "\n".join(lines)


def all_rows(suites: dict[str, list[Row]]) -> list[Row]:
    return [row for rows in suites.values() for row in rows]


def mean(ratios: list[float]) -> float | None:
    """Geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def ms(seconds: float | None) -> str:
    """Milliseconds with three digits that count."""
    if seconds is None:
        return ""
    digits = max(0, 2 - math.floor(math.log10(seconds * 1e3)))
    return f"{seconds * 1e3:.{digits}f}"


def times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def line(*cells: Any) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def head(names: str) -> str:
    """First two lines of a table: words to the left, figures to the right."""
    words = ("", "operation", "pass", "problem", "chosen", "why", "network")
    rule = ("---" if name in words else "---:" for name in names.split(" | "))
    return f"{line(names)}\n|{'|'.join(rule)}|"
