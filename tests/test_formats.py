"""Model files: what is saved is read again, and nothing else is."""

import errno
import json
import os
import pickle
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy

from fastcnn import Sequential, layers
from fastcnn.formats import container, load_model, save_model


def small_model(rng=0):
    return Sequential(
        [layers.Conv2D(2, 3), layers.BatchNorm(), layers.ReLU(), layers.Flatten(), layers.Dense(3)],
        input_shape=(5, 5, 1),
        rng=rng,
    )


def tensors_of(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    save_model(small_model(), path)
    return path


def refused(path, rule, **options):
    """Loading raises a ValueError that names file and rule."""
    with pytest.raises(ValueError, match=rule) as error:
        load_model(path, **options)
    assert str(error.value).startswith(f"{path}: ")
    assert len(str(error.value)) < 1000


def forge(path, tensors=None, config=None):
    """Save different tensors or another architecture under a true checksum."""
    model = small_model()
    tensors = tensors_of(model) if tensors is None else tensors
    save_model(
        SimpleNamespace(
            parameters={name: SimpleNamespace(value=w) for name, w in tensors.items()},
            state={},
            config=lambda: model.config() if config is None else config,
        ),
        path,
    )


def edit(path, change):
    """Let ``change`` edit the header, parsed, and write it back before the same tensors."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def edit_document(path, **entries):
    def change(header):
        document = json.loads(header["__metadata__"]["fastcnn"])
        document.update(entries)
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        header["__metadata__"]["fastcnn"] = text

    edit(path, change)


def test_round_trip(saved):
    model, loaded = small_model(), load_model(saved)
    assert loaded.config() == model.config()
    assert tensors_of(loaded).keys() == tensors_of(model).keys()
    for name, w in tensors_of(model).items():
        np.testing.assert_array_equal(tensors_of(loaded)[name], w)
    x = np.random.default_rng(1).random((4, 5, 5, 1), np.float32)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_same_weights_give_the_same_bytes(saved, tmp_path):
    for path in (tmp_path / "again", saved):  # S24: also onto the file that they came from
        save_model(load_model(saved), path)
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()
    save_model(small_model(rng=1), saved)
    assert (tmp_path / "again").read_bytes() != saved.read_bytes()


def test_metadata_are_one_canonical_text(saved):
    with safetensors.safe_open(saved, framework="np") as file:
        metadata = file.metadata()
    assert list(metadata) == ["fastcnn"]
    document = json.loads(metadata["fastcnn"])
    assert list(document) == ["config", "format", "sha256", "version"]
    assert " " not in metadata["fastcnn"]


def test_other_readers_read_it(saved):
    read = safetensors.numpy.load_file(saved)
    assert read.keys() == tensors_of(small_model()).keys()
    np.testing.assert_array_equal(read["0.weight"], small_model().parameters["0.weight"].value)


def test_every_truncation_and_one_byte_more(saved):  # S01, S02, S12, S13
    data = saved.read_bytes()
    for length in range(len(data)):
        saved.write_bytes(data[:length])
        refused(saved, "must be a safetensors file|must have the")
    saved.write_bytes(data + b"P")
    refused(saved, f"must have the {len(data)} bytes its header declares: got {len(data) + 1}")


def test_every_bit_flip(saved):  # S19, F17
    original = saved.read_bytes()
    for bit in range(8 * len(original)):
        data = bytearray(original)
        data[bit // 8] ^= 1 << bit % 8
        saved.write_bytes(data)
        refused(saved, ".")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "plain JSON"),
        (b"\xff{}", "plain JSON"),  # S03
        (b"[1]", "written by fastcnn"),
        (b"[" * 1_000_000, "plain JSON"),  # S05
        (b'{"a": 1, "a": 2}', "duplicate keys"),  # S04
        (b'{"a": 1e400}', "the number 1e400"),  # S06
        (b'{"a": NaN}', "the number NaN"),
        (b'{"a": ' + b"9" * 5000 + b"}", "plain JSON"),
        (b'{"__metadata__": {"fastcnn": 1}}', "written by fastcnn"),  # S14
        (b'{"__metadata__": {"fastcnn": "[]", "x": "y"}}', "written by fastcnn"),
        (b'{"__metadata__": {"fastcnn": "{"}}', "'fastcnn' must be JSON"),
        (b'{"__metadata__": {"fastcnn": "[1e400]"}}', "'fastcnn' must be JSON"),
        (b'{"__metadata__": {"fastcnn": "[]"}}', "must hold config"),
        (b'{"__metadata__": {"format": "pt"}}', "written by fastcnn"),
    ],
)
def test_bad_header(saved, text, rule):
    saved.write_bytes(len(text).to_bytes(8, "little") + text)
    refused(saved, rule)


@pytest.mark.parametrize(
    "entry",
    [
        1,
        {},
        {"dtype": "F64"},  # S07
        {"dtype": "F16"},
        {"extra": 1},
        {"shape": 54},
        {"shape": [3, 3, 1, -2]},  # S08
        {"shape": [3, 3, 1, True]},
        {"shape": [3, 3, 1, "2"]},
        {"shape": [3, 3, 1, 2**64]},
        {"shape": [2**32, 2**32, 2**32]},  # S09
        {"shape": [3, 3, 2, 2]},  # S11
        {"shape": [3, 3, 2, 1]},
        {"data_offsets": [0]},
        {"data_offsets": [72, 0]},  # S10
        {"data_offsets": [0, 2**70]},
        {"data_offsets": [-4, 68]},
        {"data_offsets": [4, 76]},
        {"data_offsets": [0, 68]},
        {"data_offsets": [0, True]},
    ],
)
def test_bad_tensor_entry(saved, entry):
    def change(header):
        new = {**header["0.weight"], **entry} if entry and entry != 1 else entry
        assert new != header["0.weight"]
        header["0.weight"] = new

    edit(saved, change)
    refused(saved, "0.weight|safetensors|checksum|header declares")


def test_header_longer_than_any(saved):  # S02
    saved.write_bytes(b"\xff" * 8 + b"{}")
    refused(saved, "must be a safetensors file")
    with saved.open("wb") as file:
        file.write((container.MAX_HEADER + 1).to_bytes(8, "little"))
        file.truncate(container.MAX_HEADER + 100)  # sparse
    refused(saved, "must be a safetensors file")


def test_size_is_compared_before_reading(saved):
    with saved.open("r+b") as file:
        file.truncate(1 << 40)  # sparse
    refused(saved, f"got {1 << 40}")


def test_newer_format(saved):  # S20
    edit_document(saved, format=2, version="9.0")
    refused(saved, "needs a newer fastcnn: format must be <= 1: got 2, written by fastcnn 9.0")
    edit_document(saved, format=0)
    refused(saved, "must hold config")


def test_foreign_files(saved, tmp_path):  # S21
    class Touch:
        def __reduce__(self):
            return Path.touch, (tmp_path / "canary",)

    for protocol in (2, 4):
        saved.write_bytes(pickle.dumps(Touch(), protocol))
        refused(saved, "a pickle; convert it to safetensors")
    with zipfile.ZipFile(saved, "w") as file:
        file.writestr("data.pkl", pickle.dumps(Touch()))
    refused(saved, "a zip archive, such as a PyTorch")
    saved.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    refused(saved, "an HDF5 file")
    saved.write_bytes(b"#!/bin/sh\n")
    refused(saved, "a file that begins with")
    saved.write_bytes(safetensors.numpy.save({"0.weight": np.zeros(3, np.float32)}))
    refused(saved, "must be written by fastcnn")
    assert not (tmp_path / "canary").exists()


def test_tensors_of_another_architecture(saved):  # S15, S16
    tensors = tensors_of(small_model())
    odd = {"../../etc/passwd": tensors.pop("0.weight"), "\0": tensors.pop("0.bias")}
    odd["n" * 1_000_000] = np.zeros(1, np.float32)
    forge(saved, tensors | odd)
    refused(saved, r"missing '0.bias', '0.weight', unexpected '\\x00', '../../etc/passwd', 'nnn")
    forge(saved, tensors_of(small_model()) | {"odd": np.zeros(1, np.float32)})
    refused(saved, "missing none, unexpected 'odd'")
    forge(saved, {})
    refused(saved, r"missing .*, \d more, unexpected none")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("0.weight", np.zeros((3, 3, 2, 1)), r"must have shape \(3, 3, 1, 2\): got \(3, 3, 2, 1\)"),
        ("0.weight", np.zeros(()), "must have shape"),
        ("1.running_var", np.array([1, -0.5]), "must be >= 0: got -0.5"),
        ("4.bias", np.array([0, np.nan, 0]), "must be finite without allow_nonfinite: got nan"),
        ("4.bias", np.array([0, 0, -np.inf]), "must be finite without allow_nonfinite: got -inf"),
    ],
)
def test_bad_tensor(saved, name, value, rule):  # S17, S18
    tensors = tensors_of(small_model())
    assert name in tensors
    forge(saved, tensors | {name: value})
    refused(saved, f"{name} {rule}")


def test_nonfinite_when_allowed(saved):
    tensors = tensors_of(small_model())
    forge(saved, tensors | {"4.bias": np.array([0, np.nan, np.inf])})
    bias = load_model(saved, allow_nonfinite=True).parameters["4.bias"].value
    np.testing.assert_array_equal(bias, np.array([0, np.nan, np.inf], np.float32))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"class": "os.system", "input_shape": [5, 5, 1], "layers": []},
        {"class": "Sequential", "input_shape": [5, 5, 1]},
        {"class": "Sequential", "input_shape": [5, 5, 1], "layers": 3},
        {"class": "Sequential", "input_shape": [5, 5, 1], "layers": [{"class": "Dense"}]},
    ],
)
def test_bad_architecture(saved, config):
    forge(saved, config=config)
    refused(saved, "architecture must be valid")


def test_unknown_layer(saved):
    config = small_model().config()
    config["layers"][0]["class"] = "Conv4D"
    forge(saved, config=config)
    refused(saved, "Conv4D")


def test_too_large_a_header_is_not_written(saved, monkeypatch):  # S27
    before = saved.read_bytes()
    monkeypatch.setattr(container, "MAX_HEADER", 100)
    with pytest.raises(ValueError, match="header must be at most 100 bytes"):
        save_model(small_model(rng=1), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_failed_save_keeps_the_old_model(saved, monkeypatch):
    before = saved.read_bytes()

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        save_model(small_model(rng=1), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
