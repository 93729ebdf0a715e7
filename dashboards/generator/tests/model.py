"""Reads boards by the model of Grafana's foundation SDK, and says what does not fit.

The model reads anything, so two things are compared: what it writes again, where a field is missing
that it does not know; and each value with the type that the model declares for it.
"""

import enum
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog import plugins, variants
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard, prometheus, stat, timeseries

plugins.register_default_plugins()

# What the model of a board leaves to panels and data sources, which have models of their own.
OPTIONS = {"timeseries": timeseries.Options, "stat": stat.Options}
CUSTOM = {"timeseries": timeseries.FieldConfig}
PLAIN = {int: (int,), float: (int, float), str: (str,), bool: (bool,)}


def lost(path, before, after):
    """What did not come through."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from lost(f"{path}.{key}", value, after[key])
            elif value not in (None, "", [], {}):
                yield f"{path}.{key}: unknown to the model"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for n, (one, other) in enumerate(zip(before, after)):
            yield from lost(f"{path}[{n}]", one, other)
    elif before != after:
        yield f"{path}: {before!r} came back as {after!r}"


def wrong(path, hint, value):
    """What is of another type than the model declares."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        problems = [list(wrong(path, arm, value)) for arm in inner]
        if all(problems):
            # What is wrong with the arm that comes nearest.
            yield from max(problems, key=lambda found: len(found[0].split(":")[0]))
    elif origin is list or origin is dict:
        if not isinstance(value, origin):
            yield f"{path}: {value!r} is no {origin.__name__}"
            return
        items = enumerate(value) if origin is list else value.items()
        for key, item in items:
            yield from wrong(f"{path}[{key}]", inner[-1], item)
    elif origin is typing.Literal:
        if value not in inner:
            yield f"{path}: {value!r} is none of {inner}"
    elif hint in PLAIN:
        if not isinstance(value, PLAIN[hint]) or isinstance(value, bool) != (hint is bool):
            yield f"{path}: {value!r} is no {hint.__name__}"
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if value not in [member.value for member in hint]:
            yield f"{path}: {value!r} is no {hint.__name__}"
    elif hint is type(None):
        if value is not None:
            yield f"{path}: {value!r} is not null"
    elif hint in (object, typing.Any, variants.Dataquery):
        return
    elif isinstance(value, dict) and hasattr(hint, "from_json"):
        # The model leaves some parts unread.
        yield from fit(path, hint, value)
    elif not isinstance(value, hint):
        yield f"{path}: {value!r} is no {hint.__name__}"
    else:
        for name, own in typing.get_type_hints(hint).items():
            yield from wrong(f"{path}.{name}", own, getattr(value, name))


def fit(path, model, value):
    read = model.from_json(value)
    yield from lost(path, value, json.loads(JSONEncoder(sort_keys=True).encode(read)))
    yield from wrong(path, model, read)


def check(board):
    yield from fit("board", dashboard.Dashboard, board)
    for n, panel in enumerate(board["panels"]):
        path = f"panels[{n}]"
        if panel["type"] == "row":
            yield from fit(path, dashboard.RowPanel, panel)
            continue
        yield from fit(path, dashboard.Panel, panel)
        yield from fit(f"{path}.options", OPTIONS[panel["type"]], panel["options"])
        custom = panel["fieldConfig"]["defaults"]["custom"]
        if custom:
            yield from fit(f"{path}.custom", CUSTOM[panel["type"]], custom)
        for m, target in enumerate(panel["targets"]):
            yield from fit(f"{path}.targets[{m}]", prometheus.Dataquery, target)


for file in sys.argv[1:]:
    with open(file) as text:
        for problem in check(json.load(text)):
            print(f"{file}: {problem}")
