//! Lines that are requests for chat completions as they are sent: `{"model","messages",...}`.

use documents::Error;
use documents::json::{Members, Node};

use super::labelled::{Labelled, take_label};

/// Fields of inputs documents: in a request they would go to the service unseen.
const OF_INPUTS: [&str; 4] = ["schema", "params", "files", "mode"];

/// Makes `model` the model, `label` the label, and all else `params`.
pub(super) fn read(line: Node<'_>) -> Result<Labelled<'_>, Error> {
    let Node::Object(mut fields) = line else {
        return Err(Error::inputs("the line is not a JSON object"));
    };
    let label = take_label(&mut fields, "label")?;
    if fields.get("messages").is_none() {
        return Err(Error::inputs("/messages is missing"));
    }
    if let Some(name) = OF_INPUTS.into_iter().find(|name| fields.get(name).is_some()) {
        return Err(Error::inputs(format!(
            "/{name} is a field of an inputs document, which has messages in params"
        )));
    }
    Ok(Labelled {
        label,
        inputs: request(fields),
    })
}

/// The inputs document of a request.
pub(super) fn request(mut request: Members<'_>) -> Node<'_> {
    let mut inputs = Members::default();
    if let Some(model) = request.remove("model") {
        inputs.push("model", model);
    }
    inputs.push("params", Node::Object(request));
    Node::Object(inputs)
}
