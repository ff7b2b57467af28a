//! Why a service refuses a request: from its error codes, else from its message.

mod signs;

use std::time::Duration;

use serde_json::{Map, Value};
use signs::Signs;

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The prompt, or the prompt with the answer, is longer than the model's context window.
    ContextWindow,
    /// The request is larger than the service, or the account's limit per minute, ever takes.
    TooLarge,
    /// The prompt or the answer violates the service's content policy.
    ContentPolicy,
    /// The account is out of credit, or closed. A retry does not help.
    Account,
    /// A quota is used up. A retry helps only if the service says when.
    Quota,
    /// A quota of a whole day is used up, or the account has none. What the service says about a pause is not meant for it.
    DailyQuota,
    /// The key is not valid.
    Key,
    /// The service is not offered in this country or region.
    Location,
    /// The key is valid, but the account may not use the model, or lacks a right.
    Access,
    /// A firewall in front of the service refuses the request.
    Network,
    /// Anything else, or unknown.
    Other,
}

use Refusal::{
    Access, Account, ContentPolicy, ContextWindow, DailyQuota, Key, Location, Network, Quota, TooLarge,
};

/// The first that matches counts: an account without money is often reported with the words of a limit, a key, or a permission.
const KINDS: [(Refusal, &Signs); 10] = [
    (Account, &signs::ACCOUNT),
    (Location, &signs::LOCATION),
    (DailyQuota, &signs::DAILY_QUOTA),
    (Quota, &signs::QUOTA),
    (Key, &signs::KEY),
    (ContextWindow, &signs::CONTEXT_WINDOW),
    (TooLarge, &signs::TOO_LARGE),
    (ContentPolicy, &signs::CONTENT_POLICY),
    (Network, &signs::NETWORK),
    (Access, &signs::ACCESS),
];

/// Where services put their codes; the last is AWS's.
const FIELDS: [&str; 6] = ["code", "type", "status", "reason", "error_code", "__type"];

/// The depth of `[{"error":{"details":[{"violations":[{"quotaId":...}]}]}}]`, the deepest known.
const DEEPEST: usize = 7;

impl Refusal {
    /// Reads the body of an error answer, and the message in it.
    pub(crate) fn detect(body: &[u8], message: Option<&str>) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        json.as_ref()
            .and_then(|json| from_fields(json, DEEPEST))
            .or_else(|| is_moderation(json.as_ref()?).then_some(ContentPolicy))
            .or_else(|| from_message(&message?.to_lowercase()))
            .unwrap_or(Self::Other)
    }

    /// What the page of a firewall is about, by its number.
    pub(crate) fn from_page(page: &[u8]) -> Self {
        let page = String::from_utf8_lossy(page).to_lowercase();
        let has = |number: &&str| {
            let starts = ["error ", "error code: ", "error-code\">"];
            starts
                .iter()
                .any(|start| page.contains(&format!("{start}{number}")))
        };
        if signs::LOCATION_PAGES.iter().any(has) {
            Location
        } else if signs::NETWORK_PAGES.iter().any(has) {
            Network
        } else {
            Self::Other
        }
    }

    /// What a single error code stands for.
    pub(crate) fn from_code(code: &str) -> Self {
        let code = bare_code(code);
        find(|signs| signs.codes.contains(&code.as_str())).unwrap_or(Self::Other)
    }

    /// The reason in words, after "as"; `None` where the service's own message says enough.
    pub(crate) const fn reason(self) -> Option<&'static str> {
        match self {
            ContextWindow => Some("the prompt does not fit the model's context window"),
            TooLarge => Some("the request is larger than it takes"),
            ContentPolicy => Some("its content policy refuses the request"),
            Location => Some("it does not serve this country or region"),
            Access => Some("the account may not use this model, or lacks a permission"),
            Network => Some("a firewall in front of it refuses the request"),
            // a batch is held by these two
            Account => Some("the account is out of credit or closed"),
            DailyQuota => Some("the account has no quota left"),
            Quota | Key | Self::Other => None,
        }
    }

    /// Whether the credentials are in order, though the status (401, 403) says that they are refused.
    pub(crate) const fn is_for_valid_credentials(self) -> bool {
        match self {
            ContextWindow | TooLarge | ContentPolicy | Account | Quota | DailyQuota | Location | Network => {
                true
            }
            Key | Access | Self::Other => false,
        }
    }

    /// Whether a retry is useless, even if the status suggests one.
    pub(crate) fn is_final(self, retry_after: Option<Duration>) -> bool {
        match self {
            Account | DailyQuota | Key | TooLarge => true,
            Quota => retry_after.is_none_or(|pause| pause.is_zero()),
            ContextWindow | ContentPolicy | Location | Access | Network | Self::Other => false,
        }
    }

    /// Whether another model may take the same request.
    pub(crate) const fn is_worth_a_fallback(self) -> bool {
        match self {
            ContextWindow | TooLarge | Account | Quota | DailyQuota | Location | Access => true,
            ContentPolicy | Key | Network | Self::Other => false,
        }
    }
}

/// Whether OpenRouter reports that the prompt was flagged (<https://openrouter.ai/docs/api-reference/errors>).
fn is_moderation(json: &Value) -> bool {
    json.pointer("/error/metadata/flagged_input").is_some()
}

fn from_fields(json: &Value, deepest: usize) -> Option<Refusal> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::Array(items) => items.iter().find_map(|item| from_fields(item, deepest)),
        Value::Object(fields) if is_daily_quota(fields) => Some(DailyQuota),
        Value::Object(fields) => {
            let codes = FIELDS.iter().filter_map(|name| fields.get(*name)?.as_str());
            codes
                .map(Refusal::from_code)
                .find(|refusal| *refusal != Refusal::Other)
                .or_else(|| fields.values().find_map(|field| from_fields(field, deepest)))
        }
        _ => None,
    }
}

/// Whether these are the fields of Google's <https://cloud.google.com/apis/design/errors#error_payloads> for a quota of a day:
/// `GenerateRequestsPerDayPerProjectPerModel-FreeTier`.
fn is_daily_quota(fields: &Map<String, Value>) -> bool {
    let id = fields.get("quotaId").and_then(Value::as_str);
    id.is_some_and(|id| id.contains("PerDay"))
}

/// `com.amazon.coral.service#ThrottlingException`, and `ThrottlingException:http://internal.amazon.com/coral/` in a header, are the
/// same code (<https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>).
pub(crate) fn bare_code(code: &str) -> String {
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    code.trim().to_ascii_lowercase()
}

fn from_message(message: &str) -> Option<Refusal> {
    find(|signs| signs.messages.iter().any(|part| message.contains(part)))
}

fn find(is_match: impl Fn(&Signs) -> bool) -> Option<Refusal> {
    let mut kinds = KINDS.iter();
    let (refusal, _) = kinds.find(|(_, signs)| is_match(signs))?;
    Some(*refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_distinguished() {
        use Refusal::Other;
        #[rustfmt::skip]
        let cases = [
            (r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, ContextWindow),
            (r#"{"error":{"message":"litellm.ContextWindowExceededError: mock","type":null,"code":"400"}}"#, ContextWindow),
            ("maximum context length is 8", ContextWindow),
            (r#"{"error":{"message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, ContentPolicy),
            (r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#, Account),
            (r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#, Other),
            (r#"{"error":{"message":"Invalid 'user': string too long.","code":"string_above_max_length"}}"#, Other),
            (r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"no"}"#, Key),
            ("Too many tokens, please wait before trying again.", Other),
            ("<html>maximum context length</html>", Other),
            ("", Other),
        ];
        for (body, expected) in cases {
            let message = runtime::http::error_message(body.as_bytes());
            let refusal = Refusal::detect(body.as_bytes(), message.as_deref());
            assert_eq!(refusal, expected, "{body}");
        }
    }

    #[test]
    fn no_sign_stands_for_two_kinds() {
        let mut codes: Vec<_> = KINDS.iter().flat_map(|(_, signs)| signs.codes).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for text in KINDS
            .iter()
            .flat_map(|(_, signs)| signs.codes.iter().chain(signs.messages))
        {
            assert_eq!(*text, text.to_lowercase(), "signs are compared in lower case");
        }
    }
}
