"""The JSON Schema of a ladder's files. Pure."""

from typing import Any

from ladder.document.format import LadderDocument

# The short notation of a cell in the table of expectations; `read_expectation` turns it into step and weight.
_NOTATION = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 5},
        {"type": "string", "pattern": r"^([1-5]\*?|\([1-5]\)|–|-)$"},
        {"$ref": "#/$defs/Expectation"},
    ]
}


def json_schema() -> dict[str, Any]:
    """The schema of a ladder. No field is required: editors would mark every file of a ladder split over several."""
    schema = LadderDocument.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema.pop("required", None)
    (levels,) = schema["properties"]["expectations"]["patternProperties"].values()
    levels["patternProperties"] = dict.fromkeys(levels["patternProperties"], _NOTATION)
    return schema
