"""Benchmarks of the kernels in this process: `pytest bench` (pytest-benchmark).

Each row says how fast the operation runs and what share that is of the limit of the machine,
measured in the same run. `table.py` compares with other libraries.
"""

import limits
import programs
import pytest

from fastcnn import get_num_threads
from fastcnn.kernels import isa

ROWS = pytest.StashKey[list[tuple[str, float, str, float]]]()


@pytest.fixture(scope="session")
def machine_limits():
    """The limits with the instruction set and the threads that fastcnn uses."""
    return limits.measure(isa.current(), get_num_threads())


@pytest.fixture
def clock(benchmark, machine_limits, request):
    """Time a case: its program is planned and its arrays are ready before the clock starts."""

    def time(case):
        run = programs.build(case)
        run()  # touch all memory
        benchmark.group = case.op
        benchmark(run)
        if benchmark.disabled:
            return
        rate = case.rate(benchmark.stats.stats.min)
        share = rate / machine_limits.of(case.unit)
        benchmark.extra_info.update({case.unit: round(rate, 1), "share of limit": round(share, 3)})
        request.config.stash.setdefault(ROWS, []).append((str(case), rate, case.unit, share))

    return time


def pytest_terminal_summary(terminalreporter, config):
    """Print rates and shares, which pytest-benchmark writes to its JSON file only."""
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("rates and shares of the limit of this machine")
    for name, rate, unit, share in rows:
        terminalreporter.write_line(f"{name:<50} {rate:>9.1f} {unit:<8} {share:>6.0%}")
