"""Memory: steady training takes none, long training no more, and each process has its own."""

import ctypes
import gc
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

import fastcnn
from fastcnn import layers, models, optim
from fastcnn.kernels import memory, threads

LINUX = sys.platform == "linux"


def small():
    """Convolution, batch normalisation, pooling and dropout."""
    return fastcnn.Sequential(
        [
            layers.Conv2D(32, 3, padding="same", bias=False),
            layers.BatchNorm(),
            layers.ReLU(),
            layers.MaxPool2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(64, 3, padding="same"),
            layers.GlobalAvgPool2D(),
            layers.Dense(10),
        ],
        input_shape=(28, 28, 1),
        rng=0,
    )


MODELS = {"lenet5": lambda: models.lenet5(rng=0), "small": small}


def digits(n):
    """Images and labels, of noise."""
    rng = np.random.default_rng(0)
    return rng.random((n, 28, 28, 1), np.float32), rng.integers(0, 10, n)


def faults():
    """Pages that this process has touched for the first time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


# --- models ---


def test_a_model_that_nobody_holds_is_gone_at_once():
    """Hundreds of megabytes are not to wait for the collector of cycles."""
    gc.disable()
    try:
        for name, make in MODELS.items():
            model, (x, y) = make(), digits(2)
            model.compile(optim.SGD(0.01, momentum=0.9))
            model.train_on_batch(x, y)
            watched = [weakref.ref(each) for each in (model, model.root, model.weights.base)]
            del model
            assert [each() for each in watched] == [None] * 3, name
    finally:
        gc.enable()


RESIDENT = """
from pathlib import Path
import fastcnn
from fastcnn import layers

def resident():
    return 1024 * int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])

before = resident()
model = fastcnn.Sequential([layers.Dense(4096)], input_shape=(4096,), rng=0)
print((resident() - before) / model.weights.nbytes)
"""


@pytest.mark.skipif(not LINUX, reason="needs /proc")
def test_a_model_has_no_gradients_before_it_is_trained():
    run = subprocess.run(
        [sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=True
    )
    assert 0.9 < float(run.stdout) < 1.5


# --- steady steps ---


@pytest.mark.parametrize("n", [1, 2], ids=lambda n: f"{n}_threads")
@pytest.mark.parametrize("name", MODELS)
def test_no_page_fault(name, n):
    """A fault in each step would show in every window; one from elsewhere in some."""
    model, (x, y) = MODELS[name](), digits(64)
    model.compile(optim.SGD(0.01, momentum=0.9))
    windows = []
    with threads.use_threads(n):
        for _ in range(10):
            before = faults()
            for _ in range(10):
                model.train_on_batch(x, y)
            windows.append(faults() - before)
    assert min(windows[1:]) == 0, windows


def test_no_page_fault_in_fit():
    """Batches of half a megabyte, gathered from shuffled samples."""
    seen = []

    def rate(_progress):  # asked for in every step
        seen.append(faults())
        return 0.01

    model, (x, y) = MODELS["lenet5"](), digits(10 * 170)
    model.fit(x, y, epochs=4, batch_size=170, optimizer=optim.SGD(rate), progress=False)
    assert min(np.diff(seen[20:])) == 0, seen


COUNTER = """
#include <stddef.h>
long count, bytes;
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
static void *counted(size_t size, void *p)
{
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&bytes, size, __ATOMIC_RELAXED);
    return p;
}
void *malloc(size_t n) { return counted(n, __libc_malloc(n)); }
void *calloc(size_t n, size_t size) { return counted(n * size, __libc_calloc(n, size)); }
void *realloc(void *p, size_t n) { return counted(n, __libc_realloc(p, n)); }
void *memalign(size_t a, size_t n) { return counted(n, __libc_memalign(a, n)); }
void *aligned_alloc(size_t a, size_t n) { return counted(n, __libc_memalign(a, n)); }
int posix_memalign(void **p, size_t a, size_t n)
{
    *p = counted(n, __libc_memalign(a, n));
    return *p ? 0 : 12;
}
"""

STEADY = """
import ctypes, sys
import test_memory
from fastcnn import optim
from fastcnn.kernels import threads
program = ctypes.CDLL(None)
count, taken = (ctypes.c_long.in_dll(program, name) for name in ("count", "bytes"))
model, (x, y) = test_memory.MODELS[sys.argv[1]](), test_memory.digits(64)
model.compile(optim.SGD(0.01, momentum=0.9))
threads.set_num_threads(int(sys.argv[2]))
for _ in range(20):
    model.train_on_batch(x, y)
before = taken.value
for _ in range(20):
    model.train_on_batch(x, y)
print((taken.value - before) // 20)
step, update = model.plan("train", 64).step, model.optimizer.program
before = count.value
for _ in range(20):
    step.run()
    update.run()
print(count.value - before)
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    """A library that counts what is taken from the C library's allocator."""
    if platform.libc_ver()[0] != "glibc" or shutil.which("cc") is None:
        pytest.skip("counting allocations needs glibc and a C compiler")
    folder = tmp_path_factory.mktemp("counter")
    (folder / "counter.c").write_text(COUNTER)
    command = ["cc", "-O1", "-shared", "-fPIC", "counter.c", "-o", "counter.so"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "counter.so"


@pytest.mark.parametrize("n", [1, 2], ids=lambda n: f"{n}_threads")
@pytest.mark.parametrize("name", MODELS)
def test_no_allocation(name, n, counter):
    """None at all while a program runs; around it NumPy may take the odd small object."""
    given = os.environ.get("PYTHONPATH")  # an empty part would mean this folder
    path = os.pathsep.join([str(Path(__file__).parent), *([given] if given else [])])
    environment = {**os.environ, "LD_PRELOAD": str(counter), "PYTHONPATH": path}
    command = [sys.executable, "-c", STEADY, name, str(n)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    step_bytes, program_calls = map(int, result.stdout.split())
    assert program_calls == 0
    assert step_bytes < 4096


# --- long training ---


def resident():
    """Bytes of memory that this process now has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_memory_does_not_grow():
    """1,000 steps of changing size: plans come and go. A leak of 1 KiB in each would be seen.

    Garbage is collected and what is free goes back to the system first. The median counts: a leak
    shows in every stretch of 100 steps, a new arena of Python's, a megabyte, in one.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _pad: None)  # glibc has it
    rng, (x, y) = np.random.default_rng(0), digits(64)
    model, sizes = small(), []
    with threads.use_threads(1):
        for step in range(1000):
            if step % 100 == 0:
                model.compile(optim.SGD(0.01))  # forgets all plans
                gc.collect()
                trim(0)
                sizes.append(resident())
            n = int(rng.integers(2, 25))
            model.train_on_batch(x[:n], y[:n])
    assert statistics.median(np.diff(sizes[2:])) < 50 << 10, sizes


# --- forked processes ---


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("size", [1 << 10, 4 << 20], ids=["small", "large"])
def test_a_forked_child_has_its_own_memory(size):
    array = memory.empty(size)
    array[...] = 1
    with warnings.catch_warnings():  # from Python 3.12 on: the process has threads
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        array[...] = 2
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (array == 1).all()
