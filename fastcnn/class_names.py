"""What the scores of a classifier are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastcnn.kernels.gate import Shape


class ClassNames:
    """The part of a model that knows the names of its classes."""

    output_shape: Shape
    _class_names: tuple[str, ...] | None = None

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The names of the classes, one for each score; None until they are assigned.

        They are saved with the model.

        Raises
        ------
        ValueError, TypeError
            What is assigned is no list of strings, or not one for each score.

        Examples
        --------
        >>> from fastcnn import models
        >>> model = models.lenet5(classes=3)
        >>> model.class_names = ["cat", "dog", "horse"]
        >>> model.class_names[1]
        'dog'
        """
        return self._class_names

    @class_names.setter
    def class_names(self, names: Iterable[str] | None) -> None:
        if names is not None:
            if isinstance(names, str) or not isinstance(names, Iterable):
                raise TypeError(f"class_names must be a list of names: got {names!r}")
            names = tuple(names)
            if not all(isinstance(name, str) for name in names):
                raise TypeError(f"class_names must be a list of names: got {names!r}")
            if (len(names),) != self.output_shape:
                got = f"{len(names)} for scores of shape {self.output_shape}"
                raise ValueError(f"class_names must have a name for each score: got {got}")
        self._class_names = names

    def classes_config(self) -> dict[str, Any]:
        """What a model's `config` says of them."""
        return {} if self.class_names is None else {"classes": list(self.class_names)}
