//! What `runtime::main!` does not take.

#[test]
fn what_the_macro_refuses() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
