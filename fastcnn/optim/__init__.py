"""Optimizers: from gradients to new parameters, in one pass over all of them."""

from fastcnn.optim.adam import Adam, AdamW
from fastcnn.optim.base import Optimizer
from fastcnn.optim.rmsprop import RMSprop
from fastcnn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]
