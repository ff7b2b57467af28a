//! The processor llm/litellm@1.

runtime::main!(
    "llm/litellm@1",
    llm_litellm::make_runner,
    llm_litellm::make_estimator
);
