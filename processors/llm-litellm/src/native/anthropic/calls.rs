//! The ids of calls, of which each conversation has one but once. Histories that were put together from several sources, or that a
//! model without ids of its own wrote, repeat them.

use std::collections::{HashMap, HashSet};

use runtime::ProcessorError;
use serde_json::Value;

use super::inputs::{text, wrong};
use super::tool_names::valid_id;
use crate::native::object::put;

/// The calls of a conversation.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The ids of all turns.
    sent: HashSet<String>,
    /// The ids that became others, with the last of these.
    renamed: HashMap<String, String>,
    /// Where the ids of the last turn are.
    turn: HashMap<String, usize>,
    has_repeated: bool,
}

impl Calls {
    /// The blocks of an answer without those that its turn has already. Calls with an id of an earlier turn get another one.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a call with the id of another one of its turn.
    pub(super) fn new_blocks(
        &mut self,
        content: Vec<Value>,
        known: &[Value],
        pointer: &str,
    ) -> Result<Vec<Value>, ProcessorError> {
        let mut new: Vec<Value> = Vec::new();
        if known.is_empty() {
            self.turn.clear();
        }
        for mut block in content {
            let Some(id) = text(&block, "/id").map(|id| self.sent(id)) else {
                new.push(block);
                continue;
            };
            let at = self.turn.get(&id);
            let same = at.and_then(|at| known.get(*at).or_else(|| new.get(at.checked_sub(known.len())?)));
            if let Some(same) = same {
                if ["name", "input"]
                    .iter()
                    .any(|name| same.get(*name) != block.get(*name))
                {
                    return Err(wrong(
                        &format!("{pointer}/tool_calls"),
                        "has a call with the id of another one; give each call an id of its own, and its result, too",
                    ));
                }
                self.has_repeated = true;
                continue;
            }
            if text(&block, "/type") == Some("tool_use") {
                self.name(&mut block);
            }
            if let Some(id) = text(&block, "/id") {
                self.turn.insert(id.to_owned(), known.len() + new.len());
            }
            new.push(block);
        }
        Ok(new)
    }

    /// Gives a call an id of its own.
    fn name(&mut self, block: &mut Value) {
        let Some(id) = text(block, "/id").map(str::to_owned) else {
            return;
        };
        let mut sent = id.clone();
        for number in 2.. {
            if self.sent.insert(sent.clone()) {
                break;
            }
            sent = valid_id(&format!("{id}_{number}"));
        }
        if let Some(block) = block.as_object_mut().filter(|_| sent != id) {
            put(block, "id", sent.clone().into());
            self.renamed.insert(id, sent);
        }
    }

    /// The id that is sent for that of the last call with it.
    pub(super) fn sent(&self, id: &str) -> String {
        self.renamed.get(id).map_or(id, String::as_str).to_owned()
    }

    /// How the calls differ from the caller's.
    pub(super) fn changes(&self) -> impl Iterator<Item = String> + use<> {
        let changes = [
            (self.has_repeated, "repeated calls left out"),
            (!self.renamed.is_empty(), "repeated ids of calls to new ones"),
        ];
        let changes = changes.into_iter().filter(|(is_told, _)| *is_told);
        changes.map(|(_, change)| change.to_owned())
    }
}
