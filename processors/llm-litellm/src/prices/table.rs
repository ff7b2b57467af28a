//! The lines of a table of models, whose form [`prices`](crate::prices) describes.

/// Begins the cell with the [facts](crate::models) of a model: letters, then the most tokens of an answer.
pub(crate) const FACTS: char = ':';
const COMMENT: char = '#';
const AS_ABOVE: &str = "\"";
const HEADING_END: char = '/';

/// What a table says of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) model: &'a str,
    /// What follows the name, separated by tabs.
    pub(crate) cells: &'a str,
}

impl Line<'_> {
    /// Whether the line has facts and no price.
    pub(crate) fn has_only_facts(&self) -> bool {
        self.cells.split('\t').all(|cell| cell.starts_with(FACTS))
    }
}

/// The models of a table with the number of each line; `None` in place of a line that names none.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, Option<Line<'_>>)> {
    let mut heading = None;
    let mut above = None;
    (1..).zip(text.lines()).filter_map(move |(number, line)| {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(COMMENT) {
            return None;
        }
        let (name, cells) = line.split_once('\t').unwrap_or((line, ""));
        let is_heading = cells.is_empty() && name.ends_with(HEADING_END);
        if is_heading {
            heading = name.strip_suffix(HEADING_END);
            return None;
        }
        let name = heading
            .map(|prefix| (prefix, name))
            .or_else(|| name.split_once('/'));
        if cells != AS_ABOVE {
            above = Some(cells);
        }
        let line = name
            .zip(above)
            .map(|((prefix, model), cells)| Line { prefix, model, cells });
        let is_named = |line: &Line<'_>| !line.prefix.is_empty() && !line.model.is_empty();
        Some((number, line.filter(is_named)))
    })
}

/// The line of the first of these names that the table has at a service; case counts only if several differ by it.
pub(crate) fn find<'a>(text: &'a str, prefix: &str, names: &[&str]) -> Option<Line<'a>> {
    let rank = |line: &Line<'_>| {
        let is_same = |name: &&str| name.eq_ignore_ascii_case(line.model);
        let place = names.iter().position(is_same)?;
        Some((place, !names.contains(&line.model)))
    };
    lines(text)
        .filter_map(|(_, line)| line.filter(|line| line.prefix == prefix))
        .filter_map(|line| Some((rank(&line)?, line)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, line)| line)
}

/// A number of a cell: 0 or more.
pub(super) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# a comment\n\na/one\t1\t2\na/b/two\t\"\n\nx/\nthree\t3\n\ny/four\t\"\nFour\t4\nfour\t5\n";

    #[test]
    fn names_stand_whole_or_below_a_heading() {
        let found: Vec<_> = lines(TEXT)
            .map(|(number, line)| {
                let line = line.unwrap();
                (number, line.prefix, line.model, line.cells)
            })
            .collect();
        assert_eq!(
            found,
            [
                (3, "a", "one", "1\t2"),
                (4, "a", "b/two", "1\t2"),
                (7, "x", "three", "3"),
                (9, "x", "y/four", "3"),
                (10, "x", "Four", "4"),
                (11, "x", "four", "5"),
            ]
        );
        for text in ["a\t1", "/a\t1", "a/\t1", "a/b\t\"", "x/\n\t1"] {
            assert_eq!(lines(text).next().unwrap().1, None, "{text:?}");
        }
    }

    #[test]
    fn the_first_name_counts_then_its_case() {
        let cells = |prefix: &str, names: &[&str]| find(TEXT, prefix, names).map(|line| line.cells);
        assert_eq!(cells("a", &["two", "ONE"]), Some("1\t2"));
        assert_eq!(cells("x", &["four"]), Some("5"));
        assert_eq!(cells("x", &["Four"]), Some("4"));
        assert_eq!(cells("x", &["FOUR", "three"]), Some("4"));
        assert_eq!(cells("x", &["five", "three"]), Some("3"));
        assert_eq!(cells("x", &["one"]), None);
        assert_eq!(cells("a", &[]), None);
    }
}
