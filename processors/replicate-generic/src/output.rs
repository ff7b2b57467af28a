//! Which texts of a model's output may stand for files.

use std::fmt;

use reqwest::Url;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// A longer address than that is none.
const LONGEST_ADDRESS: usize = 16 * 1024;

/// A text of the output that is an address as a whole.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) place: Vec<Step>,
    pub(crate) address: Address,
}

/// One step from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Item,
    Member(String),
}

/// Where a file's content is.
#[derive(Debug)]
pub(crate) enum Address {
    /// At an `https:` URL, or an `http:` one, which is refused later.
    Remote(Url),
    /// In a `data:` URI.
    Inline(String),
}

/// Finds all candidates of an output, in its own order, which a map of members would lose.
pub(crate) fn candidates(output: &str) -> Vec<Candidate> {
    let mut finder = Finder::default();
    let mut json = serde_json::Deserializer::from_str(output);
    // what is no JSON has no files; it cannot be, as it was read before
    let _ = Value(&mut finder).deserialize(&mut json);
    finder.found
}

impl Address {
    /// A text that is an address from its beginning to its end, not one that begins like it.
    fn parse(text: &str) -> Option<Self> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        if let Some(rest) = text
            .get(..5)
            .filter(|start| start.eq_ignore_ascii_case("data:"))
            .and(text.get(5..))
        {
            return rest.contains(',').then(|| Self::Inline(text.to_owned()));
        }
        if text.len() > LONGEST_ADDRESS {
            return None;
        }
        let url = Url::parse(text).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(Self::Remote(url))
    }
}

#[derive(Default)]
struct Finder {
    place: Vec<Step>,
    found: Vec<Candidate>,
}

/// Reads a value of any kind, and remembers its candidates alone.
struct Value<'a>(&'a mut Finder);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Some(address) = Address::parse(text) {
            self.0.found.push(Candidate {
                place: self.0.place.clone(),
                address,
            });
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.place.push(Step::Item);
        while items.next_element_seed(Value(self.0))?.is_some() {}
        self.0.place.pop();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key()? {
            self.0.place.push(Step::Member(name));
            members.next_value_seed(Value(self.0))?;
            self.0.place.pop();
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(output: &str) -> Vec<String> {
        let told = |candidate: &Candidate| {
            let steps = candidate.place.iter().map(|step| match step {
                Step::Item => "[]".to_owned(),
                Step::Member(name) => format!(".{name}"),
            });
            let address = match &candidate.address {
                Address::Remote(url) => url.to_string(),
                Address::Inline(uri) => uri.clone(),
            };
            format!("{} {address}", steps.collect::<String>())
        };
        candidates(output).iter().map(told).collect()
    }

    #[test]
    fn whole_addresses_are_found_in_the_order_of_the_output() {
        assert_eq!(found(r#""https://h/a.png""#), [" https://h/a.png"]);
        assert_eq!(
            found(
                r#"{"z":["https://h/1","data:text/plain,x"],"a":{"b":"http://h/2","n":[1,1.5,-1,true,null]},"z":"https:\/\/h\/3"}"#
            ),
            [
                ".z[] https://h/1",
                ".z[] data:text/plain,x",
                ".a.b http://h/2",
                ".z https://h/3"
            ]
        );
    }

    #[test]
    fn texts_that_only_begin_like_one_are_none() {
        for text in [
            "https://example.com is a site",
            "https:",
            "https://",
            "see https://h/a",
            " https://h/a",
            "https://h/a\\n",
            "data: the plural of datum",
            "data:nothing",
            "ftp://h/a",
            "file:///etc/passwd",
            "data",
            "dätä:,x",
            "",
        ] {
            assert_eq!(found(&format!("\"{text}\"")), [""; 0], "{text}");
        }
        assert_eq!(found("null"), [""; 0]);
    }
}
