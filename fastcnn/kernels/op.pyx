"""What an operation is: arrays checked once, then tasks that any thread may take in any order.

An operation runs in one or more *phases*. A phase is a number of *tasks* that write disjoint memory
and read nothing that another task of the phase writes, so they can be shared among threads without a
lock. How the work is cut into tasks depends on shapes alone, never on the number of threads:
this is why results have the same bits for any number of threads.
"""

from cpython.buffer cimport (PyBUF_FORMAT, PyBUF_C_CONTIGUOUS, PyBUF_STRIDES, PyBUF_WRITABLE,
                             PyBuffer_Release, PyObject_GetBuffer)

from fastcnn.kernels.kernels cimport fc_epilogue


cdef ptrdiff_t blocks(ptrdiff_t n, ptrdiff_t size) noexcept nogil:
    """How many blocks of at most `size` cover `n`."""
    return (n + size - 1) // size


# Many tasks come in fours, for as many threads.
cdef ptrdiff_t MANY = 4


cdef ptrdiff_t even_blocks(ptrdiff_t n, ptrdiff_t size) noexcept nogil:
    """How many tasks of at most `size` cover `n`, such that threads get the same share of many."""
    cdef ptrdiff_t count = blocks(n, size)
    return blocks(count, MANY) * MANY if count > MANY else count


cdef ptrdiff_t block_start(ptrdiff_t n, ptrdiff_t blocks, ptrdiff_t index) noexcept nogil:
    """Where block `index` of `blocks` nearly equal parts of `n` begins; the last one ends at `n`.

    Larger and smaller parts alternate, so that equal shares of the parts are equal work.
    """
    return n * index // blocks


cdef const float *behind(const float *array, ptrdiff_t floats) noexcept nogil:
    return NULL if array == NULL else array + floats


cdef fc_epilogue epilogue_at(const fc_epilogue *end, ptrdiff_t channel, ptrdiff_t place) noexcept nogil:
    """The epilogue of what is stored `place` floats behind y and begins at this channel."""
    cdef fc_epilogue there = end[0]
    there.scale, there.bias = behind(end.scale, channel), behind(end.bias, channel)
    there.residual = behind(end.residual, place)
    return there


cdef class Op:
    """An operation on given arrays.

    A subclass takes its pointers in ``__init__`` through `source` and `target`, sets `phases` and
    `tasks`, the bytes of scratch memory it wants (`shared_bytes` for all tasks together, `own_bytes`
    for each thread; both 64-byte aligned, contents undefined), and does its work in `task`.

    Attributes
    ----------
    writes : tuple of str
        Names of the ``__init__`` arguments that the operation writes; the graph reads it.
    """

    writes = ()

    def __cinit__(self, *_args, **_kwargs):
        self.phases = 1
        self.arrays = []

    def __reduce__(self):
        raise TypeError(f"{type(self).__name__} holds addresses and cannot be copied or pickled")

    @property
    def task_counts(self):
        """Tasks of each phase."""
        return tuple([self.count(phase) for phase in range(self.phases)])

    cdef ptrdiff_t count(self, int phase) noexcept nogil:
        """How many tasks a phase has; an operation with many phases overrides this."""
        return self.tasks[phase]

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        pass

    cdef const float *source(self, array, tuple shape) except NULL:
        """Pointer to a float32 array to read."""
        return <const float *> self.memory(array, "input", "f", shape, False)

    cdef float *target(self, array, tuple shape) except NULL:
        """Pointer to a float32 array to write."""
        return <float *> self.memory(array, "output", "f", shape, True)

    cdef fc_epilogue epilogue(self, tuple y_shape, b, scale, residual, clamp) except *:
        """What becomes of sums before they are stored in y: `b` and `scale` are None or [oc], `residual`
        None or of the shape of y, `clamp` None or the smallest and the largest value."""
        cdef fc_epilogue end = fc_epilogue(NULL, NULL, NULL, clamp is not None, 0, 0, False)
        channels = (y_shape[len(y_shape) - 1],)
        if b is not None:
            end.bias = self.source(b, channels)
        if scale is not None:
            end.scale = self.source(scale, channels)
        if residual is not None:
            end.residual = self.source(residual, y_shape)
        if clamp is not None:
            end.low, end.high = clamp
        return end

    cdef void *memory(self, array, str name, str format, tuple shape, bint writable) except NULL:
        """Pointer to a C-contiguous array of exactly this shape and format; the array is kept alive.

        The gate has checked the user's arguments before; this is the lock on the door behind it.
        """
        cdef Py_buffer view
        cdef int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (PyBUF_WRITABLE if writable else 0)
        PyObject_GetBuffer(array, &view, flags)
        try:
            found = tuple([view.shape[i] for i in range(view.ndim)])
            if found != shape or view.format.decode() != format:
                raise ValueError(f"{type(self).__name__}: {name} must be {format!r} of shape {shape}: "
                                 f"got {view.format.decode()!r} of shape {found}")
            self.arrays.append(array)
            return view.buf
        finally:
            PyBuffer_Release(&view)

    cdef float *result(self, y, tuple shape, residual, ptrdiff_t *ld) except NULL:
        """Pointer to what is stored through an epilogue: rows that may be `ld` floats apart, unless there
        is a residual, which is read at the places where y is written."""
        if residual is None:
            return <float *> self.slices(y, "output", shape, True, ld)
        ld[0] = shape[len(shape) - 1]
        return self.target(y, shape)

    cdef void *slices(self, array, str name, tuple shape, bint writable, ptrdiff_t *ld) except NULL:
        """Pointer to a float32 array of this shape whose rows, along the last axis, are whole but may
        be `ld` floats apart; the array is kept alive."""
        cdef Py_buffer view
        cdef int axis, last, flags = PyBUF_STRIDES | PyBUF_FORMAT | (PyBUF_WRITABLE if writable else 0)
        cdef ptrdiff_t step
        PyObject_GetBuffer(array, &view, flags)
        try:
            found, last = tuple([view.shape[i] for i in range(view.ndim)]), view.ndim - 1
            if last < 0:
                raise ValueError(f"{type(self).__name__}: {name} must have rows: got a number")
            step, ld[0] = 0, view.shape[last]
            regular = view.strides[last] == view.itemsize or view.shape[last] == 1
            for axis in range(last - 1, -1, -1):
                if view.shape[axis] > 1:  # the stride of a single one means nothing
                    if step == 0:
                        step, ld[0] = view.strides[axis], view.strides[axis] // view.itemsize
                    regular = regular and view.strides[axis] == step and ld[0] >= view.shape[last]
                step *= view.shape[axis]
            if found != shape or view.format.decode() != "f" or not regular:
                raise ValueError(f"{type(self).__name__}: {name} must be 'f' of shape {shape} in rows: got "
                                 f"{view.format.decode()!r} of shape {found}, strides "
                                 f"{tuple([view.strides[i] for i in range(view.ndim)])}")
            self.arrays.append(array)
            return view.buf
        finally:
            PyBuffer_Release(&view)
