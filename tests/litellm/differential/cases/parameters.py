"""Each parameter of OpenAI's chat completions alone, and the pairs that matter.

https://platform.openai.com/docs/api-reference/chat/create, and those that LiteLLM adds to it:
https://docs.litellm.ai/docs/completion/input
"""
from __future__ import annotations

from ..case import Json
from .schemas import ANSWER, NESTED, json_schema
from .tools import WEATHER

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_LIMITS: dict[str, dict[str, Json]] = {
    "plain": {},
    "max_tokens": {"max_tokens": 64},
    "max_completion_tokens": {"max_completion_tokens": 64},
    "both limits": {"max_tokens": 64, "max_completion_tokens": 32},
    "temperature": {"temperature": 0.2},
    "temperature 1": {"temperature": 1},
    "top_p": {"top_p": 0.9},
    "stop": {"stop": "END"},
    "frequency_penalty": {"frequency_penalty": 0.5},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "parallel_tool_calls": {"tools": [WEATHER], "parallel_tool_calls": False},
    "tools": {"tools": [WEATHER]},
    "tool_choice required": {"tools": [WEATHER], "tool_choice": "required"},
    "json_object": {"response_format": {"type": "json_object"}},
    "json_schema": {"response_format": json_schema(ANSWER)},
    "web_search_options": {"web_search_options": {}},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]},
    "developer": {"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "hi"}]},
    "stream": {"stream": True},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096},
    "thinking disabled": {"thinking": {"type": "disabled"}},
} | {f"reasoning_effort {effort}": {"reasoning_effort": effort} for effort in EFFORTS}

_MORE: dict[str, dict[str, Json]] = {
    "temperature 0": {"temperature": 0},
    "temperature 2": {"temperature": 2},
    "temperature and top_p": {"temperature": 0.5, "top_p": 0.5},
    "stop list": {"stop": ["END", "STOP"]},
    "stop empty": {"stop": []},
    "n 1": {"n": 1},
    "n 2": {"n": 2},
    "seed": {"seed": 7},
    "presence_penalty": {"presence_penalty": -0.5},
    "penalties 0": {"frequency_penalty": 0, "presence_penalty": 0},
    "logit_bias": {"logit_bias": {"50256": -100}},
    "logprobs false": {"logprobs": False},
    "user": {"user": "user-1"},
    "metadata": {"metadata": {"topic": "greeting"}},
    "store": {"store": True},
    "store false": {"store": False},
    "metadata and store": {"metadata": {"topic": "greeting"}, "store": True},
    "service_tier auto": {"service_tier": "auto"},
    "service_tier flex": {"service_tier": "flex"},
    "safety_identifier": {"safety_identifier": "user-1"},
    "prompt_cache_key": {"prompt_cache_key": "greeting"},
    "prompt_cache_retention": {"prompt_cache_retention": "24h"},
    "verbosity": {"verbosity": "low"},
    "modalities text": {"modalities": ["text"]},
    "modalities audio": {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
    "prediction": {"prediction": {"type": "content", "content": "hello"}},
    "web_search_options size": {"web_search_options": {"search_context_size": "high"}},
    "web_search_options location": {
        "web_search_options": {
            "search_context_size": "low",
            "user_location": {"type": "approximate", "approximate": {"country": "CH", "city": "Bern"}},
        }
    },
    "thinking and tools": {
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "tools": [WEATHER],
        "tool_choice": "auto",
        "max_tokens": 4096,
    },
    "thinking without a limit": {"thinking": {"type": "enabled", "budget_tokens": 2048}},
    "thinking adaptive": {"thinking": {"type": "adaptive"}, "max_tokens": 4096},
    "reasoning_effort and temperature": {"reasoning_effort": "low", "temperature": 1},
    "reasoning_effort and max_tokens": {"reasoning_effort": "low", "max_tokens": 8192},
    "reasoning_effort as an object": {"reasoning_effort": {"effort": "low"}},
    "reasoning_effort and tools": {"reasoning_effort": "low", "tools": [WEATHER]},
    "response_format text": {"response_format": {"type": "text"}},
    "json_object and schema": {"response_format": {"type": "json_object", "response_schema": ANSWER}},
    "json_schema not strict": {"response_format": json_schema(ANSWER, strict=False)},
    "json_schema nested": {"response_format": json_schema(NESTED)},
    "json_schema and tools": {"response_format": json_schema(ANSWER), "tools": [WEATHER]},
    "json_schema and stream": {"response_format": json_schema(ANSWER), "stream": True},
    "json_schema and thinking": {
        "response_format": json_schema(ANSWER),
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "max_tokens": 4096,
    },
    "stream false": {"stream": False},
    "stream with usage": {"stream": True, "stream_options": {"include_usage": True}},
    "stream without usage": {"stream": True, "stream_options": {"include_usage": False}},
    "stream and tools": {"stream": True, "tools": [WEATHER]},
    "json_object and stream": {"response_format": {"type": "json_object"}, "stream": True},
    "web_search_options and tools": {"tools": [WEATHER], "web_search_options": {}},
    "stream and max_tokens": {"stream": True, "max_tokens": 64},
    "nulls": {"temperature": None, "max_tokens": None, "stop": None, "tools": None, "response_format": None, "seed": None},
    "extra_body": {"extra_body": {"unheard_of": {"a": [1, None]}}},
    "extra_body overrides": {"temperature": 0.2, "extra_body": {"temperature": 0.7}},
    "an unknown parameter": {"unheard_of": {"a": 1.5}},
    "top_k": {"top_k": 40},
    "min_p": {"min_p": 0.1},
    "repetition_penalty": {"repetition_penalty": 1.1},
    "drop_params": {"drop_params": True, "seed": 7, "logit_bias": {"50256": -100}, "n": 2, "temperature": 0.5},
    "drop_params and reasoning": {"drop_params": True, "reasoning_effort": "low", "temperature": 0.5, "top_p": 0.5},
    "drop_params and formats": {
        "drop_params": True,
        "response_format": json_schema(ANSWER),
        "tools": [WEATHER],
        "parallel_tool_calls": True,
    },
}

CASES = _LIMITS | _MORE
MODEL_CASES = _LIMITS
