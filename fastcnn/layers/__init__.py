"""Floor 1: what a layer is: hyper-parameters, parameters, output shape, what it plans."""

from fastcnn.layers.activation import (
    ELU,
    GELU,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LeakyReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from fastcnn.layers.base import Layer
from fastcnn.layers.batchnorm import BatchNorm
from fastcnn.layers.blocks import DenseBlock, Inception, NiNBlock, VGGBlock
from fastcnn.layers.conv import Conv1D, Conv2D, Conv3D
from fastcnn.layers.conv_transpose import ConvTranspose1D, ConvTranspose2D, ConvTranspose3D
from fastcnn.layers.dense import Dense
from fastcnn.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv2D
from fastcnn.layers.dropout import Dropout, SpatialDropout
from fastcnn.layers.flatten import Flatten
from fastcnn.layers.global_pool import (
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
)
from fastcnn.layers.graph import Graph
from fastcnn.layers.groupnorm import GroupNorm, LayerNorm
from fastcnn.layers.join import Add, Concat, Concatenate, Residual
from fastcnn.layers.lrn import LocalResponseNorm
from fastcnn.layers.node import Input
from fastcnn.layers.pad import Crop1D, Crop2D, Crop3D, Pad1D, Pad2D, Pad3D
from fastcnn.layers.pool import (
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    LpPool1D,
    LpPool2D,
    LpPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
)
from fastcnn.layers.prelu import PReLU
from fastcnn.layers.reshape import Reshape
from fastcnn.layers.residual import BasicBlock, Bottleneck, IdentityShortcut
from fastcnn.layers.resize import (
    AdaptiveAvgPool1D,
    AdaptiveAvgPool2D,
    AdaptiveAvgPool3D,
    Upsample1D,
    Upsample2D,
    Upsample3D,
)
from fastcnn.layers.sequential import Sequential
from fastcnn.layers.side_loss import SideLoss
from fastcnn.layers.softmax import Softmax

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool1D",
    "AdaptiveAvgPool2D",
    "AdaptiveAvgPool3D",
    "Add",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BasicBlock",
    "BatchNorm",
    "Bottleneck",
    "Concat",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "ConvTranspose3D",
    "Crop1D",
    "Crop2D",
    "Crop3D",
    "Dense",
    "DenseBlock",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "Graph",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "IdentityShortcut",
    "Inception",
    "Input",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LocalResponseNorm",
    "LpPool1D",
    "LpPool2D",
    "LpPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "NiNBlock",
    "PReLU",
    "Pad1D",
    "Pad2D",
    "Pad3D",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Residual",
    "SeparableConv2D",
    "Sequential",
    "SiLU",
    "SideLoss",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "SpatialDropout",
    "Tanh",
    "Upsample1D",
    "Upsample2D",
    "Upsample3D",
    "VGGBlock",
]
