"""An operation written in Python: a user's own layer as one step of a program."""

from fastcnn.kernels.op cimport Op


cdef class PythonOp(Op):
    """Calls `function()` with the GIL held; an exception ends the program and is raised by `run`.

    It has one task, for the thread that called `run`.
    """

    cdef object function

    def __init__(self, function):
        self.function = function
        self.in_python = True
        self.tasks[0] = 1

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        with gil:
            try:
                self.function()
            except BaseException as error:
                self.error = error
                self.failed = True
