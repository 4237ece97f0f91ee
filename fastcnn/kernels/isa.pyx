"""Which set of micro-kernels runs: chosen once here, read by every other module as ``isa.K``."""

import os

from fastcnn.kernels.kernels cimport fc_compiler, fc_flags, fc_kernels, fc_kernels_available

cdef const fc_kernels *tables[3]
cdef int count = fc_kernels_available(tables)


def available():
    """Names of the instruction sets that this machine can run, widest first."""
    return [tables[i].name.decode() for i in range(count)]


def current():
    """Name of the instruction set in use."""
    return K.name.decode()


def select(str name):
    """Use the instruction set `name` from now on.

    Not for use while a program runs. Weights need no repacking: their layout is the same everywhere.
    """
    global K
    names = available()
    if name not in names:
        raise ValueError(f"FASTCNN_ISA must be one of {names} on this machine: got {name!r}")
    K = tables[names.index(name)]


def compiler():
    """Version of the compiler and the flags that all instruction sets share."""
    return fc_compiler().decode(), fc_flags().decode()


K = tables[0]
if os.environ.get("FASTCNN_ISA"):
    select(os.environ["FASTCNN_ISA"])
