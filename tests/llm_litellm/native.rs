//! Runs against the APIs of services that are not chat completions.

use serde_json::{Value, json};
use support::{Finished, Server, Test};

use crate::processor;

/// A run in real mode with this model, these messages and further parameters.
pub(crate) fn ask(model: &str, messages: Value, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "model": model, "params": {"messages": messages}});
    let all = inputs["params"].as_object_mut().unwrap();
    all.extend(params.as_object().unwrap().clone());
    processor().inputs(inputs.to_string())
}

/// The chat completion of a run, without the time at which it was made.
pub(crate) fn completion(run: &Finished) -> Value {
    let mut completion: Value =
        serde_json::from_slice(&run.files()["demo/run-1/outputs/response.json"]).unwrap();
    let created = completion.as_object_mut().unwrap().remove("created").unwrap();
    assert!(created.as_u64().unwrap() > 1_600_000_000, "{created}");
    completion
}

/// The file of a run with this name below `outputs/`.
pub(crate) fn output(run: &Finished, name: &str) -> Option<Vec<u8>> {
    run.files().get(&format!("demo/run-1/outputs/{name}")).cloned()
}

/// The body of the only request.
pub(crate) fn body(server: &Server) -> Value {
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests[0].json()
}
