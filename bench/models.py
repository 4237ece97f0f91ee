"""The table of networks: ``python bench/models.py --out docs/models.md``.

Nothing is measured: parameters, multiply-adds and bytes follow from the layers and their plans.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from report import head, line

from fastcnn import models, summary, threads

# Samples in a step of training: for small images, and for those of 224 x 224 pixels.
SMALL, LARGE = 64, 8

TEXT = """# Models

Made by `make models`. Each is a function of `fastcnn.models` that builds it; its help tells
the paper, the volumes and the arguments:

```python
from fastcnn import models, optim
model = models.resnet20(classes=10, input_shape=(32, 32, 3), rng=0)
print(model.summary(batch_size=64, depth=1))
```

`fastcnn summary resnet18` prints the same for its defaults, and `model.plot()` draws the layers.
Multiply-adds are those of one sample, forward. The last column is what a step of training takes,
known before it runs: activations and their gradients, weights and theirs, the state of SGD, and
scratch memory for two threads.
"""


def rows() -> list[str]:
    """A line for each network, at its default sizes."""
    lines = [head("network | input | output | parameters | million multiply-adds | batch | MiB")]
    for name in models.__all__:
        model = getattr(models, name)(rng=0)
        batch = LARGE if model.input_shape[0] > 64 else SMALL
        lines.append(
            line(
                f"`{name}`",
                summary.volume(model.input_shape),
                summary.volume(model.output_shape),
                f"{sum(parameter.size for parameter in model.parameters.values()):,}",
                f"{model.root.multiply_adds(model.input_shape) / 1e6:,.1f}",
                batch,
                f"{sum(summary.memory(model, batch).values()) / 2**20:,.1f}",
            )
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown (default: print it)")
    options = parser.parse_args()
    with threads(2):
        text = "\n".join([TEXT, *rows(), ""])
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
