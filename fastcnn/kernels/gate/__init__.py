"""The gate: every argument of every operation is checked here, before any pointer is taken.

Six missing checks make nearly all published memory faults of such kernels: a zero or negative
stride, size, dilation or groups; a zero-sized dimension; a gradient that does not match the forward
shape; a per-channel vector of the wrong length; an index outside the plane; size arithmetic that
wraps. All six stand here. What passes is a frozen record of plain ints (`ConvSizes`, ...)
and arrays of exactly the shapes it names; errors are ValueError or TypeError and name the argument,
the rule and the value.
"""

from fastcnn.kernels.gate.conv import (
    Convolution,
    ConvSizes,
    FrameSizes,
    conv,
    conv_transpose,
    convolution,
)
from fastcnn.kernels.gate.sizes import (
    LARGEST_WINDOW,
    DenseSizes,
    GroupSizes,
    LrnSizes,
    PoolSizes,
    RowSizes,
    batchnorm,
    channels,
    dense,
    groupnorm,
    layernorm,
    lrn,
    max_pool,
    pool,
)
from fastcnn.kernels.gate.values import (
    LARGEST_BYTES,
    LARGEST_FLOAT,
    SMALLEST_FLOAT,
    Shape,
    floats,
    gelu,
    interval,
    key,
    labels,
    match,
    real,
    sized,
    whole,
)

__all__ = [
    "LARGEST_BYTES",
    "LARGEST_FLOAT",
    "LARGEST_WINDOW",
    "SMALLEST_FLOAT",
    "ConvSizes",
    "Convolution",
    "DenseSizes",
    "FrameSizes",
    "GroupSizes",
    "LrnSizes",
    "PoolSizes",
    "RowSizes",
    "Shape",
    "batchnorm",
    "channels",
    "conv",
    "conv_transpose",
    "convolution",
    "dense",
    "floats",
    "gelu",
    "groupnorm",
    "interval",
    "key",
    "labels",
    "layernorm",
    "lrn",
    "match",
    "max_pool",
    "pool",
    "real",
    "sized",
    "whole",
]
