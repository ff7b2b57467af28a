//! Logging in: a registry's challenge answered with what this machine has for it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Request, StatusCode, Url};
use serde::Deserialize;

use super::call::Call;
use super::challenge::Challenge;
use super::exchange::{Limits, exchange};
use super::failure::{Cause, RemoteError};
use crate::oci::credentials::Credential;

/// A login, and the file that it is from.
pub(super) type Found = Option<(Credential, &'static str)>;

/// An answer of a token service is short.
const LARGEST: usize = 256 * 1024;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The value of `Authorization` for a call; `None` if there is nothing to show.
///
/// # Errors
///
/// When the service of tokens refuses the login, or does not answer as one.
pub(super) async fn authorize(
    challenge: &Challenge,
    call: &Call<'_>,
    found: &Found,
    client: &Client,
    silence: Duration,
) -> Result<Option<HeaderValue>, RemoteError> {
    let credential = found.as_ref().map(|(credential, _)| credential);
    let text = match (challenge, credential) {
        (_, Some(Credential::Bearer(token))) => Some(format!("Bearer {token}")),
        (Challenge::Basic, credential) => credential.and_then(Credential::basic),
        (Challenge::Bearer { realm, service }, credential) => {
            let request = request(realm, service.as_deref(), call, credential)?;
            let token = fetch(request, call, found, client, silence).await?;
            Some(format!("Bearer {token}"))
        }
    };
    text.map(|text| sensitive(&text, call)).transpose()
}

/// Asks for a token: with GET as distribution's token authentication has it, with POST for a refresh token, as OAuth2 has it.
fn request(
    realm: &str,
    service: Option<&str>,
    call: &Call<'_>,
    credential: Option<&Credential>,
) -> Result<Request, RemoteError> {
    let host = call.repository.host();
    let wrong = || RemoteError::protocol(host, "it names no service of tokens that is reached by TLS");
    let mut url = Url::parse(realm).map_err(|_| wrong())?;
    if !call.is_safe(&url) {
        return Err(wrong());
    }
    let scope = format!("repository:{}:{}", call.repository.path(), call.access.actions());
    let mut form = Url::parse("https://form.invalid/").map_err(|_| wrong())?; // only its query is used
    if let Some(Credential::Identity(token)) = credential {
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token)
            .append_pair("client_id", "counterfoil")
            .append_pair("service", service.unwrap_or_default())
            .append_pair("scope", &scope);
        let mut request = Request::new(Method::POST, url);
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form_type);
        *request.body_mut() = Some(form.query().unwrap_or_default().to_owned().into());
        return Ok(request);
    }
    if let Some(service) = service {
        url.query_pairs_mut().append_pair("service", service);
    }
    url.query_pairs_mut().append_pair("scope", &scope);
    let mut request = Request::new(Method::GET, url);
    if let Some(basic) = credential.and_then(Credential::basic) {
        request
            .headers_mut()
            .insert(AUTHORIZATION, sensitive(&basic, call)?);
    }
    Ok(request)
}

async fn fetch(
    request: Request,
    call: &Call<'_>,
    found: &Found,
    client: &Client,
    silence: Duration,
) -> Result<String, RemoteError> {
    let host = request.url().host_str().unwrap_or_default().to_owned();
    let limits = Limits {
        silence,
        largest: LARGEST,
    };
    let reply = exchange(client, request, limits, &host).await;
    let reply = reply.map_err(|failed| failed.error)?;
    let registry = call.repository.host();
    match reply.status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let whose = match found {
                Some((_, file)) => format!("the login of {file}"),
                None => "callers without a login".into(),
            };
            return Err(RemoteError::new(
                Cause::Refused,
                format!("{registry} refuses {whose} for {}", call.subject),
                format!(
                    "log in with `docker login {registry}` as somebody who may {}",
                    call.access.verb()
                ),
            ));
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Err(RemoteError::new(
                Cause::Failing,
                format!("{host}, where {registry} has logins, fails ({})", status.as_u16()),
                "run it again later",
            ));
        }
        status => {
            let what = format_args!("its service of tokens answers {}", status.as_u16());
            return Err(RemoteError::protocol(registry, what));
        }
    }
    serde_json::from_slice(&reply.body)
        .ok()
        .and_then(|Token { token, access_token }| token.or(access_token))
        .filter(|token| !token.is_empty())
        .ok_or_else(|| RemoteError::protocol(registry, "its service of tokens sends none"))
}

fn sensitive(text: &str, call: &Call<'_>) -> Result<HeaderValue, RemoteError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let host = call.repository.host();
        RemoteError::setting(
            format!("the login for {host} has characters that no login has"),
            format!("log in again with `docker login {host}`"),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
