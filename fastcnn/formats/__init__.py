"""Models in files."""

from fastcnn.formats.weights import load_model, save_model

__all__ = ["load_model", "save_model"]
