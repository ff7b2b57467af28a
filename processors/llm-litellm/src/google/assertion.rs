//! The signed statement for which a service account gets a token (RFC 7523):
//! <https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests>.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

/// The only scope that Vertex AI needs.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The longest that Google grants, in seconds.
const LIFETIME: u64 = 3600;

/// A JSON web token, signed with RS256; `None` if the key is no RSA key in PKCS#8. `now` is in Unix seconds.
pub(super) fn sign(email: &str, key_id: Option<&str>, key: &str, audience: &str, now: u64) -> Option<String> {
    let pair = RsaKeyPair::from_pkcs8(&der(key)?).ok()?;
    let header = match key_id {
        Some(id) => json!({"alg": "RS256", "typ": "JWT", "kid": id}),
        None => json!({"alg": "RS256", "typ": "JWT"}),
    };
    let claims = json!({"iss": email, "scope": SCOPE, "aud": audience, "iat": now, "exp": now + LIFETIME});
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let content = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, content.as_bytes(), &mut signature)
        .ok()?;
    Some(format!("{content}.{}", encode(&signature)))
}

/// The key inside of PEM (RFC 7468).
fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}
