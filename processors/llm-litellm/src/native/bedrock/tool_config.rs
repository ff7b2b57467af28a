//! The tools of a request, and the choice among them:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::content::Blocks;
use super::inputs::wrong;
use super::model::Family;
use super::structured::{self, Format};
use super::{computer, tools};
use crate::native::tool_names::ToolNames;

const PARALLEL: &str = "parallel_tool_calls";

/// What a request says of tools.
#[derive(Debug, Default)]
pub(super) struct ToolConfig {
    tools: Vec<Value>,
    choice: Option<Value>,
    /// Claude's own tools, which Converse has no form for.
    own: Vec<Value>,
    /// Whether one call at a time is asked for.
    is_serial: bool,
    /// The features that the tools need.
    pub(super) betas: Vec<String>,
}

impl ToolConfig {
    /// Adds the tools of a parameter.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a tool that Converse does not have.
    pub(super) fn add(
        &mut self,
        given: &Value,
        pointer: &str,
        names: &ToolNames,
        blocks: &mut Blocks<'_>,
    ) -> Result<(), ProcessorError> {
        let given = given.as_array().map(Vec::as_slice).unwrap_or_default();
        if !given.is_empty() && !blocks.model.may_have_tools() {
            return Err(wrong(pointer, "is not known to this model; leave it out"));
        }
        for (index, tool) in given.iter().enumerate() {
            if blocks.model.may_be_claude()
                && let Some((own, beta)) = computer::tool(tool)
            {
                self.own.push(own);
                self.needs(beta);
                blocks.note("tools of Claude's own to additionalModelRequestFields");
                continue;
            }
            if is_streamed_eagerly(tool) && blocks.model.is_claude() {
                self.needs("fine-grained-tool-streaming-2025-05-14");
                blocks.note("eager_input_streaming to anthropic_beta");
            }
            let converted = tools::convert(tool, &format!("{pointer}/{index}"), names, blocks)?;
            self.tools.extend(converted);
        }
        Ok(())
    }

    /// Nova's search on the web: <https://docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html>.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for other models.
    pub(super) fn search(&mut self, pointer: &str, blocks: &mut Blocks<'_>) -> Result<(), ProcessorError> {
        if !matches!(blocks.model.family, Family::Nova | Family::Nova2) {
            return Err(wrong(pointer, "is known to Nova alone at Bedrock; leave it out"));
        }
        self.tools.push(json!({"systemTool": {"name": "nova_grounding"}}));
        Ok(())
    }

    /// Adds the tool whose input is the answer.
    pub(super) fn answer_by(&mut self, format: &Format<'_>, is_thinking: bool, blocks: &mut Blocks<'_>) {
        self.tools.push(format.tool(is_thinking, blocks));
    }

    /// # Errors
    ///
    /// `ERR_INPUTS` for a choice that Converse does not have.
    pub(super) fn choose(
        &mut self,
        choice: &Value,
        pointer: &str,
        names: &ToolNames,
    ) -> Result<(), ProcessorError> {
        self.choice = Some(tools::choice(choice, pointer, names)?);
        Ok(())
    }

    /// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use#parallel-tool-use>.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a wish that the model does not know.
    pub(super) fn parallel(&mut self, value: &Value, blocks: &mut Blocks<'_>) -> Result<(), ProcessorError> {
        if value == true {
            blocks.note("parallel_tool_calls left out"); // it is the default
        } else if blocks.model.is_claude() {
            self.is_serial = true;
            blocks.note("parallel_tool_calls to tool_choice.disable_parallel_tool_use");
        } else {
            return Err(wrong(
                &format!("/params/{PARALLEL}"),
                "is known to Claude alone at Bedrock; leave it out",
            ));
        }
        Ok(())
    }

    fn needs(&mut self, beta: &str) {
        if !self.betas.iter().any(|known| known == beta) {
            self.betas.push(beta.to_owned());
        }
    }

    /// The `toolConfig`, if there are tools of Converse; what else there is to say goes into `fields`.
    pub(super) fn finish(
        mut self,
        is_thinking: bool,
        fields: &mut Map<String, Value>,
        blocks: &mut Blocks<'_>,
    ) -> Option<Value> {
        self.force(is_thinking, blocks);
        if !self.own.is_empty() {
            fields.insert("tools".to_owned(), self.own.into());
        }
        let choice = self.choice.filter(|_| {
            let has_tools = !self.tools.is_empty();
            if !has_tools {
                blocks.note("tool_choice left out, as there are no tools");
            }
            has_tools
        });
        if self.is_serial {
            let mut serial = Map::new();
            // Converse has the choice itself
            if choice.is_none() {
                serial.insert("type".to_owned(), "auto".into());
            }
            serial.insert("disable_parallel_tool_use".to_owned(), true.into());
            fields.insert("tool_choice".to_owned(), serial.into());
        }
        if self.tools.is_empty() {
            return None;
        }
        let mut config = Map::new();
        config.insert("tools".to_owned(), self.tools.into());
        if let Some(choice) = choice {
            config.insert("toolChoice".to_owned(), choice);
        }
        Some(config.into())
    }

    /// The tool that the answer is made with has to be called, or one of the caller's.
    fn force(&mut self, is_thinking: bool, blocks: &mut Blocks<'_>) {
        let name = |tool: &Value| tool.pointer("/toolSpec/name").cloned();
        let names: Vec<_> = self.tools.iter().filter_map(name).collect();
        let model = blocks.model;
        if self.choice.is_none() && names.iter().any(|name| name == structured::TOOL) {
            self.choice = model
                .takes_forced_tools(is_thinking)
                .then(|| match names.as_slice() {
                    [_] => json!({"tool": {"name": structured::TOOL}}),
                    _ => json!({"any": {}}),
                });
        }
        let is_forced = self
            .choice
            .as_ref()
            .is_some_and(|choice| choice.get("auto").is_none());
        if is_forced && is_thinking && model.is_claude() {
            self.choice = Some(json!({"auto": {}}));
            blocks.note("tool_choice to auto, as the model thinks");
        }
    }
}

fn is_streamed_eagerly(tool: &Value) -> bool {
    let flag = |tool: &Value| tool.get("eager_input_streaming") == Some(&Value::Bool(true));
    flag(tool) || tool.get("function").is_some_and(flag)
}
