//! Calls an HTTP service: a client, answers and their errors, and when to try again.
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
mod certificate;
mod charged;
mod client;
mod coding;
mod failure;
pub mod lenient_json;
mod members;
mod message;
mod proxy;
mod received;
mod retries;
mod retry_after;
mod service;

pub use answer::{Answer, begin, error_code, finish, finish_into, send};
pub use body::{LARGEST_BODY, read_body};
pub use charged::report_request;
pub use client::{client, client_builder};
pub use coding::{DecodeError, Decoder};
pub use failure::{is_unconnected, send_error};
pub use members::{Members, member};
pub use message::error_message;
pub use received::Received;
pub use retries::{AttemptError, Retries, Retry, retry};
pub use retry_after::requested_pause;
pub use service::{base_url, bearer, credential, parse_base_url};
