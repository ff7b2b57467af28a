//! The proxy between this run and a service.

use std::collections::BTreeMap;
use std::ffi::OsString;

use documents::ErrorCode;
use logging::Environment;
use logging::proxies::{VARIABLES, hide};
use reqwest::{NoProxy, Proxy};

use crate::config::Config;
use crate::error::ProcessorError;

/// The names of a setting, in the order in which they are looked up: as reqwest does with those of the environment.
type Names = [&'static str; 2];
const EXCEPTIONS: Names = ["NO_PROXY", "no_proxy"];

/// The proxies, if an address or the exceptions are files in `SECRETS_DIR`; else none, because reqwest reads the environment itself.
/// Users and passwords of all of them are redacted from here on.
///
/// # Errors
///
/// Those of [`Config::optional_secret`].
pub(super) fn from_secrets_dir(config: &Config) -> Result<Vec<Proxy>, ProcessorError> {
    let mut values: BTreeMap<&str, OsString> = BTreeMap::new();
    let mut has_files = false;
    // in a CGI script a client sets it, with a header `Proxy` of its request
    let is_cgi = config.environment.get("REQUEST_METHOD").is_some();
    for name in VARIABLES.into_iter().chain(EXCEPTIONS) {
        let variable = config.environment.get(name);
        if let Some(value) = variable.filter(|_| !(is_cgi && name == "HTTP_PROXY")) {
            values.insert(name, value);
        } else if let Some(value) = config.secrets_dir.read(name)? {
            values.insert(name, value.into());
            has_files = true;
        }
    }
    hide(&Environment::from_variables(values.clone()), &config.redactor);
    if !has_files {
        return Ok(Vec::new());
    }
    let find = |names: Names| {
        let value = names.iter().find_map(|name| values.get(name))?;
        Some(value.to_string_lossy().trim().to_owned())
    };
    let exceptions = find(EXCEPTIONS).and_then(|exceptions| NoProxy::from_string(&exceptions));
    let mut proxies = Vec::new();
    for (names @ [name, _], proxy) in [
        (
            ["HTTP_PROXY", "http_proxy"],
            Proxy::http as fn(String) -> reqwest::Result<Proxy>,
        ),
        (["HTTPS_PROXY", "https_proxy"], Proxy::https),
        (["ALL_PROXY", "all_proxy"], Proxy::all),
    ] {
        match find(names).map(proxy) {
            None => {}
            Some(Ok(proxy)) => proxies.push(proxy.no_proxy(exceptions.clone())),
            // reqwest ignores such a variable, too
            Some(Err(_)) => tracing::warn!(name, "proxy_ignored"),
        }
    }
    Ok(proxies)
}

/// The proxy requires authentication (RFC 9110, section 15.5.8).
pub(super) fn authentication_required() -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderRejected,
        "the proxy answered 407, as it wants a user and a password (proxy authentication); put them into the address in HTTPS_PROXY \
         or HTTP_PROXY, as http://USER:PASSWORD@HOST:PORT",
    )
}

/// The error of a proxy, by the message of a connection's error: hyper's type for it is private.
pub(super) fn tunnel_error(message: &str) -> Option<ProcessorError> {
    match message.strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some(authentication_required()),
        "unsuccessful" => Some(ProcessorError::new(
            ErrorCode::ProviderUnavailable,
            "the proxy makes no connection to the provider; check HTTPS_PROXY, and what it lets through, or name the host in NO_PROXY",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_in_the_way_is_named() {
        let error = tunnel_error("tunnel error: proxy authorization required").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderRejected);
        assert!(error.message().contains("407") && error.message().contains("HTTPS_PROXY"));
        let error = tunnel_error("tunnel error: unsuccessful").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderUnavailable);
        assert!(tunnel_error("tunnel error: io error establishing tunnel").is_none());
        assert!(tunnel_error("connection refused").is_none());
    }
}
