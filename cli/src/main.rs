//! The orchestrator `counterfoil`.

fn main() -> std::process::ExitCode {
    counterfoil::main()
}
