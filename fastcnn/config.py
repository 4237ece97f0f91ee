"""From plain data, such as a file holds, to a model."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from fastcnn import layers
from fastcnn.layers import Layer
from fastcnn.layers.graph import Graph
from fastcnn.layers.sequential import Sequential as Stack
from fastcnn.model import Model, Sequential

#: What a model is made of, by its class: the model and its graph, and the graph's arguments.
MODELS: dict[str, tuple[type[Model], type[Graph], set[str]]] = {
    "Model": (Model, Graph, {"layers", "inputs"}),
    "Sequential": (Sequential, Stack, {"layers"}),
}

Known = dict[str, type[Layer]]


def from_config(config: dict[str, Any], custom_layers: Iterable[type[Layer]] = ()) -> Model:
    """Make a model again from its `config`, with new first weights.

    Parameters
    ----------
    config : dict
    custom_layers : iterable of Layer subclasses
        Classes of your own that occur in it.

    Raises
    ------
    ValueError
        The configuration names an unknown class or breaks a rule of one.
    """
    kind = config.get("class")
    if not isinstance(kind, str) or kind not in MODELS:
        raise ValueError(f"class must be one of {sorted(MODELS)}: got {kind!r}")
    model, graph, names = MODELS[kind]
    if missing := {"input_shape", *names} - set(config):
        raise ValueError(f"config must have class, input_shape, layers: {sorted(missing)} missing")
    public = (getattr(layers, name) for name in layers.__all__)
    known = {each.__name__: each for each in public if isinstance(each, type) and each != Layer}
    known |= {layer.__name__: layer for layer in custom_layers}
    arguments = {name: _revive(config[name], known) for name in names}
    made = model.of(_call(graph, arguments), config["input_shape"])
    made.class_names = config.get("classes")
    return made


def with_head(model: Model, head: Layer, rng: Any) -> Model:
    """The model with another last layer; see `Model.replace_head`."""
    if not isinstance(head, Layer):
        raise TypeError(f"head must be a layer: got {head!r}")
    trained = [at for at, layer in enumerate(model.layers) if layer.parameters]
    if not trained:
        raise ValueError("a head must have a layer with parameters to replace: got none")
    last = trained[-1]
    kinds = {type(layer).__name__: type(layer) for layer in model.root.walk()}
    config = model.config()
    kind, graph, names = MODELS[config["class"]]
    arguments = {name: config[name][: last + 1] for name in names}
    arguments["layers"][last:] = [head]
    new = kind.of(
        _call(graph, {k: _revive(v, kinds) for k, v in arguments.items()}), model.input_shape, rng
    )
    for name, old in {**model.parameters, **model.state}.items():
        if int(name.partition(".")[0]) < last:
            copy = {**new.parameters, **new.state}[name]
            copy.value, copy.trainable = old.value, old.trainable
    return new


def _revive(value: Any, known: Known) -> Any:
    """The value with layers in place of their configurations."""
    if isinstance(value, list):
        return [_revive(each, known) for each in value]
    return _layer(value, known) if isinstance(value, dict) else value


def _layer(config: dict[str, Any], known: Known) -> Layer:
    arguments = dict(config)
    name = arguments.pop("class", None)
    if not isinstance(name, str) or name not in known:
        near = get_close_matches(str(name), known) or sorted(known)[:3]
        raise ValueError(f"class must be a known layer, such as {', '.join(near)}: got {name!r}")
    return _call(known[name], {key: _revive(value, known) for key, value in arguments.items()})


def _call(kind: type, arguments: dict[str, Any]) -> Any:
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error
