"""Models on disk: architecture and weights in one safetensors file, and no pickle.

The tensors are the model's parameters and its untrained state under their own names, float32 in
the layout of `Parameter.value`. The metadata hold one text, under the key ``fastcnn`` (one,
because safetensors writes several in a random order): JSON with sorted keys and no spaces,

    config    what `Model.config` gives
    format    the version of this layout
    sha256    the digest of every tensor (name, shape, bytes) and of the three other entries
    version   the fastcnn that wrote the file

So the same weights give the same bytes, any safetensors reader can read them, and no flipped bit
goes unnoticed. The digest guards against accidents, not against an author of hostile files;
against those stands that every size is checked and nothing in the file is ever executed.

Source: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

import fastcnn
from fastcnn.formats.atomic import write_atomic
from fastcnn.formats.regular import open_regular

if TYPE_CHECKING:
    from fastcnn.layers import Layer
    from fastcnn.model import Model

FORMAT = 1
KEY = "fastcnn"
MAX_HEADER = 100_000_000  # bytes; the limit of safetensors itself

FOREIGN = {
    b"PK\x03\x04": "a zip archive, such as a PyTorch or Keras file",
    b"\x89HDF": "an HDF5 file, such as an old Keras one",
    b"\x80": "a pickle",
}


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, atomically and durably; the same weights give the same bytes.

    Raises
    ------
    OSError
        The file cannot be written; naming ``path``. What was there before is untouched.
    ValueError
        The architecture is too large for a safetensors header.
    """
    tensors = {
        name: np.ascontiguousarray(parameter.value, dtype=np.float32)
        for name, parameter in _parameters(model).items()
    }
    document = {"config": model.config(), "format": FORMAT, "version": fastcnn.__version__}
    document["sha256"] = _digest(document, tensors)
    data = safetensors.numpy.save(tensors, {KEY: _canonical(document)})
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER:
        raise ValueError(f"{path}: header must be at most {MAX_HEADER} bytes: got {length}")
    write_atomic(path, data)


def load_model(
    path: str | os.PathLike[str],
    custom_layers: Iterable[type[Layer]] = (),
    allow_nonfinite: bool = False,
) -> Model:
    """Read the model that `save_model` wrote.

    Parameters
    ----------
    path : path
    custom_layers : iterable of Layer subclasses
        Classes of your own that the model uses.
    allow_nonfinite : bool, default False
        Accept weights that are NaN or infinite, to look into a training that diverged.

    Returns
    -------
    model : Model
        Built, with the weights of the file.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is damaged, foreign, from a newer fastcnn, or does not fit its own architecture;
        naming file, rule and value. Everything is checked before the first weight is assigned.
    """
    config, tensors = _read(path)
    try:
        model = fastcnn.config.from_config(config, custom_layers)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: architecture must be valid: {error}") from error
    parameters = _parameters(model)
    _check_tensors(path, tensors, {name: p.value.shape for name, p in parameters.items()})
    if not allow_nonfinite:
        _check_finite(path, tensors)
    for name, parameter in parameters.items():
        parameter.value = tensors[name]
    return model


def _parameters(model):
    return {**model.parameters, **model.state}


def _canonical(document):
    """The one text for this value: keys sorted, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(document, tensors):
    """SHA-256 over all of the file's content but the digest itself."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    digest = hashlib.sha256(_canonical(rest).encode())
    for name in sorted(tensors):
        digest.update(_canonical([name, tensors[name].shape]).encode())
        digest.update(tensors[name].astype("<f4", copy=False))
    return digest.hexdigest()


def _read(path):
    """The architecture and the tensors in ``path``, read whole and proven intact."""
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
    return document["config"], tensors


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
        case {"dtype": "F32", "shape": [*_], "data_offsets": [int(), int(end)], **others}:
            if not others:
                return end
    raise ValueError(f"{path}: {_short(name)} must be a float32 tensor: got {_short(str(entry))}")


def _check_tensors(path, tensors, shapes):
    """The tensors are exactly those that the architecture has."""
    missing, unexpected = sorted(shapes.keys() - tensors), sorted(tensors.keys() - shapes)
    if missing or unexpected:
        raise ValueError(
            f"{path}: tensors must be those of the architecture: "
            f"missing {_list(missing)}, unexpected {_list(unexpected)}"
        )
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{path}: {name} must have shape {shape}: got {tensors[name].shape}")
        if name.endswith("running_var") and (tensors[name] < 0).any():
            raise ValueError(f"{path}: {name} must be >= 0: got {tensors[name].min()}")


def _check_finite(path, tensors):
    for name, w in tensors.items():
        if not np.isfinite(w).all():
            got = w[~np.isfinite(w)][0]
            raise ValueError(f"{path}: {name} must be finite without allow_nonfinite: got {got}")


def _list(names):
    """Up to five names, shortened: they come from the file."""
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    return ", ".join([_short(name) for name in names[:5]] + more) or "none"


def _short(text):
    return repr(text if len(text) <= 60 else text[:57] + "...")
