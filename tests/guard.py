"""Arrays against a wall: one byte beyond them, and the process dies.

AddressSanitizer does not see masked vector loads. A page without access rights does.
"""

import ctypes
import mmap
import os
import signal
import sys
import traceback
import warnings

import numpy as np

PAGE = mmap.PAGESIZE
PROT_NONE = 0

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def guarded(array, side):
    """Copy an array so that its first byte ("start") or its last ("end") lies at a wall."""
    pages = -(-array.nbytes // PAGE)
    block = mmap.mmap(-1, (pages + 2) * PAGE)
    raw = np.frombuffer(block, dtype=np.uint8)  # keeps the block alive
    for wall in (0, pages + 1):
        if _libc.mprotect(raw.ctypes.data + wall * PAGE, PAGE, PROT_NONE):
            raise OSError(ctypes.get_errno(), "mprotect")
    first = PAGE if side == "start" else (pages + 1) * PAGE - array.nbytes
    copy = raw[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def outcome(function):
    """Call the function in a child process: None, the exception as text, or the fatal signal."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # from Python 3.12 on: the process may have threads
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            function()
        except BaseException:
            os.write(writer, traceback.format_exc().encode())
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        error = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return error or None
