//! Visits every string of an output together with its declared type.

use runtime::{ErrorCode, ProcessorError};

use super::places::{Place, Places};
use super::token::{Token, Tokens};
use crate::json_pointer;
use crate::json_string::JsonString;
use crate::schema::{Schema, StringType};

/// Deeper outputs are refused.
pub(super) const MAX_DEPTH: usize = 100;

/// Gets a string, its declared type and its JSON pointer; returns whether to go on.
type Visit<'a> = &'a mut dyn FnMut(&[u8], StringType, &str) -> bool;

/// Visits the strings of an output in its own order, until `visit` returns `false`. Each byte is read once, however deep it is.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for an output that is nested too deeply, or no JSON.
pub(super) fn visit_strings<'a>(
    output: &'a str,
    schema: &'a Schema,
    visit: Visit<'a>,
) -> Result<(), ProcessorError> {
    let mut places = Places::new(schema);
    let at = places.output();
    let mut walk = Walk {
        tokens: Tokens::new(output),
        places,
        visit,
        pointer: String::new(),
    };
    match walk.enter(at, MAX_DEPTH) {
        Ok(()) | Err(Stop::Visit) => Ok(()),
        Err(Stop::Depth) => Err(refused(format!("it is nested deeper than {MAX_DEPTH} levels"))),
        Err(Stop::Syntax) => Err(refused("it is not JSON".to_owned())),
    }
}

fn refused(why: String) -> ProcessorError {
    let message = format!("the output cannot be searched for files: {why}");
    ProcessorError::new(ErrorCode::ProviderResponse, message)
}

/// Why a walk ends early.
enum Stop {
    /// `visit` has seen enough.
    Visit,
    Depth,
    Syntax,
}

struct Walk<'a> {
    tokens: Tokens<'a>,
    places: Places<'a>,
    visit: Visit<'a>,
    /// To the current value.
    pointer: String,
}

impl<'a> Walk<'a> {
    fn enter(&mut self, at: Place, depth: usize) -> Result<(), Stop> {
        let token = self.tokens.next().ok_or(Stop::Syntax)?;
        self.enter_token(token, at, depth)
    }

    fn enter_token(&mut self, token: Token<'a>, at: Place, depth: usize) -> Result<(), Stop> {
        match token {
            Token::Text(text) => {
                let text = parse(text)?;
                let string_type = self.places.string_type(at);
                if (self.visit)(text.as_bytes(), string_type, &self.pointer) {
                    return Ok(());
                }
                Err(Stop::Visit)
            }
            Token::Mark(b'[') => self.enter_items(at, depth.checked_sub(1).ok_or(Stop::Depth)?),
            Token::Mark(b'{') => self.enter_members(at, depth.checked_sub(1).ok_or(Stop::Depth)?),
            Token::Other => Ok(()),
            Token::Mark(_) => Err(Stop::Syntax),
        }
    }

    fn enter_items(&mut self, list: Place, depth: usize) -> Result<(), Stop> {
        let at = self.places.items(list);
        let length = self.pointer.len();
        let mut next = self.tokens.next();
        for number in 0_usize.. {
            match next {
                Some(Token::Mark(b']')) => break,
                None => return Err(Stop::Syntax),
                Some(token) => {
                    json_pointer::push(&mut self.pointer, &number.to_string());
                    self.enter_token(token, at, depth)?;
                    self.pointer.truncate(length);
                }
            }
            next = self.after_value(b']')?;
        }
        Ok(())
    }

    fn enter_members(&mut self, object: Place, depth: usize) -> Result<(), Stop> {
        let length = self.pointer.len();
        let mut next = self.tokens.next();
        while next != Some(Token::Mark(b'}')) {
            let Some(Token::Text(name)) = next else {
                return Err(Stop::Syntax);
            };
            let name = parse(name)?.to_lossy();
            let at = self.places.member(object, &name);
            let Some(Token::Mark(b':')) = self.tokens.next() else {
                return Err(Stop::Syntax);
            };
            json_pointer::push(&mut self.pointer, &name);
            self.enter(at, depth)?;
            self.pointer.truncate(length);
            next = self.after_value(b'}')?;
        }
        Ok(())
    }

    /// The token after a comma, or the mark that ends the list or object.
    fn after_value(&mut self, end: u8) -> Result<Option<Token<'a>>, Stop> {
        match self.tokens.next() {
            Some(Token::Mark(b',')) => Ok(self.tokens.next()),
            Some(token @ Token::Mark(mark)) if mark == end => Ok(Some(token)),
            _ => Err(Stop::Syntax),
        }
    }
}

/// Undoes the escapes of a string.
fn parse(text: &str) -> Result<JsonString<'_>, Stop> {
    serde_json::from_str(text).map_err(|_| Stop::Syntax)
}
