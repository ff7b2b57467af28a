fn make_runner(_: runtime::Config) -> runtime::Runner {
    Box::new(|_| Ok(runtime::ProcessorOutput::new("x:v1")))
}

runtime::main!("litellm", make_runner);
