"""Published networks, each a function that builds a `fastcnn.Sequential`."""

from fastcnn.models.lenet5 import lenet5

__all__ = ["lenet5"]
