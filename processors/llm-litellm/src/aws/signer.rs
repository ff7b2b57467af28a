//! Signs requests with an access key: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{self, SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use reqwest::Request;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use runtime::{Config, ErrorCode, ExposeSecret, ProcessorError};

const SERVICE: &str = "bedrock";

/// The variable of the access key's id, and those of its secret parts.
pub(crate) const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN: &str = "AWS_SESSION_TOKEN";

/// Whether a variable holds a part of an access key.
pub(crate) fn is_part(variable: &str) -> bool {
    [KEY_ID, SECRET, TOKEN].contains(&variable)
}

/// An access key, for a region.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    /// The key of the variables.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` without a key.
    pub(crate) fn from_config(config: &Config, region: String) -> Result<Self, ProcessorError> {
        let secret = |name| {
            let secret = config.optional_secret(name)?;
            Ok::<_, ProcessorError>(secret.map(|secret| secret.expose_secret().to_owned()))
        };
        let (Some(id), Some(key)) = (secret(KEY_ID)?, secret(SECRET)?) else {
            return Err(ProcessorError::new(
                ErrorCode::MissingSecret,
                format!("bedrock/ needs a key; set {KEY_ID} and {SECRET}, or AWS_BEARER_TOKEN_BEDROCK"),
            ));
        };
        Ok(Self {
            credentials: Credentials::new(id, key, secret(TOKEN)?, None, "environment"),
            region,
        })
    }

    /// Adds the signature to a request whose body is in memory. It is valid for some minutes from `now`.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` if the request cannot be signed.
    pub(crate) fn sign(&self, request: &mut Request, now: SystemTime) -> Result<(), ProcessorError> {
        self.headers(request, now)
            .map(|headers| request.headers_mut().extend(headers))
            .ok_or_else(|| ProcessorError::new(ErrorCode::Processor, "the request cannot be signed"))
    }

    fn headers(&self, request: &Request, now: SystemTime) -> Option<Vec<(HeaderName, HeaderValue)>> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .ok()?;
        let body = request.body().map_or(Some(&[][..]), |body| body.as_bytes())?;
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let headers = content_type.map(|value| (CONTENT_TYPE.as_str(), value));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body),
        );
        let signed = http_request::sign(signable.ok()?, &params.into()).ok()?;
        let (instructions, _) = signed.into_parts();
        let headers = instructions.headers().map(|(name, value)| {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        });
        headers.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn signed(token: Option<&str>) -> Request {
        let signer = Signer {
            credentials: Credentials::new(
                "AKIDEXAMPLE",
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                token.map(str::to_owned),
                None,
                "test",
            ),
            region: "us-east-1".to_owned(),
        };
        let url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2%3A1/converse";
        let mut request = Request::new(reqwest::Method::POST, url.parse().unwrap());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some("{}".into());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        signer.sign(&mut request, now).unwrap();
        request
    }

    fn header<'a>(request: &'a Request, name: &str) -> &'a str {
        request.headers().get(name).unwrap().to_str().unwrap()
    }

    /// The signatures are botocore's for the same request.
    #[test]
    fn signatures_are_those_of_other_clients() {
        for (token, headers, signature) in [
            (
                None,
                "content-type;host;x-amz-date",
                "bbed9c3e84fb8b72cc9e7f290769bff49e34377e22a35007cb0001e211d71c7b",
            ),
            (
                Some("session"),
                "content-type;host;x-amz-date;x-amz-security-token",
                "4f093d4ef6423d90e5ac3cf7c6685a4aeae46d9ced540f86f21947aa043d47fe",
            ),
        ] {
            let request = signed(token);
            assert_eq!(header(&request, "x-amz-date"), "20150830T123600Z");
            assert_eq!(
                header(&request, "authorization"),
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders={headers}, Signature={signature}"
                )
            );
            let sent = request.headers().get("x-amz-security-token");
            assert_eq!(sent.map(|token| token.to_str().unwrap()), token);
        }
    }
}
