//! Text in a terminal's columns: an ideograph has two, a combining accent none.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Breaks a text between words; a word that is longer than a line is broken too.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let options = Options::new(columns)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(text, options)
}

/// Cuts a text that has more columns, and marks it.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 0;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width > columns.saturating_sub(1) {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

/// Fills a text up to so many columns.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_where_they_can() {
        assert_eq!(wrap("", 4), "");
        assert_eq!(wrap("ab cd e", 4), "ab\ncd e");
        assert_eq!(wrap("é abcdefghij k", 4), "é\nabcd\nefgh\nij k");
    }

    #[test]
    fn wide_characters_have_two_columns_and_accents_none() {
        assert_eq!(wrap("日本語 ab", 5), "日本\n語 ab");
        assert_eq!(wrap("日本", 1), "日\n本");
        assert_eq!(wrap("e\u{301}e\u{301} ab", 5), "e\u{301}e\u{301} ab");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(padded("日本", 6), "日本  ");
        assert_eq!(padded("日本", 3), "日本");
    }
}
