//! The tokens of JSON that is known to be valid: none is looked at twice, and no number has to fit a type.

/// What a value begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// With its quotes and escapes.
    Text(&'a str),
    /// `[`, `]`, `{`, `}`, `:` or `,`.
    Mark(u8),
    /// A number, or one of JSON's words.
    Other,
}

/// The tokens that are left.
#[derive(Debug)]
pub(super) struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    pub(super) const fn new(json: &'a str) -> Self {
        Self(json)
    }

    /// The next token; `None` at the end, and for a string without an end.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let json = self.0.trim_ascii_start();
        let (token, length) = match json.as_bytes().first()? {
            b'"' => {
                let text = json.get(..text_length(json.as_bytes())?)?;
                (Token::Text(text), text.len())
            }
            mark @ (b'[' | b']' | b'{' | b'}' | b':' | b',') => (Token::Mark(*mark), 1),
            _ => {
                let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}' | '"' | ':');
                (Token::Other, json.find(is_end).unwrap_or(json.len()))
            }
        };
        self.0 = json.get(length..)?;
        Some(token)
    }
}

/// The length of the string at the start, with its quotes.
fn text_length(json: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += json
            .get(at..)?
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\'))?;
        match json.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2, // an escape, whose second character may be a quote
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_found_once() {
        let json = r#" {"a\"b\\": [1e400,true , "\\"], "":{}} "#;
        let mut tokens = Tokens::new(json);
        let mut found = String::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Text(text) => found.push_str(text),
                Token::Mark(mark) => found.push(char::from(mark)),
                Token::Other => found.push('o'),
            }
        }
        assert_eq!(found, r#"{"a\"b\\":[o,o,"\\"],"":{}}"#);
        assert_eq!(Tokens::new(r#""a\""#).next(), None);
    }
}
