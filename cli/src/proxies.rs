//! The proxies of this process's environment, which every processor in real mode gets: it would read them itself.

use std::ffi::OsString;

use logging::proxies::VARIABLES;

/// The variables that the processors' HTTP client reads beside those with an address.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The variables that are set, by their names as they are.
///
/// In a CGI script a caller sets `HTTP_PROXY` with a header `Proxy` of its request: there it is nobody's setting.
pub(crate) fn from_environment() -> impl Iterator<Item = (&'static str, OsString)> {
    let is_cgi = std::env::var_os("REQUEST_METHOD").is_some();
    VARIABLES
        .into_iter()
        .chain(EXCEPTIONS)
        .filter(move |name| !(is_cgi && *name == "HTTP_PROXY"))
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
}
