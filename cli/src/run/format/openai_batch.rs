//! Lines of the files that OpenAI's batch API takes: `{"custom_id","method","url","body"}`.

use documents::Error;
use documents::json::{Members, Node, pointer_part};

use super::labelled::{Labelled, take_label};

/// The values that a line may have, where it has the field.
const FIXED: [(&str, &str, &str); 2] = [
    ("method", "POST", ""),
    ("url", "/v1/chat/completions", ", the only one that can be asked"),
];

/// Makes `custom_id` the label, and `body` model and `params`.
pub(super) fn read(line: Node<'_>) -> Result<Labelled<'_>, Error> {
    let Node::Object(mut fields) = line else {
        return Err(Error::inputs("the line is not a JSON object"));
    };
    let label = take_label(&mut fields, "custom_id")?;
    for (name, value, addition) in FIXED {
        if fields
            .remove(name)
            .is_some_and(|there| there.as_str() != Some(value))
        {
            return Err(Error::inputs(format!("/{name} is not \"{value}\"{addition}")));
        }
    }
    let mut body = match fields.remove("body") {
        Some(Node::Object(body)) => body,
        Some(_) => return Err(Error::inputs("/body is not an object")),
        None => return Err(Error::inputs("/body is missing")),
    };
    if let Some(unknown) = fields.keys().next() {
        return Err(Error::inputs(format!(
            "/{} is not a field of such a line; it has custom_id, method, url and body",
            pointer_part(unknown)
        )));
    }
    let mut inputs = Members::default();
    if let Some(model) = body.remove("model") {
        inputs.push("model", model);
    }
    inputs.push("params", Node::Object(body));
    Ok(Labelled {
        label,
        inputs: Node::Object(inputs),
    })
}
