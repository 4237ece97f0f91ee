"""Elementwise non-linearities; backward works from the output y."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise, streams

cdef enum Function:
    RELU
    LEAKY_RELU
    SIGMOID
    TANH

FUNCTIONS = {"relu": RELU, "leaky_relu": LEAKY_RELU, "sigmoid": SIGMOID, "tanh": TANH}


cdef class ActivationForward(Elementwise):
    """y = f(x); `function` is a key of FUNCTIONS, `slope` belongs to leaky_relu."""

    cdef Function function
    cdef float slope
    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, str function, double slope, x, y):
        self.function, self.slope = FUNCTIONS[function], slope
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.cut(x.size)
        self.stream = streams(self.y, self.n, 2)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        cdef const float *x = self.x + at
        cdef float *y = self.y + at
        if self.function == RELU:
            isa.K.relu_forward(n, x, y, self.stream)
        elif self.function == LEAKY_RELU:
            isa.K.leaky_relu_forward(n, self.slope, x, y, self.stream)
        elif self.function == SIGMOID:
            isa.K.sigmoid_forward(n, x, y, self.stream)
        else:
            isa.K.tanh_forward(n, x, y, self.stream)


cdef class ActivationBackward(Elementwise):
    """dx = dy * f'(x), with f' from the output y."""

    cdef Function function
    cdef float slope
    cdef const float *dy
    cdef const float *y
    cdef float *dx

    writes = ("dx",)

    def __init__(self, str function, double slope, dy, y, dx):
        self.function, self.slope = FUNCTIONS[function], slope
        self.dy = self.source(dy, y.shape)
        self.y = self.source(y, y.shape)
        self.dx = self.target(dx, y.shape)
        self.cut(y.size)
        self.stream = streams(self.dx, self.n, 3)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        cdef const float *dy = self.dy + at
        cdef const float *y = self.y + at
        cdef float *dx = self.dx + at
        if self.function == RELU:
            isa.K.relu_backward(n, dy, y, dx, self.stream)
        elif self.function == LEAKY_RELU:
            isa.K.leaky_relu_backward(n, self.slope, dy, y, dx, self.stream)
        elif self.function == SIGMOID:
            isa.K.sigmoid_backward(n, dy, y, dx, self.stream)
        else:
            isa.K.tanh_backward(n, dy, y, dx, self.stream)
