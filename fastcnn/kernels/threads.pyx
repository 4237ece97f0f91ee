"""How many threads work: min(OMP_NUM_THREADS, CPU affinity, cgroup quota) unless told otherwise."""

import contextlib
import math
import os

from fastcnn.kernels import gate

cdef extern from "pthread.h" nogil:
    int pthread_atfork(void (*prepare)() noexcept nogil, void (*parent)() noexcept nogil,
                       void (*child)() noexcept nogil)

# The most threads that a program is planned for; far above any machine, far below what would
# exhaust memory by a slip of the keyboard.
MAX_THREADS = 1024

cdef int threads = 1
cdef bint forked = False


cdef void after_fork_in_child() noexcept nogil:
    # The worker threads of OpenMP do not exist in the child: a parallel region would wait for
    # them for ever. The child computes on its one thread.
    global forked
    forked = True


cdef int count() noexcept nogil:
    return 1 if forked else threads


def cgroup_quota(root="/sys/fs/cgroup"):
    """CPUs that the cgroup (v2 or v1) of this process may use, rounded up; None when unlimited."""
    for name in ("cpu.max", "cpu/cpu.cfs_quota_us"):
        try:
            with open(os.path.join(root, name)) as file:
                words = file.read().split()
            if name != "cpu.max":
                with open(os.path.join(root, "cpu/cpu.cfs_period_us")) as file:
                    words += file.read().split()
            quota, period = words
            if quota not in ("max", "-1"):
                return max(1, math.ceil(int(quota) / int(period)))
        except (OSError, ValueError, ZeroDivisionError):
            continue  # not this version of cgroups, or not Linux: no limit known
    return None


def limits():
    """What bounds the number of threads: a dict of reason -> CPUs."""
    found = {}
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked) > 0:
        found["OMP_NUM_THREADS"] = int(asked)
    if hasattr(os, "sched_getaffinity"):
        found["CPU affinity"] = len(os.sched_getaffinity(0))
    else:
        found["CPUs"] = os.cpu_count() or 1
    quota = cgroup_quota()
    if quota is not None:
        found["cgroup quota"] = quota
    return found


def get_num_threads():
    """Number of threads that the next operation uses.

    Examples
    --------
    >>> import fastcnn
    >>> fastcnn.get_num_threads() >= 1
    True
    """
    return count()


def set_num_threads(n):
    """Use `n` threads from now on, in the whole process.

    Results have the same bits for any number of threads.

    Parameters
    ----------
    n : int
        1 to 1024.

    Raises
    ------
    TypeError
        `n` is not an integer.
    ValueError
        `n` is out of range.

    Examples
    --------
    >>> import fastcnn
    >>> fastcnn.set_num_threads(2)
    """
    global threads
    threads = gate.whole(n, "n", 1, MAX_THREADS)


@contextlib.contextmanager
def use_threads(n):
    """Use `n` threads inside a ``with`` block; `fastcnn.threads` is this function.

    Examples
    --------
    >>> import fastcnn
    >>> with fastcnn.threads(1):
    ...     fastcnn.get_num_threads()
    1
    """
    before = threads
    set_num_threads(n)
    try:
        yield
    finally:
        set_num_threads(before)


set_num_threads(min(MAX_THREADS, *limits().values()))
pthread_atfork(NULL, NULL, after_fork_in_child)
