"""The policies as shipped, read once for all tests of the core."""

from functools import cache
from importlib.resources import files

import yaml

from throughline.core.policy import Policy
from throughline.core.policy_reader import parse

FOLDER = files("throughline").joinpath("policies")
FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(FastLoader):  # type: ignore[misc, valid-type]
    """Refuses a key that stands twice, which YAML would take by dropping the first."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[object, object]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"{keys} at {node.start_mark}"
    return {loader.construct_object(k): loader.construct_object(v, deep=True) for k, v in node.value}


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def text(name: str) -> str:
    return FOLDER.joinpath(f"{name}.yml").read_text(encoding="utf-8")


@cache
def shipped(name: str) -> Policy:
    return parse(yaml.load(text(name), Loader=Loader))
