"""Optional dependencies: imported where they are needed, with a hint where they are missing."""

import importlib
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import ``module``, which the optional extra ``extra`` of this package installs.

    Raises
    ------
    ModuleNotFoundError
        Naming what to install.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        hint = f"{error.name} is not installed: pip install 'fastcnn[{extra}]'"
        raise ModuleNotFoundError(hint, name=error.name) from error
