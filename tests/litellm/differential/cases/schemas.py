"""JSON schemas of answers and arguments."""
from __future__ import annotations

from ..case import Json

# The properties are in no alphabetical order: models answer in the order of the schema.
ANSWER: Json = {
    "type": "object",
    "properties": {"reasoning": {"type": "string"}, "answer": {"type": "integer"}},
    "required": ["reasoning", "answer"],
    "additionalProperties": False,
}
NESTED: Json = {
    "type": "object",
    "description": "People of a city",
    "$defs": {
        "person": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "email": {"type": ["string", "null"], "format": "email"},
                "role": {"type": "string", "enum": ["owner", "guest"]},
            },
            "required": ["name", "email", "role"],
            "additionalProperties": False,
        }
    },
    "properties": {
        "people": {"type": "array", "items": {"$ref": "#/$defs/person"}, "minItems": 1},
        "city": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "count": {"type": "integer", "minimum": 0, "maximum": 10},
    },
    "required": ["people", "city", "count"],
    "additionalProperties": False,
}


def json_schema(schema: Json, *, strict: bool = True) -> Json:
    """A `response_format` for structured output."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}}
