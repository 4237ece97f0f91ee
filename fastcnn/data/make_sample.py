"""Make the sample of MNIST in this package from the full set.

    python -m fastcnn.data.make_sample FOLDER [OUT]

FOLDER holds the four files of MNIST; OUT (default: the package's own folder) gets four files of
the same names with the first 500 training and 100 test digits of each class, in file order.
"""

import sys
from pathlib import Path

import numpy as np

from fastcnn.data.digits import CLASSES, SAMPLE_FOLDER, read_digits
from fastcnn.data.idx import write_idx

PER_CLASS = {"train": 500, "t10k": 100}


def first_of_each(labels: np.ndarray, count: int) -> np.ndarray:
    """Indices of the first ``count`` of every class, ascending; ValueError if one has fewer."""
    chosen = [np.flatnonzero(labels == digit)[:count] for digit in range(CLASSES)]
    for digit, indices in enumerate(chosen):
        if len(indices) < count:
            raise ValueError(f"class {digit} must have at least {count}: got {len(indices)}")
    return np.sort(np.concatenate(chosen))


def make_sample(folder: Path, out: Path) -> None:
    """Write the sample of the full set in ``folder`` into ``out``."""
    for part, count in PER_CLASS.items():
        images, labels = read_digits(folder, part)
        indices = first_of_each(labels, count)
        write_idx(out / f"{part}-images-idx3-ubyte.gz", images[indices])
        write_idx(out / f"{part}-labels-idx1-ubyte.gz", labels[indices])


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    make_sample(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else SAMPLE_FOLDER)
