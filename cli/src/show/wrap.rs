//! Text in lines of a certain width.

/// Breaks a text between words; a word that is longer than a line is broken too.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > columns {
            lines.push(std::mem::take(&mut line));
            width = 0;
        } else if width > 0 {
            line.push(' ');
            width += 1;
        }
        for c in word.chars() {
            if width == columns {
                lines.push(std::mem::take(&mut line));
                width = 0;
            }
            line.push(c);
            width += 1;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_end_between_words_where_they_can() {
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("ab cd e", 4), ["ab", "cd e"]);
        assert_eq!(wrap("é abcdefghij k", 4), ["é", "abcd", "efgh", "ij k"]);
    }
}
