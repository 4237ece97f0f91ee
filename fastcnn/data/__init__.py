"""Data sets, sources of samples, batches made of them, and random changes to their images.

Images are ``(n, h, w, c)``: float32 in [0, 1], or bytes, which models and loaders take as numbers
in [0, 1]; labels are int64 ``(n,)``.
"""

from typing import TYPE_CHECKING

from fastcnn.data.digits import load_mnist_sample
from fastcnn.data.idx import read_idx, write_idx
from fastcnn.data.loader import Loader
from fastcnn.data.sources import Arrays, Source, Subset
from fastcnn.data.split import class_weights, split
from fastcnn.later import later

if TYPE_CHECKING:
    from fastcnn.data.augment import (
        Chain,
        ColorJitter,
        Crop,
        Cutout,
        Flip,
        MixUp,
        Normalize,
        ResizedCrop,
        Rotate,
        Shift,
    )
    from fastcnn.data.datasets import DATASETS, Dataset, cifar10, cifar100, fashion_mnist, mnist
    from fastcnn.data.image_folder import ImageFolder
    from fastcnn.data.images import read_image

__all__ = [
    "DATASETS",
    "Arrays",
    "Chain",
    "ColorJitter",
    "Crop",
    "Cutout",
    "Dataset",
    "Flip",
    "ImageFolder",
    "Loader",
    "MixUp",
    "Normalize",
    "ResizedCrop",
    "Rotate",
    "Shift",
    "Source",
    "Subset",
    "cifar10",
    "cifar100",
    "class_weights",
    "fashion_mnist",
    "load_mnist_sample",
    "mnist",
    "read_idx",
    "read_image",
    "split",
    "write_idx",
]

_HOMES = {
    "Chain": "augment",
    "ColorJitter": "augment",
    "Crop": "augment",
    "Cutout": "augment",
    "DATASETS": "datasets",
    "Dataset": "datasets",
    "Flip": "augment",
    "ImageFolder": "image_folder",
    "MixUp": "augment",
    "Normalize": "augment",
    "ResizedCrop": "augment",
    "Rotate": "augment",
    "Shift": "augment",
    "cifar10": "datasets",
    "cifar100": "datasets",
    "fashion_mnist": "datasets",
    "mnist": "datasets",
    "read_image": "images",
}
__getattr__, __dir__ = later(__name__, _HOMES, __all__)
