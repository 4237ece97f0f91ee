"""What was built, and what it runs on."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

import fastcnn
from fastcnn.kernels import isa, threads


def build_info() -> dict[str, Any]:
    """Facts about this installation, for humans and bug reports.

    Returns
    -------
    dict
        Version, instruction set in use and those available, number of threads and why, compiler and
        flags, and the versions of Python and NumPy.

    Examples
    --------
    >>> import fastcnn
    >>> fastcnn.build_info()["instruction set"] in fastcnn.build_info()["available"]
    True
    """
    compiler, flags = isa.compiler()
    limits = [f"{name}: {count}" for name, count in threads.limits().items()]
    return {
        "fastcnn": fastcnn.__version__,
        "instruction set": isa.current(),
        "available": isa.available(),
        "threads": threads.get_num_threads(),
        "threads because": limits,
        "compiler": compiler,
        "flags": flags,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
