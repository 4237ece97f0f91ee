"""What pyproject.toml cannot say: micro-kernels for each instruction set, Cython modules on top."""

import os
import platform
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
HEADERS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("src/*.h"))
# What the Cython modules include; the other headers reach one of them alone, through the libraries.
INTERFACES = ["src/denormals.h", "src/kernels.h", "src/team.h"]

# Named sub-flags only: the -ffast-math family changes the floating-point mode of the whole
# process, and -march=native makes a wheel that other machines cannot run.
FLAGS = ["-O3", "-fPIC", "-std=gnu11", "-fopenmp", "-fvisibility=hidden", "-g0"]
# A small wheel: C has no exceptions to unwind the stack for, and nobody asks for local symbols but
# tests/test_disassembly.py, for those of `isa`.
FLAGS += ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
SMALL = ["-Wl,--strip-all", "-Wl,--gc-sections"]
KERNEL_FLAGS = [*FLAGS, "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]
ISA_FLAGS = {"baseline": []}
if platform.machine() in ("x86_64", "AMD64"):
    ISA_FLAGS |= {
        "avx2": ["-mavx2", "-mfma"],
        "avx512": [
            "-mavx512f",
            "-mavx512vl",
            "-mavx512dq",
            "-mavx512bw",
            "-mfma",
            "-mprefer-vector-width=512",
        ],
    }
# FASTCNN_CFLAGS: extra flags for a debug or sanitizer build (Makefile, target `sanitize`).
EXTRA = os.environ.get("FASTCNN_CFLAGS", "").split()

# Linked into the modules that use them: `isa` alone. The one who asks stands before those he names.
libraries = [
    (
        "fc_dispatch",
        {
            "sources": ["src/dispatch.c"],
            "obj_deps": {"": HEADERS},
            "macros": [("FC_FLAGS", '"' + " ".join(KERNEL_FLAGS + EXTRA) + '"')],
            "cflags": FLAGS + EXTRA,
        },
    ),
    *(
        (
            f"fc_{isa}",
            {
                "sources": [f"src/isa_{isa}.c"],
                "obj_deps": {"": HEADERS},
                "cflags": [*KERNEL_FLAGS, *flags, *EXTRA],
            },
        )
        for isa, flags in ISA_FLAGS.items()
    ),
]

extensions = [
    Extension(
        f"fastcnn.kernels.{path.stem}",
        [str(path.relative_to(ROOT))],
        include_dirs=["src"],
        depends=HEADERS if path.stem == "isa" else INTERFACES,
        extra_compile_args=[*FLAGS, *EXTRA],
        extra_link_args=["-fopenmp", *([] if EXTRA or path.stem == "isa" else SMALL), *EXTRA],
    )
    for path in sorted(ROOT.glob("fastcnn/kernels/*.pyx"))
]

setup(
    libraries=libraries,
    ext_modules=cythonize(
        extensions,
        build_dir="build/cython",
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "embedsignature": True,
            "auto_pickle": False,  # 400 KB of refusals; Op and Program refuse in a line
        },
    ),
)
