//! Suggests the name that somebody may have meant.

/// Longer names are not compared.
const LONGEST: usize = 64;

/// The most similar name, if it is similar enough to be a typo.
pub(super) fn closest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(2);
    let others = names.iter().map(|other| (distance(name, other), *other));
    let (distance, other) = others.min_by_key(|(distance, _)| *distance)?;
    (distance <= limit).then_some(other)
}

/// The Levenshtein distance, in which case, `-` and `_` make no difference.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (folded(one), folded(other));
    if one.len().max(other.len()) > LONGEST {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (b, above) in other.iter().zip(row.iter().skip(1)) {
            left = (before + usize::from(a != b)).min(left + 1).min(above + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn folded(name: &str) -> Vec<char> {
    let same = |c: char| if c == '-' { '_' } else { c };
    name.chars().flat_map(char::to_lowercase).map(same).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognized() {
        let names = ["prompt", "width", "height", "num_outputs", "guidance_scale"];
        for (name, expected) in [
            ("widht", Some("width")),
            ("Width", Some("width")),
            ("num_output", Some("num_outputs")),
            ("numOutputs", Some("num_outputs")),
            ("guidance-scale", Some("guidance_scale")),
            ("promt", Some("prompt")),
            ("zebra", None),
            ("", None),
        ] {
            assert_eq!(closest(name, &names), expected, "{name}");
        }
        assert_eq!(closest(&"x".repeat(1000), &names), None);
        assert_eq!(closest("x", &[]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
