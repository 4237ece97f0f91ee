"""Files fetched from where they are published: the extra "data", with pooch."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from fastcnn.extras import require


@dataclass(frozen=True)
class File:
    """A file as it was published."""

    name: str
    bytes: int
    sha256: str


def fetch(file: File, addresses: tuple[str, ...], folder: Path) -> None:
    """Put `file` into `folder`, whole and with the right digest, or raise.

    The addresses, each to be followed by the file's name, are tried one after the other.

    Raises
    ------
    ModuleNotFoundError
        pooch is not installed.
    OSError
        No address gave the file; naming each, and why not.
    """
    pooch = require("pooch", "data")
    failed = []
    for address in addresses:
        try:
            pooch.retrieve(
                address + file.name,
                known_hash=f"sha256:{file.sha256}",
                fname=file.name,
                path=folder,
                progressbar=importlib.util.find_spec("tqdm") is not None,
            )
        except (OSError, ValueError) as error:  # no network, no such file; another digest
            failed.append(f"{address}{file.name}: {error}")
        else:
            return
    raise OSError("; ".join(failed))
