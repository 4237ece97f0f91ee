"""A contestant in its own process: ``python -m worker MODULE`` answers commands, a JSON line each.

The module is `programs` (fastcnn) or one of `peers`. It has ``VERSION``, a text, and
``build(case, variant)``, which gives a function to call over and over. Unless there is only one way
to do things, ``VARIANTS`` maps an operation, or "" for all others, to the ways.

Processes of their own, because each library brings its own threads, which would wait for work on
the cores that another is timed on.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from measure import Case, Stopwatch, fingerprint


class Worker:
    """Carries out the commands; `prepare` names a case, `burst` times it, `peak` tells the memory,
    `forget` drops all."""

    def __init__(self, module: ModuleType):
        self.module = module
        self.ready: dict[str, Stopwatch] = {}

    def hello(self) -> dict[str, Any]:
        variants = getattr(self.module, "VARIANTS", {"": [""]})
        return {"version": self.module.VERSION, "variants": variants}

    def prepare(self, case: dict[str, Any], variant: str) -> dict[str, Any]:
        """Get a case ready and say what it computes."""
        case["options"] = tuples(case["options"])
        self.ready[variant] = Stopwatch(self.module.build(Case(**case), variant))
        return {"fingerprint": fingerprint(self.ready[variant].results)}

    def burst(self, variant: str, seconds: float) -> dict[str, float]:
        return {"seconds": self.ready[variant].burst(seconds)}

    def peak(self) -> dict[str, int]:
        """The most memory that this process has had resident.

        As Linux tells it: what `getrusage` gives begins with the parent's.
        """
        status = Path("/proc/self/status")
        if status.exists():
            return {"bytes": 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])}
        return {"bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}

    def forget(self) -> dict[str, Any]:
        self.ready.clear()
        return {}


def tuples(value: Any) -> Any:
    """The value with tuples in place of the lists that JSON makes of them."""
    if isinstance(value, dict):
        return {name: tuples(each) for name, each in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def main() -> None:
    # Whatever a library prints goes to stderr; the answers have standard output for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        worker = Worker(importlib.import_module(sys.argv[1]))
        answer: dict[str, Any] = worker.hello()
    except ImportError as error:
        answer = {"missing": str(error)}
    print(json.dumps(answer), file=answers, flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(worker, command.pop("do"))(**command)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
