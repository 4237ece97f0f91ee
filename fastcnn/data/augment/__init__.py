"""Random changes to a batch of training images that leave its labels true.

A change is called as ``augment(x, rng)``: x is a batch (n, h, w, c), uint8, which stands for 0 to 1
in steps of 1/255, or real numbers; rng is a `numpy.random.Generator`. The result is a new float32
array. Each sample takes one key from rng, and all that is drawn for it follows from that key: the
same generator gives the same images for any number of threads, and the same sample with the same
key becomes the same image wherever it stands in a batch.

`Chain` puts changes together. Moves in a row are one reading of the original image, so it is
blurred once at most; what comes after them, colours, then `Normalize`, then `Cutout`, happens in
the same sweep over the batch.
"""

from fastcnn.data.augment.chain import Chain
from fastcnn.data.augment.color import ColorJitter, Normalize
from fastcnn.data.augment.cutout import Cutout
from fastcnn.data.augment.geometry import Crop, Flip, ResizedCrop, Rotate, Shift
from fastcnn.data.augment.mixup import MixUp

__all__ = [
    "Chain",
    "ColorJitter",
    "Crop",
    "Cutout",
    "Flip",
    "MixUp",
    "Normalize",
    "ResizedCrop",
    "Rotate",
    "Shift",
]
