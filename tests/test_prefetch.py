"""Batches made ahead in a thread: their order, their errors, and the end of the thread."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from fastcnn import data


def data_threads():
    return [each for each in threading.enumerate() if each.name.startswith("fastcnn-data")]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not data_threads()


class Faulty:
    """A source that raises at the sample 11, and counts what it was asked for."""

    shape = (2,)

    def __init__(self, error=None):
        self.error, self.asked = error or OSError("disk on fire"), 0

    def __len__(self):
        return 20

    def take(self, indices):
        self.asked += 1
        if 11 in indices:
            raise self.error
        return np.ones((len(indices), 2)), indices


@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_an_error_comes_where_its_batch_would(prefetch):
    source, seen = Faulty(), []
    loader = data.Loader(source, batch_size=4, shuffle=False, prefetch=prefetch)
    with pytest.raises(OSError, match="disk on fire") as error:
        for _, y in loader:
            seen.append(y.tolist())
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert error.value is source.error
    assert "take" in [entry.name for entry in error.traceback]
    assert not data_threads()


@pytest.mark.parametrize("error", [StopIteration(), KeyboardInterrupt(), SystemExit(3)])
def test_no_error_ends_an_epoch_silently(error):
    with pytest.raises((RuntimeError, KeyboardInterrupt, SystemExit)):
        list(data.Loader(Faulty(error), batch_size=4, shuffle=False))


def test_no_more_is_made_than_was_asked_for():
    source = Faulty()
    batches = data.Loader(source, batch_size=1, shuffle=False, prefetch=3).batches(0)
    assert source.asked == 0
    assert not data_threads()  # nothing is begun before the first batch is wanted
    for number in range(1, 4):
        next(batches)
        deadline = time.monotonic() + 10
        while source.asked < number + 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.01)
        assert source.asked == number + 3
    assert len(data_threads()) == 1
    batches.close()
    assert not data_threads()
    assert source.asked == 6


def test_threads_end_with_their_iterator():
    loader = data.Loader(np.ones((23, 2)), batch_size=1)
    for _ in range(20):
        for _ in loader:
            break
    gc.collect()
    assert not data_threads()
    batches = iter(loader)
    next(batches)
    assert len(data_threads()) == 1
    del batches
    assert not data_threads()
    with pytest.raises(ZeroDivisionError):
        for _ in loader:
            1 / 0  # noqa: B018
    gc.collect()
    assert not data_threads()


def test_iterators_side_by_side():
    loader = data.Loader(np.arange(23), batch_size=4, rng=0)
    for (one, _), (other, _) in zip(loader.batches(2), loader.batches(2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_waiting_is_measured():
    class Slow(Faulty):
        def take(self, indices):
            time.sleep(0.02)
            return np.ones((len(indices), 2)), None

    for prefetch in (0, 2):
        loader = data.Loader(Slow(), batch_size=5, prefetch=prefetch)
        assert loader.waited == 0
        list(loader)
        assert 0.075 < loader.waited < 20
        next(loader.batches(0))
        assert loader.waited < 20
    loader = data.Loader(Slow(), batch_size=10)
    for _ in loader:
        time.sleep(0.2)
    assert loader.waited < 0.2  # the second batch was made meanwhile


SLOW = """
import sys, threading, time
import numpy as np
from fastcnn import data
class Slow:
    shape = (1,)
    def __len__(self): return 10**6
    def take(self, indices):
        time.sleep(0.01)
        return np.ones((len(indices), 1)), None
loader = data.Loader(Slow(), batch_size=1)
"""

INTERRUPTED = """
try:
    for number, _ in enumerate(loader):
        if number == 3:
            print("on", flush=True)
except KeyboardInterrupt:
    print(len([t for t in threading.enumerate() if t.name.startswith("fastcnn-data")]))
    sys.exit(7)
"""

FORGOTTEN = """
kept = iter(loader)
next(kept)
print("end")
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_interrupted():
    with subprocess.Popen(
        [sys.executable, "-c", SLOW + INTERRUPTED], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "on\n"
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=60)
    assert (rest, child.returncode) == ("0\n", 7)


def test_a_program_ends_in_the_middle_of_an_epoch():
    command = [sys.executable, "-c", SLOW + FORGOTTEN]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert (result.stdout, result.stderr) == ("end\n", "")
