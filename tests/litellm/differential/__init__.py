"""A differential test: the same call through the processor llm/litellm@1 and through LiteLLM's SDK."""
