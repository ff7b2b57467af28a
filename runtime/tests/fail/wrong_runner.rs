fn make_runner(_: runtime::Config) -> String {
    String::new()
}

runtime::main!("llm/litellm@1", make_runner);
