"""What only one provider has: its own parameters, tools and messages."""
from __future__ import annotations

from collections.abc import Iterator

from ..case import Json
from .messages import PDF, PNG, assistant, text, user
from .schemas import ANSWER, json_schema
from .tools import ASK, BERN, WEATHER, function, result

# https://docs.anthropic.com/en/api/messages
_ANTHROPIC: dict[str, dict[str, Json]] = {
    "top_k": {"top_k": 40},
    "stop_sequences": {"stop_sequences": ["END"]},
    "metadata.user_id": {"metadata": {"user_id": "user-1"}},
    "user": {"user": "user-1"},
    "web search tool": {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]},
    "code execution tool": {"tools": [{"type": "code_execution_20250522", "name": "code_execution"}]},
    "web fetch tool": {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 1}]},
    "text editor tool": {"tools": [{"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"}]},
    "bash tool": {"tools": [{"type": "bash_20250124", "name": "bash"}]},
    "computer tool": {
        "tools": [
            {
                "type": "computer_20250124",
                "name": "computer",
                "display_width_px": 1024,
                "display_height_px": 768,
            }
        ]
    },
    "Anthropic's form of a tool": {"tools": [{"name": "get_weather", "description": "The weather", "input_schema": ANSWER}]},
    "Anthropic's form of a choice": {"tools": [WEATHER], "tool_choice": {"type": "any"}},
    "MCP servers": {"mcp_servers": [{"type": "url", "url": "https://mcp.example.invalid/sse", "name": "mcp"}]},
    "container": {"container": "container_1"},
    "context management": {"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}},
    "service_tier standard_only": {"service_tier": "standard_only"},
    "output_format": {"output_format": {"type": "json_schema", "schema": ANSWER}},
    "cached for an hour": {
        "messages": [user([text("A long text.", cache_control={"type": "ephemeral", "ttl": "1h"})])],
    },
    "document": {
        "messages": [
            user(
                [
                    {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "The grass is green."},
                        "title": "Facts",
                        "citations": {"enabled": True},
                    },
                    text("What is green?"),
                ]
            )
        ]
    },
    "PDF document": {
        "messages": [
            user(
                [
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}},
                    text("Summarize."),
                ]
            )
        ]
    },
    "eager tools": {"tools": [WEATHER | {"eager_input_streaming": True}]},
    "deferred tools": {
        "tools": [
            {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
            WEATHER | {"defer_loading": True},
        ]
    },
    "examples of a tool": {"tools": [WEATHER | {"input_examples": [{"city": "Bern"}]}]},
    "stop of spaces": {"stop": ["END", " "]},
    "speed": {"speed": "fast"},
}

# https://ai.google.dev/api/generate-content
_GEMINI: dict[str, dict[str, Json]] = {
    "safety_settings": {
        "safety_settings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}],
    },
    "cached_content": {"cached_content": "cachedContents/abc"},
    "Google search": {"tools": [{"googleSearch": {}}]},
    "URL context": {"tools": [{"urlContext": {}}]},
    "code execution": {"tools": [{"codeExecution": {}}]},
    "Google maps": {"tools": [{"googleMaps": {}}]},
    "Google search and functions": {"tools": [{"googleSearch": {}}, WEATHER]},
    "response_schema": {"response_mime_type": "application/json", "response_schema": ANSWER},
    "response_json_schema": {"response_mime_type": "application/json", "response_json_schema": ANSWER},
    "thinkingConfig": {"thinkingConfig": {"thinkingBudget": 512, "includeThoughts": True}},
    "generationConfig": {"generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"}},
    "modalities image": {"modalities": ["image", "text"]},
    "video": {
        "messages": [
            user(
                [
                    text("What is it?"),
                    {"type": "file", "file": {"file_data": f"data:video/mp4;base64,{PNG}", "format": "video/mp4"}},
                ]
            )
        ]
    },
    "file of the files API": {
        "messages": [
            user(
                [
                    text("What is it?"),
                    {
                        "type": "file",
                        "file": {
                            "file_id": "https://generativelanguage.googleapis.com/v1beta/files/abc",
                            "format": "application/pdf",
                        },
                    },
                ]
            )
        ]
    },
    "image with high resolution": {
        "messages": [
            user([text("?"), {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "high"}}])
        ]
    },
    "labels": {"labels": {"team": "a"}},
    "service_tier priority": {"service_tier": "priority"},
    "audio voice": {"modalities": ["audio"], "audio": {"voice": "Kore", "format": "pcm16"}},
    "an enum": {"response_format": {"type": "json_schema", "json_schema": {"name": "e", "schema": {"type": "string", "enum": ["a", "b"]}}}},
    "tool of any": {"tools": [function("f", {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}})]},
    "tool with constants": {"tools": [function("f", {"type": "object", "properties": {"a": {"const": "x"}}})]},
}

# https://github.com/ollama/ollama/blob/main/docs/api.md
_OLLAMA: dict[str, dict[str, Json]] = {
    "num_ctx": {"num_ctx": 8192},
    "num_predict": {"num_predict": 10},
    "keep_alive": {"keep_alive": "10m"},
    "keep_alive 0": {"keep_alive": 0},
    "think": {"think": True},
    "think false": {"think": False},
    "mirostat": {"mirostat": 1, "mirostat_tau": 0.8, "mirostat_eta": 0.1},
    "options": {"options": {"num_ctx": 4096}},
    "num_gpu and num_thread": {"num_gpu": 1, "num_thread": 4},
    "format": {"format": "json"},
    "format schema": {"format": ANSWER},
    "repeat_penalty": {"repeat_penalty": 1.2, "repeat_last_n": 32, "tfs_z": 1},
    "images": {"messages": [{"role": "user", "content": "?", "images": [PNG]}]},
}

# https://openrouter.ai/docs/api-reference/chat-completion
_OPENROUTER: dict[str, dict[str, Json]] = {
    "provider": {"provider": {"order": ["openai"], "allow_fallbacks": False}},
    "models": {"models": ["openai/gpt-4o", "openai/gpt-4o-mini"]},
    "transforms": {"transforms": ["middle-out"]},
    "plugins": {"plugins": [{"id": "web"}]},
    "reasoning": {"reasoning": {"effort": "low"}},
    "reasoning tokens": {"reasoning": {"max_tokens": 1024}},
    "usage": {"usage": {"include": True}},
    "route": {"route": "fallback"},
    "verbosity": {"verbosity": "high"},
    "provider in extra_body": {"extra_body": {"provider": {"order": ["openai"]}}},
    "include_reasoning": {"include_reasoning": True},
}

# https://docs.mistral.ai/api
_MISTRAL: dict[str, dict[str, Json]] = {
    "safe_prompt": {"safe_prompt": True},
    "random_seed": {"random_seed": 7},
    "prompt_mode": {"prompt_mode": "reasoning"},
    "document_url": {
        "messages": [user([text("?"), {"type": "document_url", "document_url": "https://files.example.invalid/a.pdf"}])]
    },
    "tool_choice any": {"tools": [WEATHER], "tool_choice": "any"},
    "tool's $id": {"tools": [function("f", {"$id": "x", "type": "object", "properties": {}})]},
}

# https://api-docs.deepseek.com/api/create-chat-completion
_DEEPSEEK: dict[str, dict[str, Json]] = {
    "thinking": {"thinking": {"type": "enabled"}},
    "reasoner's answer handed back": {
        "messages": [user("hi"), assistant("hello", reasoning_content="Simple."), user("go on")],
    },
    "thinking and a call without reasoning": {
        "thinking": {"type": "enabled"},
        "tools": [WEATHER],
        "messages": [ASK, {"role": "assistant", "content": "", "tool_calls": [BERN]}, result("call_1", "18")],
    },
}

# https://docs.perplexity.ai/api-reference/chat-completions-post
_PERPLEXITY: dict[str, dict[str, Json]] = {
    "search_domain_filter": {"search_domain_filter": ["example.com"]},
    "search_recency_filter": {"search_recency_filter": "week"},
    "return_images": {"return_images": True, "return_related_questions": True},
    "search_mode": {"search_mode": "academic"},
}

# https://docs.x.ai/docs/api-reference
_XAI: dict[str, dict[str, Json]] = {
    "search_parameters": {"search_parameters": {"mode": "auto", "return_citations": True}},
    "deferred": {"deferred": True},
}

# https://console.groq.com/docs/api-reference
_GROQ: dict[str, dict[str, Json]] = {
    "reasoning_format": {"reasoning_format": "parsed"},
    "include_reasoning": {"include_reasoning": False},
    "service_tier on_demand": {"service_tier": "on_demand"},
    "citation options": {"citation_options": "enabled"},
    "search_settings": {"search_settings": {"include_domains": ["example.com"]}},
    "schema and stream": {"response_format": json_schema(ANSWER), "stream": True},
}

# https://console.groq.com/docs/browser-search
_SEARCHES: dict[str, dict[str, Json]] = {
    "search": {"web_search_options": {}},
    "search of a size": {"web_search_options": {"search_context_size": "low"}},
    "search and functions": {"web_search_options": {}, "tools": [WEATHER]},
    "search by a tool": {"web_search_options": {}, "tools": [{"type": "browser_search"}]},
    "schema and stream": {"response_format": json_schema(ANSWER), "stream": True},
}

# https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
_VLLM: dict[str, dict[str, Json]] = {
    "guided_json": {"guided_json": ANSWER},
    "guided_choice in extra_body": {"extra_body": {"guided_choice": ["a", "b"]}},
    "chat_template_kwargs": {"chat_template_kwargs": {"enable_thinking": False}},
    "chat_template_kwargs in extra_body": {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}},
    "video": {
        "messages": [user([text("?"), {"type": "video_url", "video_url": {"url": "https://videos.example.invalid/a.mp4"}}])]
    },
}

# https://www.alibabacloud.com/help/en/model-studio/use-qwen-by-calling-api
_DASHSCOPE: dict[str, dict[str, Json]] = {
    "enable_thinking": {"enable_thinking": True, "thinking_budget": 512},
    "enable_thinking in extra_body": {"extra_body": {"enable_thinking": False}},
    "enable_search": {"enable_search": True, "search_options": {"forced_search": True}},
}

# https://docs.fireworks.ai/api-reference/post-chatcompletions
_FIREWORKS: dict[str, dict[str, Json]] = {
    "context_length_exceeded_behavior": {"context_length_exceeded_behavior": "truncate"},
    "prompt_truncate_length": {"prompt_truncate_length": 100},
    "grammar": {"response_format": {"type": "grammar", "grammar": 'root ::= "a"'}},
}

# https://platform.openai.com/docs/api-reference/responses/create
_RESPONSES: dict[str, dict[str, Json]] = {
    "previous_response_id": {"previous_response_id": "resp_1"},
    "include": {"include": ["reasoning.encrypted_content"]},
    "truncation": {"truncation": "auto"},
    "reasoning": {"reasoning": {"effort": "low", "summary": "auto"}},
    "reasoning_effort with a summary": {"reasoning_effort": {"effort": "low", "summary": "auto"}},
    "web search tool": {"tools": [{"type": "web_search_preview"}]},
    "file search tool": {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]},
    "instructions": {"instructions": "Be brief."},
    "background": {"background": True},
    "max_output_tokens": {"max_output_tokens": 64},
    "text": {"text": {"verbosity": "low"}},
}

# https://platform.openai.com/docs/api-reference/chat/create
_OPENAI: dict[str, dict[str, Json]] = {
    "custom tool": {"tools": [{"type": "custom", "custom": {"name": "sql", "description": "A query"}}]},
    "allowed tools": {
        "tools": [WEATHER],
        "tool_choice": {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "get_weather"}}]},
        },
    },
    "service_tier priority": {"service_tier": "priority"},
}

_ALL: tuple[tuple[str, dict[str, dict[str, Json]]], ...] = (
    ("anthropic", _ANTHROPIC),
    ("gemini", _GEMINI),
    ("vertex_ai", _GEMINI),
    ("ollama", _OLLAMA),
    ("ollama_chat", _OLLAMA),
    ("openrouter", _OPENROUTER),
    ("mistral", _MISTRAL),
    ("deepseek", _DEEPSEEK),
    ("perplexity", _PERPLEXITY),
    ("xai", _XAI),
    ("groq", _GROQ),
    ("hosted_vllm", _VLLM),
    ("dashscope", _DASHSCOPE),
    ("fireworks_ai", _FIREWORKS),
    ("openai/responses", _RESPONSES),
    ("openai", _OPENAI),
    ("azure", _OPENAI),
)


def cases() -> Iterator[tuple[str, str, str, dict[str, Json]]]:
    """Each case: the provider, a model if it is not the usual one, a name, and parameters."""
    for provider, own in _ALL:
        for name, params in own.items():
            yield provider, "", f"own: {name}", params
    for name, params in _MISTRAL.items():
        yield "mistral", "magistral-medium-latest", f"own: {name}", params
    yield "deepseek", "deepseek-reasoner", "own: reasoner's answer", _DEEPSEEK["reasoner's answer handed back"]
    yield "openrouter", "auto", "own: auto", {}
    yield "openrouter", "anthropic/claude-sonnet-4.5", "own: cached message", {
        "messages": [user("A long text.") | {"cache_control": {"type": "ephemeral"}}]
    }
    for model in ("openai/gpt-oss-20b", "compound"):
        for name, params in _SEARCHES.items():
            yield "groq", model, f"own: {name}", params
    yield "openrouter", "anthropic/claude-sonnet-4.5", "own: cached", {
        "messages": [user([text("A long text.", cache_control={"type": "ephemeral"})])]
    }
