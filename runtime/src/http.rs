//! What providers that call an HTTP service share: one client, one reading of answers, one rule for their status.
//!
//! ```no_run
//! use runtime::http;
//!
//! # async fn example(config: &runtime::Config) -> Result<(), runtime::ProcessorError> {
//! let client = http::client(config)?;
//! let request = client
//!     .get("https://api.example.com/v1/models")
//!     .build()
//!     .map_err(http::send_error)?;
//! let answer = http::send(&client, request).await?;
//! answer.check()?;
//! println!("{} bytes", answer.body.len());
//! # Ok(())
//! # }
//! ```

mod answer;
mod body;
mod client;
mod failure;
mod members;
mod retries;
mod retry_after;
mod sentence;
mod service;

pub use answer::{Answer, begin, error_code, finish, send};
pub use body::{LARGEST_BODY, read_body};
pub use client::{client, client_builder};
pub use failure::{is_unconnected, send_error};
pub use members::{Members, member};
pub use retries::{GivenUp, Retries};
pub use retry_after::retry_after;
pub use sentence::sentence;
pub use service::{base, bearer, credential, parse_base};
