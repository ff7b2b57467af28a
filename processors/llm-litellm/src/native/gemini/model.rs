//! What a model's name says of the model. Each rule is LiteLLM's, where no source is named.

/// The flash models of Gemini 3 and later that have no thinking level `minimal`.
const WITHOUT_MINIMAL: [&str; 2] = ["gemini-3.7-flash", "gemini-3.8-flash"];
/// The models with the thinking level `xhigh`.
const WITH_XHIGH: [&str; 1] = ["gemini-4-hydrogen"];
/// The beginnings of the names of models that take no system instruction.
const WITHOUT_SYSTEM: [&str; 4] = ["gemma-2", "gemma-3", "lyria-", "gemini-omni-"];

/// A model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model<'a> {
    /// Its name, without what stands before the last `/`.
    pub(super) name: &'a str,
}

impl<'a> Model<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        let name = name.rsplit('/').next().unwrap_or(name);
        Self { name }
    }

    /// Whether it is of Gemini 3 or later: these think in levels, identify calls, and require signatures
    /// (<https://ai.google.dev/gemini-api/docs/gemini-3>). A number is a tuned model of an earlier generation.
    pub(super) fn is_gemini_3(self) -> bool {
        if self.name.bytes().all(|b| b.is_ascii_digit()) || self.name.starts_with("gemma-") {
            return false;
        }
        self.name
            .strip_prefix("gemini-")
            .is_none_or(|rest| !is_older(rest))
    }

    /// Whether it is of Gemini 2.
    pub(super) fn is_gemini_2(self) -> bool {
        self.name.contains("gemini-2")
    }

    pub(super) fn has_minimal_level(self) -> bool {
        self.is_gemini_3() && self.name.contains("flash") && !self.is_one_of(&WITHOUT_MINIMAL)
    }

    pub(super) fn has_xhigh_level(self) -> bool {
        self.is_one_of(&WITH_XHIGH)
    }

    pub(super) fn takes_system_instruction(self) -> bool {
        !self.is_one_of(&WITHOUT_SYSTEM)
    }

    fn is_one_of(self, beginnings: &[&str]) -> bool {
        beginnings
            .iter()
            .any(|beginning| self.name.starts_with(beginning))
    }
}

/// Whether what follows `gemini-` is the name of a model before Gemini 3: `1.5-pro`, `2.5-flash`, `exp-1206`, `pro-vision`.
/// `flash-latest` is the newest.
fn is_older(rest: &str) -> bool {
    let (first, later) = rest.split_once('-').unwrap_or((rest, ""));
    match first {
        "exp" => true,
        "pro" | "flash" => !matches!(later, "latest" | "lite-latest"),
        number => {
            let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
            matches!(major, "1" | "2") && minor.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_generation() {
        let older = "gemini-1.5-pro gemini-2.0-flash-001 gemini-2.5-pro gemini-2.5-flash-lite gemini-exp-1206 gemini-pro \
            gemini-flash gemini-pro-vision gemma-3-27b-it 4965075652664360960 gemini/4965075652664360960";
        for name in older.split_whitespace() {
            assert!(!Model::new(name).is_gemini_3(), "{name}");
        }
        let newer = "gemini-3-pro-preview gemini-3.1-flash-lite gemini-4-argon gemini-flash-latest gemini-flash-lite-latest \
            gemini-pro-latest models/gemini-3.5-flash gemini-25-x";
        for name in newer.split_whitespace() {
            assert!(Model::new(name).is_gemini_3(), "{name}");
        }
        assert!(Model::new("gemini-3-flash-preview").has_minimal_level());
        assert!(!Model::new("gemini-3.8-flash").has_minimal_level());
        assert!(!Model::new("gemini-3-pro-preview").has_minimal_level());
        assert!(!Model::new("gemma-3-27b-it").takes_system_instruction());
        assert!(Model::new("gemma-4-31b-it").takes_system_instruction());
    }
}
