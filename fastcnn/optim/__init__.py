"""Optimizers: from gradients to new parameters, in one pass over all of them."""

from fastcnn.optim.adam import Adam
from fastcnn.optim.base import Optimizer
from fastcnn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
