//! Replaces what stands for an input file or a secret: `{"$file":"name"}`, `{"$secret":"NAME"}` (`docs/spec.md#placeholders`).

use documents::ErrorCode;
use documents::inputs::placeholders::{FILE, SECRET, replace};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Inputs;
use crate::config::Config;
use crate::error::ProcessorError;

impl Inputs {
    /// Replaces every `{"$file":"name"}` of the parameters, at any depth, by what the function returns for it. The function gets
    /// the inputs without their parameters, the name, and the location as a JSON pointer (RFC 6901).
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the location of a name that is not a string, and those of the function.
    pub fn replace_files(
        &mut self,
        mut with: impl FnMut(&Self, &str, &str) -> Result<Value, ProcessorError>,
    ) -> Result<(), ProcessorError> {
        let mut params = std::mem::take(&mut self.params);
        let result = replace(&mut params, FILE, &mut |name, at| {
            with(self, name, &at.to_string())
        });
        self.params = params;
        result
    }

    /// Replaces every `{"$secret":"NAME"}` of the parameters, at any depth, by the secret of that name, as
    /// [`Config::optional_secret`] returns it. Call it in real mode, just before the request: from here on the parameters are
    /// secret.
    ///
    /// `is_own` says whether a name is one of the provider's own credentials, which go nowhere but to its service.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the location (a JSON pointer) of an invalid name or one of the provider's own; `ERR_MISSING_SECRET`
    /// with location and name of a secret that is not set.
    pub fn replace_secrets(
        &mut self,
        config: &Config,
        is_own: impl Fn(&str) -> bool,
    ) -> Result<(), ProcessorError> {
        replace(&mut self.params, SECRET, &mut |name, at| {
            if !is_name(name) {
                return Err(ProcessorError::inputs(format!(
                    "{at}/{SECRET} is not the name of a secret, such as MY_API_KEY"
                )));
            }
            if is_own(name) {
                return Err(ProcessorError::inputs(format!(
                    "{at} names {name}, the provider's own key, which is sent to its service alone; use another secret"
                )));
            }
            let secret = config.optional_secret(name)?.ok_or_else(|| {
                ProcessorError::new(
                    ErrorCode::MissingSecret,
                    format!("{at} names the secret {name}, which is not set; set it, and name it in the registry entry"),
                )
            })?;
            Ok(secret.expose_secret().into())
        })
    }
}

/// As environment variables are named.
fn is_name(name: &str) -> bool {
    let is_letter = |b: u8| b == b'_' || b.is_ascii_alphabetic();
    name.bytes().next().is_some_and(is_letter) && name.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
}
