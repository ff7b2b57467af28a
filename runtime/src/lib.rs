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

mod cli;
mod clock;
mod config;
mod contract;
mod envelope;
mod environment;
mod error;
mod fingerprint;
mod hash;
#[cfg(feature = "http")]
pub mod http;
mod inputs;
mod interrupt;
mod json;
mod log;
mod mode;
mod names;
mod outputs;
#[cfg(test)]
mod properties;
mod receipt;
mod redact;
mod run;
mod settings;
mod signals;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod world_path;

pub use clock::Clock;
pub use config::Config;
pub use contract::{Body, OutputItem, ProcessorOutput, ProcessorResult, Runner};
pub use environment::Environment;
pub use error::{ErrorCode, ProcessorError};
pub use inputs::{InputFile, InputReader, Inputs};
pub use interrupt::Signal;
pub use mode::Mode;
pub use names::ProcessorRef;
pub use run::{Invocation, Processor};
pub use secrecy::{ExposeSecret, SecretString};
pub use signals::{Signals, Waker};

/// The whole `main.rs` of a processor: `runtime::main!("llm/litellm@1", make_runner);`
///
/// Takes the processor's reference, `ns/name@ver`, checked when it is compiled, and the path of its
/// `make_runner(config: Config) -> Runner`. The program follows section 2 of the contracts.
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
}
