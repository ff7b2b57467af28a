//! Who may do what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::answer::Answer;
use crate::server::Request;

/// Where the registry's own service of tokens is.
pub(super) const TOKENS: &str = "/token";

/// What the registry wants to see.
pub(super) struct Login {
    user: String,
    password: String,
    scheme: Scheme,
}

enum Scheme {
    Basic,
    Token { is_public: bool },
}

impl Login {
    pub(super) fn basic(user: &str, password: &str) -> Self {
        Self::new(user, password, Scheme::Basic)
    }

    pub(super) fn tokens(user: &str, password: &str, is_public: bool) -> Self {
        Self::new(user, password, Scheme::Token { is_public })
    }

    fn new(user: &str, password: &str, scheme: Scheme) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
            scheme,
        }
    }

    /// Why a request may not be answered, as an answer.
    pub(super) fn refuse(&self, request: &Request) -> Option<Answer> {
        let is_push = !matches!(request.method.as_str(), "GET" | "HEAD");
        let shown = request.header("authorization").unwrap_or_default();
        let is_allowed = match self.scheme {
            Scheme::Basic => shown == self.basic_header().as_bytes(),
            Scheme::Token { .. } => {
                let shown = String::from_utf8_lossy(shown);
                shown == format!("Bearer {}", token("pull,push"))
                    || (!is_push && shown == format!("Bearer {}", token("pull")))
            }
        };
        if is_allowed {
            return None;
        }
        let challenge = match self.scheme {
            Scheme::Basic => "Basic realm=\"tests\"".to_owned(),
            Scheme::Token { .. } => {
                format!("Bearer realm=\"{}{TOKENS}\",service=\"tests\"", request.origin())
            }
        };
        let body = json!({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]});
        Some(Answer::json(401, &body).header("www-authenticate", &challenge))
    }

    /// The service of tokens.
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let body = String::from_utf8_lossy(&request.body);
        let query = match request.method.as_str() {
            "POST" => body.as_ref(),
            _ => request.path.split_once('?').map_or("", |(_, query)| query),
        };
        let param = |name: &str| {
            query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key == name).then(|| value.replace("%3A", ":").replace("%2F", "/").replace("%2C", ","))
            })
        };
        let scope = param("scope").unwrap_or_default();
        let actions = scope.rsplit(':').next().unwrap_or_default();
        let is_known = request.header("authorization") == Some(self.basic_header().as_bytes())
            || param("refresh_token").as_deref() == Some(&self.password);
        let is_anonymous = request.header("authorization").is_none() && request.method == "GET";
        let is_public = matches!(self.scheme, Scheme::Token { is_public: true });
        if is_known || (is_public && is_anonymous) {
            let granted = if is_known { actions } else { "pull" };
            return Answer::json(200, &json!({"token": token(granted), "expires_in": 60}));
        }
        Answer::json(401, &json!({"errors": [{"code": "UNAUTHORIZED"}]}))
    }

    fn basic_header(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.user, self.password))
        )
    }
}

/// A token names what it is good for; it is a secret all the same.
fn token(actions: &str) -> String {
    format!("t0ken-{}", actions.replace(',', "-"))
}
