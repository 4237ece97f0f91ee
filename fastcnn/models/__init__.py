"""Published networks, each a function that builds a `fastcnn.Sequential`."""

from fastcnn.models.alexnet import alexnet
from fastcnn.models.all_convolutional import all_convolutional
from fastcnn.models.c3d_small import c3d_small
from fastcnn.models.densenet import densenet121, densenet169, densenet_bc100
from fastcnn.models.fcn1d import fcn1d
from fastcnn.models.generator import generator
from fastcnn.models.googlenet import googlenet
from fastcnn.models.lenet5 import lenet5
from fastcnn.models.mobilenet import mobilenet_v1, mobilenet_v2
from fastcnn.models.nin import nin
from fastcnn.models.resnet import resnet18, resnet34, resnet50, resnet101
from fastcnn.models.resnet_small import resnet20, resnet56, resnet110
from fastcnn.models.squeezenet import squeezenet
from fastcnn.models.vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "alexnet",
    "all_convolutional",
    "c3d_small",
    "densenet121",
    "densenet169",
    "densenet_bc100",
    "fcn1d",
    "generator",
    "googlenet",
    "lenet5",
    "mobilenet_v1",
    "mobilenet_v2",
    "nin",
    "resnet18",
    "resnet20",
    "resnet34",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet110",
    "squeezenet",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
]
