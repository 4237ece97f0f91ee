"""Elementwise non-linearities; backward works from the output y. A task is a run of elements."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op, block_start, blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384

cdef enum Function:
    RELU
    LEAKY_RELU
    SIGMOID
    TANH

FUNCTIONS = {"relu": RELU, "leaky_relu": LEAKY_RELU, "sigmoid": SIGMOID, "tanh": TANH}


cdef class ActivationForward(Op):
    """y = f(x); `function` is a key of FUNCTIONS, `slope` belongs to leaky_relu."""

    cdef Function function
    cdef float slope
    cdef ptrdiff_t n
    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, str function, double slope, x, y):
        self.function, self.slope, self.n = FUNCTIONS[function], slope, x.size
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.tasks[0] = blocks(self.n, RUN)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # One run of elements.
        cdef ptrdiff_t at = block_start(self.n, self.tasks[0], index)
        cdef ptrdiff_t n = block_start(self.n, self.tasks[0], index + 1) - at
        if self.function == RELU:
            isa.K.relu_forward(n, self.x + at, self.y + at)
        elif self.function == LEAKY_RELU:
            isa.K.leaky_relu_forward(n, self.slope, self.x + at, self.y + at)
        elif self.function == SIGMOID:
            isa.K.sigmoid_forward(n, self.x + at, self.y + at)
        else:
            isa.K.tanh_forward(n, self.x + at, self.y + at)


cdef class ActivationBackward(Op):
    """dx = dy * f'(x), with f' from the output y."""

    cdef Function function
    cdef float slope
    cdef ptrdiff_t n
    cdef const float *dy
    cdef const float *y
    cdef float *dx

    writes = ("dx",)

    def __init__(self, str function, double slope, dy, y, dx):
        self.function, self.slope, self.n = FUNCTIONS[function], slope, y.size
        self.dy = self.source(dy, y.shape)
        self.y = self.source(y, y.shape)
        self.dx = self.target(dx, y.shape)
        self.tasks[0] = blocks(self.n, RUN)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # One run of elements.
        cdef ptrdiff_t at = block_start(self.n, self.tasks[0], index)
        cdef ptrdiff_t n = block_start(self.n, self.tasks[0], index + 1) - at
        if self.function == RELU:
            isa.K.relu_backward(n, self.dy + at, self.y + at, self.dx + at)
        elif self.function == LEAKY_RELU:
            isa.K.leaky_relu_backward(n, self.slope, self.dy + at, self.y + at, self.dx + at)
        elif self.function == SIGMOID:
            isa.K.sigmoid_backward(n, self.dy + at, self.y + at, self.dx + at)
        else:
            isa.K.tanh_backward(n, self.dy + at, self.y + at, self.dx + at)
