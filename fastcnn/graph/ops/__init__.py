"""Symbolic operations: what a layer plans. Each knows its kernels, forward and backward."""

from fastcnn.graph.ops.activation import Activation
from fastcnn.graph.ops.add import Add
from fastcnn.graph.ops.batchnorm import BatchNorm
from fastcnn.graph.ops.concatenate import Concatenate
from fastcnn.graph.ops.conv import Conv
from fastcnn.graph.ops.conv_pooled import ConvMaxPool
from fastcnn.graph.ops.conv_transpose import Bias, ConvTranspose
from fastcnn.graph.ops.dense import Dense
from fastcnn.graph.ops.dropout import Dropout, SpatialDropout
from fastcnn.graph.ops.epilogue import LIMITS, BatchNormFolds, Epilogue, Fold
from fastcnn.graph.ops.frames import Frames, FramesTranspose
from fastcnn.graph.ops.groupnorm import GroupNorm
from fastcnn.graph.ops.loss import (
    BinaryCrossEntropy,
    Huber,
    MeanSquaredError,
    SoftmaxCrossEntropy,
)
from fastcnn.graph.ops.lrn import Lrn
from fastcnn.graph.ops.pool import AvgPool, LpPool, MaxPool
from fastcnn.graph.ops.prelu import PRelu
from fastcnn.graph.ops.python import Python
from fastcnn.graph.ops.resample import Resample
from fastcnn.graph.ops.softmax import Softmax

__all__ = [
    "LIMITS",
    "Activation",
    "Add",
    "AvgPool",
    "BatchNorm",
    "BatchNormFolds",
    "Bias",
    "BinaryCrossEntropy",
    "Concatenate",
    "Conv",
    "ConvMaxPool",
    "ConvTranspose",
    "Dense",
    "Dropout",
    "Epilogue",
    "Fold",
    "Frames",
    "FramesTranspose",
    "GroupNorm",
    "Huber",
    "LpPool",
    "Lrn",
    "MaxPool",
    "MeanSquaredError",
    "PRelu",
    "Python",
    "Resample",
    "Softmax",
    "SoftmaxCrossEntropy",
    "SpatialDropout",
]
