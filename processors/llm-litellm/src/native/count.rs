//! The counts of an answer's usage.

use runtime::MAX_SAFE_INTEGER;
use serde_json::{Map, Value};

/// A count, which some services write as `10.0`; `None` for anything else, which says nothing about how many there are.
pub(crate) fn count(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        let is_count = number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER as f64).contains(&number);
        is_count.then_some(number as u64)
    })
}

/// A count that an answer leaves out if it is 0; `None` for something else than a count.
pub(crate) fn count_or_zero(value: Option<&Value>) -> Option<u64> {
    match value {
        None | Some(Value::Null) => Some(0),
        given => count(given),
    }
}

/// The sum of counts, if all of them are known.
pub(crate) fn sum<const N: usize>(counts: [Option<u64>; N]) -> Option<u64> {
    counts
        .into_iter()
        .try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)))
}

/// The counts that are known, by their names.
pub(crate) fn known<const N: usize>(counts: [(&str, Option<u64>); N]) -> Map<String, Value> {
    let known = counts
        .into_iter()
        .filter_map(|(name, count)| Some((name.to_owned(), count?.into())));
    known.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_doubles_are_counts() {
        for (value, expected) in [
            (json!(10), Some(10)),
            (json!(10.0), Some(10)),
            (json!(1e6), Some(1_000_000)),
            (json!(-0.0), Some(0)),
            (json!(10.5), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!("10"), None),
            (json!(true), None),
        ] {
            assert_eq!(count(Some(&value)), expected, "{value}");
            assert_eq!(count_or_zero(Some(&value)), expected, "{value}");
        }
        for absent in [None, Some(&Value::Null)] {
            assert_eq!(count(absent), None);
            assert_eq!(count_or_zero(absent), Some(0));
        }
        assert_eq!(sum([Some(1), Some(2)]), Some(3));
        assert_eq!(sum([Some(1), None]), None);
    }
}
