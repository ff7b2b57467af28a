//! Whole runs on a store in memory, which leaves nothing on a disk but the scratch directory.

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};

use documents::{ExecutionId, WorldPath};
use logging::{Clock, Environment};
use runtime::{
    Config, ErrorCode, Invocation, OutputItem, Processor, ProcessorError, ProcessorOutput, ProcessorRef,
    Runner, Signals,
};
use serde_json::Value;
use store::memory::{Memory, MemoryStore};
use store::{Artifacts as _, ExecutionStore};

#[derive(Clone, Default)]
struct Stdout(Arc<Mutex<Vec<u8>>>);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Fails in its first run of an execution, and continues from the checkpoint in the second.
fn provider(config: Config) -> Runner {
    Box::new(move |inputs| {
        if inputs.params.contains_key("resume") && config.checkpoint()?.is_none() {
            config.save_checkpoint("job-1")?;
            return Err(ProcessorError::new(ErrorCode::ProviderUnavailable, "try again"));
        }
        let text = config.checkpoint()?.unwrap_or_default();
        Ok(ProcessorOutput::new("memory:v1").with_output(OutputItem::bytes(
            "outputs/a.txt",
            "text/plain",
            text,
        )))
    })
}

/// Runs once; returns the exit status and the envelope.
fn run(memory: &Memory, id: &str, document: &str) -> (u8, Value) {
    let stdout = Stdout::default();
    let memory = memory.clone();
    let arguments = [
        "test",
        "--inputs",
        "-",
        "--write-prefix",
        "/artifacts/case/{execution_id}/",
        "--execution-id",
        id,
    ];
    let processor_ref = ProcessorRef::from_static("test/memory@1");
    let status = Processor::new("test", "0.0.0", processor_ref, provider).run(Invocation {
        arguments: arguments.map(Into::into).to_vec(),
        environment: Environment::from_variables([("ARTIFACTS_BASE_DIR", "/nonexistent")]),
        clock: Clock::system(),
        stdin: Box::new(Cursor::new(document.to_owned())),
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(std::io::sink()),
        signals: Signals::none().unwrap(),
        store: Some(Box::new(move |prefix, id| {
            let store: Box<dyn ExecutionStore> = Box::new(MemoryStore::open(memory, prefix, id)?);
            Ok(store)
        })),
    });
    let envelope = serde_json::from_slice(&stdout.0.lock().unwrap()).unwrap();
    (status, envelope)
}

fn read(memory: &Memory, path: &str) -> Vec<u8> {
    memory.read(&WorldPath::parse(path).unwrap()).unwrap()
}

#[test]
fn a_success_is_in_the_store_and_is_not_run_again() {
    let memory = Memory::default();
    let (status, envelope) = run(&memory, "a", "{}");
    assert_eq!(status, 0, "{envelope}");
    assert_eq!(run(&memory, "a", "{}"), (0, envelope));
    assert_eq!(read(&memory, "world://artifacts/case/a/outputs/a.txt"), b"");
    let receipt = read(&memory, "world://artifacts/case/a/receipt.json");
    let id = ExecutionId::parse("a").unwrap();
    let global = documents::receipt::Receipt::global_path_of(&id);
    assert_eq!(receipt, memory.read(&global).unwrap());
    store::verify::success(&memory, &serde_json::from_slice(&receipt).unwrap()).unwrap();

    let (status, conflict) = run(&memory, "a", r#"{"model":"other"}"#);
    assert_eq!(status, ErrorCode::ExecutionConflict.exit_status(), "{conflict}");
    assert_eq!(receipt, memory.read(&global).unwrap());
}

#[test]
fn a_failure_is_recorded_and_the_next_run_resumes() {
    let memory = Memory::default();
    let document = r#"{"params":{"resume":true}}"#;
    let (status, failure) = run(&memory, "b", document);
    assert_eq!(status, ErrorCode::ProviderUnavailable.exit_status(), "{failure}");
    let receipt: Value =
        serde_json::from_slice(&read(&memory, "world://artifacts/case/b/receipt.json")).unwrap();
    assert_eq!(receipt.get("status"), Some(&"error".into()));
    let (status, envelope) = run(&memory, "b", document);
    assert_eq!(status, 0, "{envelope}");
    assert_eq!(read(&memory, "world://artifacts/case/b/outputs/a.txt"), b"job-1");
}
