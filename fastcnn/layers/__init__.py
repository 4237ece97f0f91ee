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
from fastcnn.layers.graph import Graph
from fastcnn.layers.groupnorm import GroupNorm, LayerNorm
from fastcnn.layers.join import Add, Concat, Concatenate, Residual
from fastcnn.layers.lrn import LocalResponseNorm
from fastcnn.layers.node import Input
from fastcnn.layers.pool import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from fastcnn.layers.reshape import Reshape
from fastcnn.layers.residual import BasicBlock, Bottleneck
from fastcnn.layers.sequential import Sequential

__all__ = [
    "ELU",
    "GELU",
    "Add",
    "AvgPool2D",
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
    "Dense",
    "DenseBlock",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "Graph",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Inception",
    "Input",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LocalResponseNorm",
    "MaxPool2D",
    "NiNBlock",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Residual",
    "SeparableConv2D",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "SpatialDropout",
    "Tanh",
    "VGGBlock",
]
