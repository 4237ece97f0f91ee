"""The container of our files: tensors and one JSON document in safetensors, proven intact.

The metadata hold one text, under the key ``fastcnn`` (one, because safetensors writes several in a
random order): JSON with sorted keys and no spaces. Besides the writer's own entries it has

    config    the architecture: what `Model.config` gives
    format    the version of this layout
    sha256    the digest of every tensor (name, shape, type, bytes) and of all other entries
    version   the fastcnn that wrote the file

So the same contents give the same bytes, any safetensors reader can read them, and no flipped bit
goes unnoticed. The digest guards against accidents, not against an author of hostile files;
against those stands that every size is checked and nothing in the file is ever executed.

Source: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

import fastcnn
from fastcnn.formats.atomic import write_atomic
from fastcnn.formats.regular import open_regular

FORMAT = 1
KEY = "fastcnn"
MAX_HEADER = 100_000_000  # bytes; the limit of safetensors itself

TYPES = {"F32": "float32", "F64": "float64", "I64": "int64", "U64": "uint64"}  # of tensors

FOREIGN = {
    b"PK\x03\x04": "a zip archive, such as a PyTorch or Keras file",
    b"\x89HDF": "an HDF5 file, such as an old Keras one",
    b"\x80": "a pickle",
}


def write(
    path: str | os.PathLike[str], entries: dict[str, Any], tensors: dict[str, np.ndarray]
) -> None:
    """Write a document and tensors to a file, atomically and durably.

    Parameters
    ----------
    path : path
    entries : dict
        The writer's own entries of the document, of plain JSON types.
    tensors : dict of str -> ndarray
        Contiguous, float32, float64, int64 or uint64.

    Raises
    ------
    OSError
        The file cannot be written; naming ``path``. What was there before is untouched.
    ValueError
        The document is too large for a safetensors header.
    """
    document = {**entries, "format": FORMAT, "version": fastcnn.__version__}
    document["sha256"] = _digest(document, tensors)
    data = safetensors.numpy.save(tensors, {KEY: _canonical(document)})
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER:
        raise ValueError(f"{path}: header must be at most {MAX_HEADER} bytes: got {length}")
    write_atomic(path, data)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The writer's entries and the tensors in ``path``, read whole and proven intact.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is damaged, foreign, or from a newer fastcnn; naming file, rule and value.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        header, begin = _header(path, file, size)
        document = _document(path, header)
        del header["__metadata__"]
        end = begin + max((_end(path, name, entry) for name, entry in header.items()), default=0)
        if end != size:
            raise ValueError(f"{path}: must have the {end} bytes its header declares: got {size}")
        file.seek(0)
        data = file.read(size)
    try:
        tensors = safetensors.numpy.load(data)
    except SafetensorError as error:
        raise ValueError(f"{path}: must be a valid safetensors file: got {error}") from None
    if document["sha256"] != _digest(document, tensors):
        raise ValueError(f"{path}: must match its checksum: the file is damaged")
    return document, tensors


def short(text: str) -> str:
    """A name or a text from a file, fit for one line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _canonical(document):
    """The one text for this value: keys sorted, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(document, tensors):
    """SHA-256 over all of the file's content but the digest itself."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    digest = hashlib.sha256(_canonical(rest).encode())
    for name in sorted(tensors):
        w = tensors[name]
        what = [name, w.shape] if w.dtype == np.float32 else [name, w.shape, w.dtype.name]
        digest.update(_canonical(what).encode())
        digest.update(w.astype(w.dtype.newbyteorder("<"), copy=False))
    return digest.hexdigest()


def _header(path, file, size):
    """The JSON of the header, and where in the file the tensors begin."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(MAX_HEADER, size - 8):
        raise ValueError(f"{path}: must be a safetensors file: got {_kind(start)}")
    try:
        header = json.loads(
            file.read(length).decode(),
            object_pairs_hook=_unique,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: header must be plain JSON: got {error}") from None
    return header, 8 + length


def _kind(start):
    for magic, name in FOREIGN.items():
        if start.startswith(magic):
            return f"{name}; convert it to safetensors with the program that wrote it"
    return f"{len(start)} bytes" if len(start) < 8 else f"a file that begins with {start!r}"


def _unique(pairs):
    """A JSON object whose keys differ: of two equal ones, readers disagree which counts."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("duplicate keys")
    return dict(pairs)


def _refuse(number):
    raise ValueError(f"the number {number[:20]}")


def _document(path, header):
    """What our text in the metadata says."""
    match header:
        case {"__metadata__": {"fastcnn": str(text), **others}} if not others:
            pass
        case _:
            raise ValueError(f"{path}: must be written by fastcnn: got other metadata than its own")
    try:
        document = json.loads(text)
        canonical = _canonical(document)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: metadata {KEY!r} must be JSON: got {error}") from None
    match document:
        case {"format": int(version), "version": str(writer)} if version > FORMAT:
            raise ValueError(
                f"{path}: needs a newer fastcnn: format must be <= {FORMAT}: got {version}, "
                f"written by fastcnn {writer[:20]}"
            )
        case {"format": 1, "config": dict(), "sha256": str(), "version": str()}:
            if text != canonical:  # say, an E for an e in a number: the same value, another file
                raise ValueError(f"{path}: must match its checksum: the file is damaged")
            return document
    raise ValueError(f"{path}: metadata {KEY!r} must hold config, format, sha256, version")


def _end(path, name, entry):
    """Where the tensor ends, counted from the end of the header; safetensors checks the rest."""
    match entry:
        case {"dtype": str(kind), "shape": [*_], "data_offsets": [int(), int(end)], **others}:
            if kind in TYPES and not others:
                return end
    kinds = "/".join(TYPES.values())
    raise ValueError(f"{path}: {short(name)} must be a {kinds} tensor: got {short(str(entry))}")
