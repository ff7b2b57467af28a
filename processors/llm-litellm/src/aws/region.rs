//! The region that serves a model: <https://docs.aws.amazon.com/bedrock/latest/userguide/models-regions.html>.

use runtime::{Config, ErrorCode, ProcessorError};

/// The variables that name a region; the first that is set counts, as in LiteLLM.
const VARIABLES: [&str; 3] = ["AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"];

/// The ends of hosts in partitions of their own.
const PARTITIONS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
];
const DOMAIN: &str = "amazonaws.com";

/// The region of a model: that of its name (`eu-west-1/..`, an ARN), else that of the variables.
///
/// # Errors
///
/// `ERR_USAGE` if nothing names a region, or the name is none: a prompt goes to no region that nobody has chosen.
pub(crate) fn find(config: &Config, model: &str) -> Result<String, ProcessorError> {
    if let Some(region) = of_model(model) {
        return Ok(region.to_owned());
    }
    for variable in VARIABLES {
        if let Some(region) = config.setting(variable)? {
            return if is_region(&region) {
                Ok(region)
            } else {
                Err(ProcessorError::new(
                    ErrorCode::Usage,
                    format!("{variable} is not a region of AWS, such as eu-central-1"),
                ))
            };
        }
    }
    Err(ProcessorError::new(
        ErrorCode::Usage,
        "bedrock/ needs a region; set AWS_REGION_NAME or AWS_REGION, such as eu-central-1",
    ))
}

/// The address of the service that answers prompts in a region.
pub(crate) fn endpoint(region: &str) -> String {
    let mut partitions = PARTITIONS.iter();
    let domain = partitions.find(|(start, _)| region.starts_with(start));
    let domain = domain.map_or(DOMAIN, |(_, domain)| domain);
    format!("https://bedrock-runtime.{region}.{domain}")
}

/// The region that a name has before its first `/`, and the rest.
pub(crate) fn split(model: &str) -> Option<(&str, &str)> {
    model.split_once('/').filter(|(region, _)| is_region(region))
}

fn of_model(model: &str) -> Option<&str> {
    let arn = model.find("arn:").and_then(|at| model.get(at..));
    let of_arn = arn
        .and_then(|arn| arn.split(':').nth(3))
        .filter(|region| is_region(region));
    of_arn.or_else(|| Some(split(without_api(model))?.0))
}

/// A name without the API that LiteLLM names in it.
pub(crate) fn without_api(model: &str) -> &str {
    let mut rests = ["converse/", "invoke/", "chat_completions/"]
        .iter()
        .filter_map(|api| model.strip_prefix(api));
    rests.next().unwrap_or(model)
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(name: &str) -> bool {
    let mut parts = name.split('-');
    let has_number = parts
        .next_back()
        .is_some_and(|end| end.parse().is_ok_and(|number: u8| number > 0));
    let words: Vec<_> = parts.collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    has_number && (2..=3).contains(&words.len()) && words.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_have_regions() {
        for (model, region) in [
            ("anthropic.claude-v2", None),
            ("eu-west-1/anthropic.claude-v2", Some("eu-west-1")),
            (
                "converse/us-gov-west-1/anthropic.claude-v2",
                Some("us-gov-west-1"),
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x",
                Some("us-east-1"),
            ),
            (
                "llama/arn:aws:bedrock:eu-west-3:1:imported-model/x",
                Some("eu-west-3"),
            ),
            ("openai/x", None),
            ("é-1/x", None),
        ] {
            assert_eq!(of_model(model), region, "{model}");
        }
    }

    #[test]
    fn regions_have_hosts() {
        for (region, host) in [
            ("eu-central-1", "bedrock-runtime.eu-central-1.amazonaws.com"),
            ("cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
            ("us-isob-east-1", "bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(endpoint(region), format!("https://{host}"));
        }
        for name in [
            "",
            "eu",
            "eu-central",
            "eu-central-1.evil.com",
            "eu_central_1",
            "../x-1",
        ] {
            assert!(!is_region(name), "{name}");
        }
    }
}
