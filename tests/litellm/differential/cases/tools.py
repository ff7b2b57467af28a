"""Tools, choices of tools, calls and their results.

https://platform.openai.com/docs/guides/function-calling
"""
from __future__ import annotations

import json

from ..case import Json
from .schemas import NESTED


def function(name: str, parameters: Json = None, description: str = "", **more: Json) -> Json:
    """A tool."""
    members: dict[str, Json] = {"name": name}
    if description:
        members["description"] = description
    if parameters is not None:
        members["parameters"] = parameters
    return {"type": "function", "function": members | more}


def call(identifier: str, name: str, arguments: Json) -> Json:
    """A call of a tool; arguments that are no string are serialized."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": text}}


def result(identifier: str, content: Json, **more: Json) -> Json:
    """The message with what a call returned."""
    return {"role": "tool", "tool_call_id": identifier, "content": content} | more


CITY: Json = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Its English name"}, "unit": {"type": "string", "enum": ["C", "F"]}},
    "required": ["city"],
}
WEATHER = function("get_weather", CITY, "The weather in a city")
TIME = function("get_time", {"type": "object", "properties": {}}, "The time")
ASK: Json = {"role": "user", "content": "What is the weather in Bern and in Rome?"}
BERN = call("call_1", "get_weather", {"city": "Bern"})
ROME = call("call_2", "get_weather", {"city": "Rome"})


def _history(calls: list[Json], *results: Json, content: Json = None, tools: list[Json] | None = None) -> dict[str, Json]:
    """A conversation that goes on after calls."""
    assistant = {"role": "assistant", "content": content, "tool_calls": calls}
    return {"messages": [ASK, assistant, *results], "tools": [WEATHER] if tools is None else tools}


CASES: dict[str, dict[str, Json]] = {
    "two tools": {"tools": [WEATHER, TIME]},
    "tool without parameters": {"tools": [function("ping", description="Ping")]},
    "tool without description": {"tools": [function("get_weather", CITY)]},
    "tool strict": {"tools": [function("get_weather", CITY | {"additionalProperties": False}, strict=True)]},
    "tool strict false": {"tools": [function("get_weather", CITY, strict=False)]},
    "tool nested schema": {"tools": [function("register", NESTED, "Register people")]},
    "tool with $schema": {"tools": [function("f", {"$schema": "http://json-schema.org/draft-07/schema#"} | CITY)]},
    "tool with empty parameters": {"tools": [function("f", {})]},
    "tools empty": {"tools": []},
    "tool_choice auto": {"tools": [WEATHER], "tool_choice": "auto"},
    "tool_choice none": {"tools": [WEATHER], "tool_choice": "none"},
    "tool_choice named": {"tools": [WEATHER, TIME], "tool_choice": {"type": "function", "function": {"name": "get_time"}}},
    "tool_choice without tools": {"tool_choice": "auto"},
    "parallel_tool_calls true": {"tools": [WEATHER], "parallel_tool_calls": True},
    "parallel_tool_calls and choice": {"tools": [WEATHER], "parallel_tool_calls": False, "tool_choice": "required"},
    "call and result": _history([BERN], result("call_1", "18 degrees")),
    "call and result and choice": _history([BERN], result("call_1", "18 degrees")) | {"tool_choice": "auto"},
    "parallel calls and results": _history([BERN, ROME], result("call_1", "18"), result("call_2", "25")),
    "results in another order": _history([BERN, ROME], result("call_2", "25"), result("call_1", "18")),
    "call with text": _history([BERN], result("call_1", "18"), content="I will look."),
    "call with empty text": _history([BERN], result("call_1", "18"), content=""),
    "call without arguments": _history([call("call_1", "get_time", "")], result("call_1", "12:00"), tools=[TIME]),
    "call with empty arguments": _history([call("call_1", "get_time", {})], result("call_1", "12:00"), tools=[TIME]),
    "result of parts": _history([BERN], result("call_1", [{"type": "text", "text": "18"}, {"type": "text", "text": " degrees"}])),
    "result empty": _history([BERN], result("call_1", "")),
    "result JSON": _history([BERN], result("call_1", '{"degrees": 18}')),
    "result with name": _history([BERN], result("call_1", "18", name="get_weather")),
    "result and a user's message": _history([BERN], result("call_1", "18"), {"role": "user", "content": "And now?"}),
    "calls without tools": {
        "messages": [ASK, {"role": "assistant", "content": None, "tool_calls": [BERN]}, result("call_1", "18")]
    },
    "two rounds of calls": {
        "messages": [
            ASK,
            {"role": "assistant", "content": None, "tool_calls": [BERN]},
            result("call_1", "18"),
            {"role": "assistant", "content": None, "tool_calls": [ROME]},
            result("call_2", "25"),
            {"role": "assistant", "content": "18 and 25."},
            {"role": "user", "content": "Thanks."},
        ],
        "tools": [WEATHER],
    },
    "functions": {"functions": [WEATHER["function"]], "function_call": "auto"},
    "function role": {
        "messages": [
            ASK,
            {"role": "assistant", "content": None, "function_call": {"name": "get_weather", "arguments": '{"city":"Bern"}'}},
            {"role": "function", "name": "get_weather", "content": "18"},
        ],
        "functions": [WEATHER["function"]],
    },
}
