"""The table of networks: ``python bench/networks.py --peer-python PYTHON --out docs/networks.md``.

Steps of training and predictions of whole networks against PyTorch, ONNX Runtime and OpenVINO, in
turns, and the memory of the training process, each in a process of its own. With ``--compiled``,
PyTorch compiles each network too, which takes minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cases
from harness import Contestant, Field, compare, machine
from measure import Case
from report import ONNX, OPENVINO, OWN, PYTORCH, STRICT, Row, head, line, mean, ms, times
from table import add_peer_python

from fastcnn import get_num_threads

SMALL_IMAGES: dict[str, Any] = {"classes": 10, "input_shape": (32, 32, 3)}

# Name, batch, settings: those of the network's users.
NETWORKS: list[tuple[str, int, dict[str, Any]]] = [
    ("lenet5", 64, {}),
    ("lenet5", 64, {"variant": "classic"}),
    ("lenet5", 256, {}),
    ("vgg11", 64, {"batchnorm": True, **SMALL_IMAGES}),
    ("resnet20", 64, {}),
    ("densenet_bc100", 32, {}),
    ("alexnet", 16, {}),
    ("vgg11", 8, {}),
    ("nin", 16, {}),
    ("googlenet", 8, {}),
    ("resnet18", 8, {}),
    ("resnet50", 4, {}),
    ("densenet121", 4, {}),
]

# Rounds of a case, seconds of a contestant's turn: two steps of training at least.
ROUNDS, SECONDS = 3, 0.2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_peer_python(parser)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these networks (default: all)")
    parser.add_argument("--compiled", action="store_true", help="let PyTorch compile them too")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns (default: {ROUNDS})")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Markdown (default: standard output)"
    )
    return parser.parse_args()


def contestants(field: Field, options: argparse.Namespace, threads: int) -> None:
    """Enter all who take part."""
    peer = {"python": options.peer_python}
    field.add(OWN, "programs", threads)
    field.add(STRICT, "programs", threads, environment={"FASTCNN_BENCH_PRECISION": "strict"})
    for pages in ({}, {"THP_MEM_ALLOC_ENABLE": "1"}):
        compiled = {"FASTCNN_BENCH_COMPILED": "1"} if options.compiled else {}
        field.add(PYTORCH, "peers.torch_peer", threads, **peer, environment=pages | compiled)
    field.add(ONNX, "peers.onnxruntime_peer", threads, **peer)
    field.add(OPENVINO, "peers.openvino_peer", threads, **peer)


def chosen(options: argparse.Namespace, pass_: str) -> Iterable[Case]:
    """The cases of a pass; predictions of one image too."""
    known = []
    for name, n, settings in NETWORKS:
        if options.only and name not in options.only:
            continue
        for batch in (n, 1) if pass_ == "predict" else (n,):
            if (name, batch, settings) not in known:
                known.append((name, batch, settings))
                yield cases.network("network", name, batch, pass_, **settings)


def peak(case: Case, field: Field, options: argparse.Namespace, threads: int) -> dict[str, float]:
    """Most memory that the training process of each library has had, in MiB."""
    ways = {OWN: ("programs", sys.executable), PYTORCH: ("peers.torch_peer", options.peer_python)}
    found = {}
    for name, (module, python) in ways.items():
        if name not in {each.name for each in field.present}:
            continue
        with Contestant(name, module, threads, python=python) as contestant:
            best = []
            for variant in contestant.ways(case)[-1:]:
                contestant.ask("prepare", case=asdict(case), variant=variant)
                # The state of an optimizer is there from the second step on.
                contestant.ask("burst", variant=variant, seconds=SECONDS)
                best.append(contestant.ask("peak")["bytes"] / 2**20)
            found[name] = min(best)
    return found


def measure(options: argparse.Namespace) -> str:
    """Measure all; the tables."""
    threads = get_num_threads()
    rows: dict[str, list[Row]] = {"train": [], "predict": []}
    memory: list[tuple[Case, dict[str, float]]] = []
    with Field() as field:
        contestants(field, options, threads)
        for pass_, found in rows.items():
            for case in chosen(options, pass_):
                print(case, file=sys.stderr, flush=True)
                seconds = compare(case, field.present, options.rounds, SECONDS)
                found.append(Row(case, seconds))
        for row in rows["train"]:
            memory.append((row.case, peak(row.case, field, options, threads)))
        versions = dict.fromkeys(each.version for each in field.present)
    command = "python bench/networks.py --peer-python PYTHON"
    command += " --compiled" * options.compiled
    command += f" --rounds {options.rounds}" * (options.rounds != ROUNDS)
    command += f" --only {' '.join(options.only)}" if options.only else ""
    here = machine(threads)
    parts = [
        "# Networks",
        f"- Made by `{command}` on {here['date']}.\n"
        f"- Machine: {here['cpu']}, {here['cpus']} CPUs, {here['system']}; {threads} threads.\n"
        f"- Versions: {'; '.join(versions)}.",
        __doc__.partition("\n\n")[2],
        "## Training: forward, loss, backward, SGD with momentum and weight decay",
        training(rows["train"]),
        "## Prediction",
        prediction(rows["predict"]),
        "## Memory of the training process",
        memories(memory),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def training(rows: list[Row]) -> str:
    lines = [head("network | fastcnn ms | PyTorch ms | ratio | strict ms | ratio")]
    for row in rows:
        best, strict = row.best(PYTORCH), row.best(STRICT)
        own = strict[0]
        cells = [title(row.case), ms(row.own)]
        cells += [f"{ms(best[0])} ({best[1]})", times(row.ratio())] if best else ["", ""]
        lines.append(line(*cells, ms(own), times(best[0] / own if best else None)))
    lines += means("times as fast as PyTorch", [row.ratio() for row in rows])
    return "\n".join(lines)


def prediction(rows: list[Row]) -> str:
    peers = (PYTORCH, ONNX, OPENVINO)
    columns = [word for peer in peers for word in (f"{peer} ms",)]
    lines = [head(" | ".join(["network", "fastcnn ms", *columns, "best peer over fastcnn"]))]
    ratios = []
    for row in rows:
        best = [row.best(peer) for peer in peers]
        cells = [f"{ms(each[0])} ({each[1]})" if each else "" for each in best]
        ratios.append(min((row.ratio(peer) for peer in peers if row.best(peer)), default=None))
        lines.append(line(title(row.case), ms(row.own), *cells, times(ratios[-1])))
    return "\n".join([*lines, *means("times as fast as the best peer", ratios)])


def memories(rows: list[tuple[Case, dict[str, float]]]) -> str:
    lines, ratios = [head("network | fastcnn MiB | PyTorch MiB | share")], []
    for case, found in rows:
        own, other = found[OWN], found.get(PYTORCH)
        ratios.append(own / other if other else None)
        share = f"{ratios[-1]:.0%}" if other else ""
        lines.append(line(title(case), f"{own:.0f}", f"{other:.0f}" if other else "", share))
    return "\n".join([*lines, *means("of PyTorch's memory", ratios)])


def means(words: str, ratios: list[float | None]) -> list[str]:
    known = [ratio for ratio in ratios if ratio]
    if not known:
        return []
    return [
        "",
        f"Geometric mean: {mean(known):.2f} {words}; from {min(known):.2f} to {max(known):.2f}.",
    ]


def title(case: Case) -> str:
    settings = {n: v for n, v in case.options["settings"].items() if n not in SMALL_IMAGES}
    size = "x".join(map(str, case.shapes["x"][1:]))
    words = ", ".join(f"{name}={value}" for name, value in settings.items())
    return f"{case.name} {size}{f' ({words})' * bool(words)}"


def main() -> None:
    options = arguments()
    text = measure(options)
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
