//! The turns of a conversation: neighbours of one role are one message, whose ids must be unique.

use std::collections::HashMap;

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::content::Blocks;
use super::inputs::wrong;

/// The blocks with ids, and their members that may not differ where an id repeats.
const WITH_IDS: [(&str, &[&str]); 2] = [("toolUse", &["name", "input"]), ("toolResult", &["content"])];

/// The messages so far.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turns: Vec<Turn>,
}

/// Messages of one role in a row.
#[derive(Debug)]
struct Turn {
    role: &'static str,
    content: Vec<Value>,
    /// Where the blocks with ids were before anything was inserted before the first call.
    ids: HashMap<String, usize>,
    first_call: Option<usize>,
    inserted: usize,
}

impl Turns {
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Adds to the last message, if it has the same role. Histories that were put together from several sources repeat calls and
    /// results: those are left out.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a call or a result with the id of another one.
    pub(super) fn add(
        &mut self,
        role: &'static str,
        content: Vec<Value>,
        pointer: &str,
        blocks: &mut Blocks<'_>,
    ) -> Result<(), ProcessorError> {
        if content.is_empty() {
            return Ok(());
        }
        if self.turns.last().is_none_or(|last| last.role != role) {
            self.turns.push(Turn {
                role,
                content: Vec::new(),
                ids: HashMap::new(),
                first_call: None,
                inserted: 0,
            });
        }
        let Some(turn) = self.turns.last_mut() else {
            return Ok(());
        };
        for block in content {
            match turn.repeated(&block) {
                Repeated::No => turn.add(block),
                Repeated::Same => blocks.note("repeated calls left out"),
                Repeated::Other => {
                    return Err(wrong(
                        pointer,
                        "has a call or a result with the id of another one; give each call an id of its own, and its result, too",
                    ));
                }
            }
        }
        Ok(())
    }

    pub(super) fn messages(self) -> Vec<Value> {
        let turns = self.turns.into_iter();
        turns
            .map(|turn| json!({"role": turn.role, "content": turn.content}))
            .collect()
    }
}

enum Repeated {
    No,
    Same,
    Other,
}

impl Turn {
    /// The results follow the calls: nothing of the assistant may come between them.
    fn add(&mut self, block: Value) {
        let is_call = block.get("toolUse").is_some();
        let belongs_to_calls = is_call || block.get("cachePoint").is_some();
        match self.first_call {
            Some(at) if self.role == "assistant" && !belongs_to_calls => {
                self.content.insert(at, block);
                self.first_call = Some(at + 1);
                self.inserted += 1;
            }
            first => {
                let at = self.content.len();
                self.first_call = first.or_else(|| is_call.then_some(at));
                if let Some((_, id)) = identified(&block) {
                    self.ids.insert(id.to_owned(), at - self.inserted);
                }
                self.content.push(block);
            }
        }
    }

    fn repeated(&self, block: &Value) -> Repeated {
        let Some((members, id)) = identified(block) else {
            return Repeated::No;
        };
        let known = self
            .ids
            .get(id)
            .and_then(|at| self.content.get(at + self.inserted));
        let Some((_, known)) = known.and_then(inner) else {
            return Repeated::No;
        };
        let is_same = |name: &&str| inner(block).is_some_and(|(_, own)| known.get(*name) == own.get(*name));
        if members.iter().all(is_same) {
            Repeated::Same
        } else {
            Repeated::Other
        }
    }
}

/// What is in a block with an id, and its members that may not differ.
fn inner(block: &Value) -> Option<(&'static [&'static str], &Value)> {
    let mut kinds = WITH_IDS.iter();
    kinds.find_map(|(kind, members)| Some((*members, block.get(*kind)?)))
}

/// The members of a block that may not differ, and its id.
fn identified(block: &Value) -> Option<(&'static [&'static str], &str)> {
    let (members, inner) = inner(block)?;
    Some((members, inner.get("toolUseId")?.as_str()?))
}
