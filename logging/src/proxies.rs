//! Redaction of the credentials of proxies.

use crate::environment::Environment;
use crate::redact::Redactor;

/// The variables with addresses of proxies. HTTP clients prefer the upper-case one.
pub const VARIABLES: [&str; 6] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
];

/// A shorter user name occurs in texts by chance.
const SHORTEST_USER: usize = 4;

/// Registers users and passwords of all proxies, for texts only: services never see them, and an output may contain the word
/// `password`.
pub fn hide(environment: &Environment, redactor: &Redactor) {
    for name in VARIABLES {
        let address = environment.get(name).unwrap_or_default();
        for part in credentials(address.to_string_lossy().trim()) {
            redactor.add_for_texts(name, &part);
        }
    }
}

/// User and password in the address of a proxy, together and alone, as they are and decoded.
fn credentials(address: &str) -> Vec<String> {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password with an unencoded `@` or `/` makes the address wrong, and is a password all the same.
    let userinfo = [authority, rest]
        .into_iter()
        .find_map(|text| text.rsplit_once('@'))
        .map_or("", |(userinfo, _)| userinfo);
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut parts = vec![userinfo.to_owned(), password.to_owned()];
    if user.chars().count() >= SHORTEST_USER || password.is_empty() {
        parts.push(user.to_owned());
    }
    let decoded = parts.iter().map(|part| decoded(part)).collect::<Vec<_>>();
    parts.extend(decoded);
    parts.retain(|part| !part.is_empty());
    parts
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::credentials;

    #[test]
    fn users_and_passwords() {
        for (address, hidden) in [
            ("http://proxy.example:3128", &[][..]),
            ("proxy.example:3128", &[]),
            (
                "http://alice:s3cret@proxy:1/",
                &["alice:s3cret", "alice", "s3cret"],
            ),
            ("alice:s3cret@proxy:1", &["alice:s3cret", "alice", "s3cret"]),
            (
                "http://bob:p%40ss@proxy",
                &["bob:p%40ss", "bob:p@ss", "p%40ss", "p@ss"],
            ),
            ("http://bob:p@ss@proxy", &["bob:p@ss", "p@ss"]),
            ("http://bob:p/ss@proxy", &["bob:p/ss", "p/ss"]),
            ("socks5h://tok@proxy/?a=@", &["tok"]),
        ] {
            let mut found = credentials(address);
            found.sort();
            found.dedup();
            let mut hidden = hidden.to_vec();
            hidden.sort_unstable();
            assert_eq!(found, hidden, "{address}");
        }
    }
}
