"""Floor 1: what a layer is: hyper-parameters, parameters, output shape, what it plans."""

from fastcnn.layers.activation import LeakyReLU, ReLU, Sigmoid, Tanh
from fastcnn.layers.base import Layer
from fastcnn.layers.batchnorm import BatchNorm
from fastcnn.layers.conv import Conv2D
from fastcnn.layers.dense import Dense
from fastcnn.layers.dropout import Dropout
from fastcnn.layers.flatten import Flatten
from fastcnn.layers.pool import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from fastcnn.layers.sequential import Sequential

__all__ = [
    "AvgPool2D",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "Layer",
    "LeakyReLU",
    "MaxPool2D",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
