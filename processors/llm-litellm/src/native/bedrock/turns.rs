//! The turns of a conversation: neighbours of one role are one message, whose ids must be unique.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::content::Blocks;
use super::inputs::wrong;

/// The blocks with ids, and their members that may not differ where an id repeats.
const WITH_IDS: [(&str, &[&str]); 2] = [("toolUse", &["name", "input"]), ("toolResult", &["content"])];

/// The messages so far.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turns: Vec<(&'static str, Vec<Value>)>,
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
        if self.turns.last().is_none_or(|(last, _)| *last != role) {
            self.turns.push((role, Vec::new()));
        }
        let Some((_, turn)) = self.turns.last_mut() else {
            return Ok(());
        };
        for block in content {
            match repeated(turn, &block) {
                Repeated::No => insert(turn, role, block),
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
            .map(|(role, content)| json!({"role": role, "content": content}))
            .collect()
    }
}

/// The results follow the calls: nothing of the assistant may come between them.
fn insert(turn: &mut Vec<Value>, role: &str, block: Value) {
    let is_call = |block: &Value| block.get("toolUse").is_some();
    let belongs_to_calls = is_call(&block) || block.get("cachePoint").is_some();
    let first_call = turn.iter().position(is_call);
    match first_call.filter(|_| role == "assistant" && !belongs_to_calls) {
        Some(at) => turn.insert(at, block),
        None => turn.push(block),
    }
}

enum Repeated {
    No,
    Same,
    Other,
}

fn repeated(turn: &[Value], block: &Value) -> Repeated {
    let Some((kind, members)) = WITH_IDS.iter().find(|(kind, _)| block.get(*kind).is_some()) else {
        return Repeated::No;
    };
    let member = |block: &Value, name: &str| block.get(*kind).and_then(|inner| inner.get(name)).cloned();
    let id = member(block, "toolUseId");
    let known = turn
        .iter()
        .find(|known| id.is_some() && member(known, "toolUseId") == id);
    match known {
        None => Repeated::No,
        Some(known)
            if members
                .iter()
                .all(|name| member(known, name) == member(block, name)) =>
        {
            Repeated::Same
        }
        Some(_) => Repeated::Other,
    }
}
