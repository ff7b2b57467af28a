//! The proxies of the caller's environment, which every processor in real mode gets: it would read them itself.

use std::ffi::OsStr;

use logging::proxies::VARIABLES;

use crate::environment::Environment;

/// The variables that the processors' HTTP client reads beside those with an address.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The variables that are set.
///
/// In a CGI script a caller sets `HTTP_PROXY` with a header `Proxy` of its request: there it is nobody's setting.
pub(crate) fn variables(environment: &Environment) -> impl Iterator<Item = (&'static str, &OsStr)> {
    let is_cgi = environment.get("REQUEST_METHOD").is_some();
    VARIABLES
        .into_iter()
        .chain(EXCEPTIONS)
        .filter(move |name| !(is_cgi && *name == "HTTP_PROXY"))
        .filter_map(|name| Some((name, environment.get(name)?)))
}

/// Whether a variable lists what needs no proxy, and so is no address.
pub(crate) fn is_exception(name: &str) -> bool {
    EXCEPTIONS.contains(&name)
}

/// Whether an address may hold a user or a password.
pub(crate) fn has_credentials(address: &OsStr) -> bool {
    address.as_encoded_bytes().contains(&b'@')
}
