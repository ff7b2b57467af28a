const REFERENCE: &str = "llm/litellm@1";

fn make_runner(_: runtime::Config) -> runtime::Runner {
    Box::new(|_| Ok(runtime::ProcessorOutput::new("x:v1")))
}

runtime::main!(REFERENCE, make_runner);
