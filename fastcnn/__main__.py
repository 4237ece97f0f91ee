"""``python -m fastcnn``: the same program as the command ``fastcnn``."""

import sys

from fastcnn.cli import main

if __name__ == "__main__":
    sys.exit(main())
