from fastcnn.kernels.kernels cimport fc_kernels

cdef const fc_kernels *K
