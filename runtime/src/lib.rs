//! The processor SDK of counterfoil.
//!
//! A processor runs one provider, once per process: it reads inputs, hashes them, calls the provider, writes outputs
//! whole or not at all, and leaves two identical receipts. An author writes one function and one line:
//!
//! ```
//! use runtime::{Config, Inputs, OutputItem, ProcessorOutput, Runner};
//!
//! fn make_runner(_config: Config) -> Runner {
//!     Box::new(|inputs: Inputs| {
//!         let text = inputs.params.get("text").and_then(|text| text.as_str()).unwrap_or_default();
//!         Ok(ProcessorOutput::new("text_upper:v1")
//!             .with_output(OutputItem::bytes("outputs/text.txt", "text/plain", text.to_uppercase())))
//!     })
//! }
//!
//! runtime::main!("text/upper@1", make_runner);
//! ```

mod checkpoint;
mod cli;
mod config;
mod contract;
mod error;
#[cfg(feature = "http")]
pub mod http;
mod inputs;
mod interrupt;
mod run;
mod secrets_dir;
mod settings;
mod signals;
#[cfg(feature = "testing")]
pub mod testing;

pub use config::Config;
pub use contract::{EstimateResult, Estimator, ProcessorOutput, ProcessorResult, Runner};
#[doc(inline)]
pub use documents::estimate::Estimate;
#[doc(inline)]
pub use documents::hash::Hasher;
#[doc(inline)]
pub use documents::json::{MAX_SAFE_INTEGER, to_ordered};
#[doc(inline)]
pub use documents::{ErrorCode, Mode, ProcessorRef, Signal};
pub use error::ProcessorError;
pub use inputs::{FileContent, InputFile, InputReader, Inputs};
#[doc(inline)]
pub use logging::{Clock, Environment};
pub use run::{Invocation, OpenStore, Processor};
pub use secrecy::{ExposeSecret, SecretString};
pub use signals::{SignalSender, Signals};
#[doc(inline)]
pub use store::{Body, HashedFile, OutputItem, ScratchFile};

/// The whole `main.rs` of a processor: `runtime::main!("llm/litellm@1", make_runner);`
///
/// Takes the processor's reference, `ns/name@ver`, which the compiler checks, and the path of its
/// `make_runner(config: Config) -> Runner`. `docs/spec.md#processor-command-line` says what the program does.
///
/// A second path, of a `make_estimator(config: Config) -> Estimator`, says more of runs before they are made:
/// `runtime::main!("llm/litellm@1", make_runner, make_estimator);`
#[macro_export]
macro_rules! main {
    ($processor_ref:literal, $make_runner:path $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            const PROCESSOR_REF: $crate::ProcessorRef = $crate::ProcessorRef::from_static($processor_ref);
            $crate::Processor::new(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                PROCESSOR_REF,
                $make_runner,
            )
            .main()
        }
    };
    ($processor_ref:literal, $make_runner:path, $make_estimator:path $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            const PROCESSOR_REF: $crate::ProcessorRef = $crate::ProcessorRef::from_static($processor_ref);
            $crate::Processor::new(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                PROCESSOR_REF,
                $make_runner,
            )
            .with_estimator($make_estimator)
            .main()
        }
    };
}
