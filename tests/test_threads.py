"""Threads: the same bits for any number of them, and good manners towards the process."""

import concurrent.futures
import ctypes
import ctypes.util
import multiprocessing
import os
import platform
import select
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from helpers import normals
from thread_cases import CASES

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import threads

# --- the same bits ---


@pytest.mark.parametrize("draw", CASES, ids=lambda draw: draw.__name__)
def test_same_bits_for_any_number_of_threads(draw):
    rng = np.random.default_rng(100)
    for _ in range(CASES[draw]):
        run = draw(rng)
        answers = []
        for n in (1, 2, 3, 8):
            with threads.use_threads(n):
                answers.append([np.asarray(part).tobytes() for part in run()])
        assert all(answer == answers[0] for answer in answers[1:])


def test_enough_shapes():
    assert sum(CASES.values()) >= 300


# --- how many threads ---


def test_set_and_get():
    with threads.use_threads(3):
        assert threads.get_num_threads() == 3
        threads.set_num_threads(np.int64(5))
        assert threads.get_num_threads() == 5
    before = threads.get_num_threads()
    with pytest.raises(RuntimeError, match="left"), threads.use_threads(before + 1):
        raise RuntimeError("left")
    assert threads.get_num_threads() == before


@pytest.mark.parametrize("n", [0, -1, 1025, 2**31, 2**63, 10**30])
def test_number_out_of_range(n):
    before = threads.get_num_threads()
    for function in (threads.set_num_threads, lambda n: threads.use_threads(n).__enter__()):
        with pytest.raises(ValueError, match=rf"n must be [<>]= [0-9]+: got {n}"):
            function(n)
    assert threads.get_num_threads() == before


@pytest.mark.parametrize("n", [1.5, "2", True, None, [2], np.array([1, 2])], ids=str)
def test_number_of_the_wrong_type(n):
    before = threads.get_num_threads()
    with pytest.raises(TypeError, match="n must be an int: got"):
        threads.set_num_threads(n)
    assert threads.get_num_threads() == before


def default_threads(asked=None, cpus=None):
    """Number of threads of a fresh process with this OMP_NUM_THREADS, on so many CPUs."""
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    if asked is not None:
        environment["OMP_NUM_THREADS"] = asked
    script = f"""
import os
if {cpus!r}:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cpus!r}])
from fastcnn.kernels import threads
print(threads.get_num_threads())
"""
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return int(result.stdout)


def test_default_is_the_least_of_all_limits():
    quota = threads.cgroup_quota() or 1024
    here = min(len(os.sched_getaffinity(0)), quota, 1024)
    assert default_threads() == here
    assert default_threads(cpus=1) == 1
    assert default_threads("1") == 1
    assert default_threads("1,4") == 1
    assert default_threads("4096") == here
    assert default_threads("4096", cpus=1) == 1


@pytest.mark.parametrize("asked", ["", "0", "-1", "many", "1.5"])
def test_nonsense_in_the_environment_is_no_limit(asked, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert "OMP_NUM_THREADS" not in threads.limits()
    monkeypatch.setenv("OMP_NUM_THREADS", " 3 ,2")
    assert threads.limits()["OMP_NUM_THREADS"] == 3


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "1000 100000\n"}, 1),
        ({"cpu.max": "nonsense"}, None),
        ({"cpu.max": ""}, None),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "250000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "250000\n"}, None),
        ({"cpu.max": "100000 0\n"}, None),
    ],
    ids=str,
)
def test_cgroup_quota(files, quota, tmp_path):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert threads.cgroup_quota(tmp_path) == quota


def test_small_work_stays_on_one_thread():
    """A parallel region costs a thousand times more than ten elements, on a busy machine."""
    script = """
import os
import numpy as np
from fastcnn import functional as F
from fastcnn.kernels import threads

threads.set_num_threads(3)
count = [len(os.listdir("/proc/self/task"))]
F.relu(np.ones(10)), F.conv2d(np.ones((1, 4, 4, 3)), np.ones((3, 3, 3, 4)))
count.append(len(os.listdir("/proc/self/task")))
F.conv2d(np.ones((4, 50, 50, 32)), np.ones((3, 3, 32, 32)))
count.append(len(os.listdir("/proc/self/task")))
print(count[1] - count[0], count[2] - count[0])
"""
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["0", "2"]


def test_threadpoolctl_sees_the_pool():
    script = """
import threadpoolctl
import fastcnn.kernels.program
print(*(pool["user_api"] for pool in threadpoolctl.threadpool_info()))
"""
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "openmp" in result.stdout.split()


# --- the rest of the process ---


@pytest.fixture
def problem():
    """A convolution that many threads share, and its right answer."""
    rng = np.random.default_rng(101)
    x, w = normals(rng, 8, 20, 20, 17), normals(rng, 3, 3, 17, 33)
    y = F.conv2d(x, w)
    np.testing.assert_allclose(y, reference.conv2d(x, w), rtol=0, atol=1e-3)
    return x, w, y


def fork():
    with warnings.catch_warnings():  # from Python 3.12 on: the process has threads
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def test_child_of_a_fork_computes(problem):
    x, w, y = problem
    with threads.use_threads(3):
        F.conv2d(x, w)
        reader, writer = os.pipe()
        child = fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(5)
            try:
                right = np.array_equal(F.conv2d(x, w), y) and threads.get_num_threads() == 1
                os.write(writer, b"right" if right else b"wrong")
            finally:
                os._exit(0)
        os.close(writer)
        assert select.select([reader], [], [], 6)[0], "the child hangs"
        assert os.read(reader, 5) == b"right"
        os.close(reader)
        assert os.waitpid(child, 0)[1] == 0
        # and the parent goes on with all threads
        assert threads.get_num_threads() == 3
        np.testing.assert_array_equal(F.conv2d(x, w), y)


def test_forked_processes_compute(problem):
    x, w, y = problem
    with threads.use_threads(2), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        F.conv2d(x, w)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            answers = [pool.apply_async(F.conv2d, (x, w)) for _ in range(4)]
            for answer in answers:
                np.testing.assert_array_equal(answer.get(timeout=5), y)


def test_many_python_threads_at_once(problem):
    x, w, y = problem
    with threads.use_threads(2), concurrent.futures.ThreadPoolExecutor(8) as executor:
        for answer in executor.map(lambda _: F.conv2d(x, w), range(64)):
            np.testing.assert_array_equal(answer, y)


def floating_point_mode():
    """The C library's view of rounding, masked exceptions and flushing of denormals."""
    mode = ctypes.create_string_buffer(64)
    ctypes.CDLL(ctypes.util.find_library("m")).fegetenv(mode)
    return mode.raw


@pytest.mark.parametrize("n", [1, 3])
def test_floating_point_mode_is_handed_back(n, problem):
    tiny = np.full(100, 1e-40, dtype=np.float32)
    with threads.use_threads(n):
        F.conv2d(*problem[:2])  # NumPy forgets what operations before have met
        before = floating_point_mode()
        F.conv2d(*problem[:2])
        F.sigmoid(tiny)
        assert floating_point_mode() == before
    assert (tiny * np.float32(0.5) > 0).all(), "denormals are flushed in the caller"


@pytest.mark.skipif(platform.system() != "Linux", reason="feenableexcept is a function of glibc")
def test_no_trap_on_finite_numbers():
    """With invalid operations and divisions by zero unmasked, no lane beside the data traps."""
    script = """
import ctypes, ctypes.util
import numpy as np
from fastcnn import functional as F
from fastcnn.kernels import isa, threads

ctypes.CDLL(ctypes.util.find_library("m")).feenableexcept(0x01 | 0x04)
threads.set_num_threads(2)  # they inherit the mode
for name in isa.available():
    isa.select(name)
    for c in (1, 3, 5, 17, 33):
        x, ones = np.ones((2, 5, 5, c), "f4"), np.ones(c, "f4")
        y = F.conv2d(x, np.ones((3, 3, c, c), "f4"), ones)
        F.conv2d_backward(y, x, np.ones((3, 3, c, c), "f4"))
        F.batchnorm(x, ones, ones, ones, ones)
        F.batchnorm(x, ones, ones), F.batchnorm_backward(x, x, ones)
        F.batchnorm_backward(x, x, ones, ones, ones)
        F.groupnorm(x, ones, ones, c), F.groupnorm_backward(x, x, ones, c)
        if c > 1:
            F.layernorm(x, ones, ones), F.layernorm_backward(x, x, ones)
        for beta in (0.5, 0.75, 1.0):
            F.lrn(x, beta=beta), F.lrn_backward(x, x, beta=beta)
        F.spatial_dropout(x, 0.5, 1)
        F.prelu(-x, ones), F.prelu_backward(x, -x, ones)
        F.softmax_backward(x, F.softmax(x))
        F.max_pool2d(x, 2), F.max_pool2d_backward(F.avg_pool2d(x, 2), x, 2)
        F.avg_pool2d_backward(F.avg_pool2d(x, 2), x, 2)
        for f in (F.relu, F.leaky_relu, F.sigmoid, F.tanh, lambda x: F.dropout(x, 0.5, 1)):
            f(x), f(-x), f(x * 0)
        F.softmax_cross_entropy(x.reshape(50, c), np.zeros(50, int)), F.mean_squared_error(x, -x)
        F.sgd(x, x, x, 0.1), F.adam(x, x, x, x, 1, 0.1), F.rmsprop(x, x, x, x, 0.1)
"""
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", script], check=True)
