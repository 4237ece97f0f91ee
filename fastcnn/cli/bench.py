"""``fastcnn bench``: what this machine can do, and what fastcnn makes of it, in a few seconds."""

import time

import numpy as np

import fastcnn
from fastcnn import models, optim
from fastcnn.cli import options
from fastcnn.kernels import isa, memory
from fastcnn.kernels.copy import Copy
from fastcnn.kernels.peak import MultiplyAdd
from fastcnn.kernels.program import Program
from fastcnn.tables import table

SECONDS = 0.4  # for each figure: long enough to meet quiet moments
ROUNDS = 200_000  # of multiply-adds in a task: half a millisecond
COPIED = 128 << 20  # bytes, more than caches hold
CONVOLUTION = (8, 56, 56, 64)  # n, ih, iw, ic; 3x3 to as many channels: a middle one of VGG
BATCH = 64


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "bench",
        usage="%(prog)s [OPTION ...]",
        help="measure this machine in a few seconds",
        description="Measure what this machine can do, multiply-adds in its registers and copies "
        "through its memory, and what fastcnn makes of it: a 3x3 convolution of 8 images and a "
        "training step. Each figure is the best of many runs; on a busy machine they are lower. A "
        "convolution may be above 100% of the peak: multiplications that Winograd's algorithm "
        "saves are counted.",
    )
    options.add_threads(parser)
    return parser


def run(arguments):
    """Measure."""
    options.set_threads(arguments)
    peak = _multiply_adds()
    figures = [
        {"what": "multiply-adds in registers", **peak, "share_of_peak": 1.0},
        {"what": "copy through memory, read and written", **_copy()},
        _of(peak, {"what": "3x3 convolution, 64 channels, 56x56", **_convolution()}),
        {"what": f"training step of LeNet-5, batch {BATCH}", **_training_step()},
    ]
    threads = fastcnn.get_num_threads()
    return {"instruction_set": isa.current(), "threads": threads, "figures": figures}


def text(facts, width):
    """A table, and what it was measured on."""
    rows = [("", "time", "rate", "share of peak")]
    for each in facts["figures"]:
        rate = f"{each['rate']:,.0f} {each['unit']}"
        share = f"{each['share_of_peak']:.0%}" if "share_of_peak" in each else ""
        rows.append((each["what"], f"{each['seconds'] * 1e3:.3f} ms", rate, share))
    count = facts["threads"]
    on = f"{facts['instruction_set']}, {count} thread{'s' if count > 1 else ''}"
    return "\n".join([*table(rows, "<>>>", width), on])


def _best(work):
    """Seconds of the fastest of many runs, after one that counts for nothing."""
    work()
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while not times or time.perf_counter() < end:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _figure(seconds, amount, unit):
    """`amount` for each run: in billions, but for whole things."""
    scale = 1e9 if unit.startswith("G") else 1
    return {"seconds": seconds, "rate": amount / seconds / scale, "unit": unit}


def _of(peak, figure):
    return {**figure, "share_of_peak": figure["rate"] / peak["rate"]}


def _multiply_adds():
    op = MultiplyAdd(fastcnn.get_num_threads(), ROUNDS)
    return _figure(_best(Program([op]).run), op.flops, "GFLOP/s")


def _copy():
    """In short pieces, through the caches, and in long ones, past them: which is better depends."""
    a, b = (memory.zeros(COPIED).view(np.float32) for _ in range(2))  # (n,)
    a.fill(1)  # pages of their own: one of zeros stands for all that nobody has written
    shapes = (-1, 1 << 14), (4 * fastcnn.get_num_threads(), -1)
    programs = [Program([Copy(a.reshape(shape), b.reshape(shape))]) for shape in shapes]
    return _figure(min(_best(program.run) for program in programs), 2 * COPIED, "GB/s")


def _convolution():
    n, ih, iw, ic = CONVOLUTION
    rng = np.random.default_rng(0)
    model = fastcnn.Sequential(
        [fastcnn.layers.Conv2D(ic, 3, padding="same")], input_shape=(ih, iw, ic), rng=rng
    )
    plan = model.fill("predict", rng.random(CONVOLUTION, np.float32))
    flops = 2 * n * model.root.multiply_adds(model.input_shape)
    return _figure(_best(plan.forward.run), flops, "GFLOP/s")


def _training_step():
    rng = np.random.default_rng(0)
    model = models.lenet5(rng=rng)
    model.compile(optim.SGD(0.0))  # which keeps the weights as they are
    x = rng.random((BATCH, *model.input_shape), np.float32)
    y = rng.integers(0, 10, BATCH)
    return _figure(_best(lambda: model.train_on_batch(x, y)), BATCH, "images/s")
