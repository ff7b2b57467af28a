//! Estimates on request: `params.estimate` is one, or says what a bad estimator does.

use std::io::Write as _;

use runtime::{Config, Estimate, EstimateResult, Inputs, ProcessorError};
use serde_json::Value;

use crate::request::Request;

/// Answers as it is asked to.
pub(crate) fn estimate(config: &Config, inputs: &Inputs) -> EstimateResult {
    let request = Request::new(inputs);
    match request.get("estimate") {
        None => Ok(Estimate::default()),
        Some(Value::String(what)) => match what.as_str() {
            "panic" => crash(),
            "exit" => std::process::exit(3),
            "chatter" => {
                std::io::stdout().write_all(b"hello\n")?;
                Ok(Estimate::default())
            }
            "scratch" => config.scratch().map(|_| Estimate::default()),
            "secret" => Ok(Estimate {
                model: Some(crate::secrets::all(config)?),
                ..Estimate::default()
            }),
            _ => Err(request.error()),
        },
        Some(wanted) => serde_json::from_value(wanted.clone())
            .map_err(|error| ProcessorError::inputs(format!("/params/estimate is no estimate: {error}"))),
    }
}

#[expect(clippy::panic, reason = "an estimator that panics is what is asked for")]
fn crash() -> ! {
    panic!("as requested")
}
