"""The JSON Schema of a ladder's files. Pure."""

from typing import Any

from ladder.document.defaults import BY_STEP
from ladder.document.format import LadderDocument

# The short notation of a cell in the table of expectations; `read_expectation` turns it into step and weight.
_NOTATION = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 9},
        {"type": "string", "pattern": r"^([1-9]\*?|\([1-9]\)|–|-)$"},
        {"$ref": "#/$defs/Expectation"},
    ]
}


def json_schema() -> dict[str, Any]:
    """The schema of a ladder. No field is required: editors would mark every file of a ladder split over several."""
    schema = LadderDocument.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema.pop("required", None)
    _as_written(schema["$defs"])
    (levels,) = schema["properties"]["expectations"]["patternProperties"].values()
    levels["patternProperties"] = dict.fromkeys(levels["patternProperties"], _NOTATION)
    return schema


def _as_written(parts: dict[str, Any]) -> None:
    """What a file may leave out, and the two ways to write the steps of a competency."""
    parts["Level"]["required"], parts["Competency"]["required"] = ["title"], ["name"]
    fields = parts["Competency"]["properties"]
    for name in BY_STEP:
        each = parts[fields[name]["$ref"].rpartition("/")[2]]["items"]
        one_each = {"type": "object", "patternProperties": {"^[1-9]$": each}, "additionalProperties": False}
        fields[name] = {"anyOf": [{"type": "array", "items": each, "maxItems": 9}, one_each]}
    for name in [name for name in parts if "ForEachStep" in name]:
        del parts[name]
