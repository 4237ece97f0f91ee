"""What kernels are tested under, and command lines with."""

from pathlib import Path

import numpy as np
import pytest

import fastcnn
from fastcnn import models
from fastcnn.data.digits import SAMPLE_FOLDER, read_digits
from fastcnn.data.idx import write_idx
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


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A folder like MNIST's, with 128 training and 32 test digits."""
    folder = tmp_path_factory.mktemp("digits")
    for part, count in (("train", 128), ("t10k", 32)):
        images, labels = read_digits(SAMPLE_FOLDER, part)
        write_idx(folder / f"{part}-images-idx3-ubyte", images[:count])
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels[:count])
    return str(folder)


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """An untrained LeNet-5 in a file."""
    path = tmp_path_factory.mktemp("models") / "lenet5.safetensors"
    models.lenet5(rng=0).save(path)
    return str(path)
