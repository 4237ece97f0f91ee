"""The settings that kernels are tested under."""

from pathlib import Path

import numpy as np
import pytest

import fastcnn
from fastcnn.kernels import isa as instruction_sets
from fastcnn.kernels import memory, threads


def pytest_report_header():
    """Which fastcnn is tested: the installed one, or the one in this folder."""
    return f"fastcnn {fastcnn.__version__} from {Path(fastcnn.__file__).parent}"


@pytest.fixture(params=instruction_sets.available())
def isa(request):
    """Each instruction set of this machine in turn."""
    before = instruction_sets.current()
    instruction_sets.select(request.param)
    yield request.param
    instruction_sets.select(before)


@pytest.fixture(params=[1, 2, 3], ids=lambda n: f"{n}_threads")
def n_threads(request):
    """One thread, two, and a number that divides little."""
    with threads.use_threads(request.param):
        yield request.param


@pytest.fixture
def strict():
    """Only algorithms that multiply and add directly."""
    fastcnn.precision("strict")
    yield
    fastcnn.precision("fast")


@pytest.fixture
def dirty_memory(monkeypatch):
    """Fill fresh memory with NaN, so that reading it or not writing an output shows.

    Without this, the allocator likes to hand out the right answers of the test before.
    """

    def dirty(allocate):
        def fill(*args, **kwargs):
            array = allocate(*args, **kwargs)
            array.reshape(-1).view(np.uint8)[...] = 0xFF  # NaN, in float32 and float64
            return array

        return fill

    for module, name in [(np, "empty"), (np, "empty_like"), (memory, "empty")]:
        monkeypatch.setattr(module, name, dirty(getattr(module, name)))
