runtime::main!("llm/litellm@1");
