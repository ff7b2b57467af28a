//! Addresses that lead back to the machine that asks: in a container that is the container.

use std::ffi::OsStr;

use documents::ErrorCode;
use reqwest::Url;

use crate::error::Error;

/// Refuses settings whose address no request from a container could reach.
///
/// # Errors
///
/// `ERR_USAGE` that names the first one, and the host's name in a container.
pub(super) fn check<'a>(
    settings: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
    engine: &str,
    host: &str,
) -> Result<(), Error> {
    let found = settings
        .into_iter()
        .find(|(_, value)| value.to_str().is_some_and(is_loopback));
    let Some((name, _)) = found else { return Ok(()) };
    Err(Error::new(
        ErrorCode::Usage,
        format!("{name} is an address of this machine alone, which a container of {engine} cannot reach"),
    )
    .hint(format!(
        "write {host} in its place and let the service listen there, unset it, or use `--engine process`"
    )))
}

/// Whether an address, with or without a scheme, has a host that is this machine itself.
fn is_loopback(address: &str) -> bool {
    let address = address.trim();
    let url = if address.contains("://") {
        Url::parse(address)
    } else {
        Url::parse(&format!("http://{address}"))
    };
    let Ok(url) = url else { return false };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(ip)) => {
            let mapped = ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback());
            ip.is_loopback() || ip.is_unspecified() || mapped
        }
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Err(_) => {
            let host = host.to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine() {
        for address in [
            "http://127.0.0.1:8080/v1",
            "http://127.1/",
            "http://127.8.9.10",
            "https://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost:11434",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://u:p@localhost",
            "socks5://127.0.0.1:1080",
            "localhost:11434",
            "127.0.0.1:3128",
            "http://0.0.0.0:1",
            " http://localhost ",
        ] {
            assert!(is_loopback(address), "{address}");
        }
        for address in [
            "",
            "https://api.openai.com/v1",
            "http://host.docker.internal:1",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://[2001:db8::1]/",
            "2024-10-21",
            "1048576",
            "true",
            "/etc/ssl/ca.pem",
        ] {
            assert!(!is_loopback(address), "{address}");
        }
    }
}
