from fastcnn.kernels.rows cimport Rows


cdef class BatchNorm(Rows):
    cdef bint stream
    cdef bint relu
