//! The binary of the processor `replicate/generic@1`.

runtime::main!(
    "replicate/generic@1",
    replicate_generic::make_runner,
    replicate_generic::make_estimator
);
