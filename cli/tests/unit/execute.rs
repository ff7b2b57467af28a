//! What is believed, and what is recorded, of a processor that is a function.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use documents::envelope::Envelope;
use documents::inputs::{self, HASH_SCHEMA};
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, ExecutionId, Failure, ImageDigest, Mode, WritePrefix};
use logging::{LogWriter, Redactor};
use store::memory::Memory;
use store::{Artifacts as _, ExecutionStore, OutputItem, Store as _};
use tracing::level_filters::LevelFilter;

use super::{execute, refuse};
use crate::adapter::{Adapter, End, EstimatorProcess, Invocation, ProcessorLog, Reply, RunContext};
use crate::call::{Call, Outcome};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::registry::Entry;

const TEMPLATE: &str = "/artifacts/demo/{execution_id}/";
const ENTRY: &str = "ref: a/b@1\nbuild: {package: a-b}\nruntime: {cpu: 1, memory: 2Gi, timeout_s: 60}\n";

/// What a processor does with the artifacts, and the reply that it gives.
type Processor = dyn Fn(&Memory, &Call, &str) -> Result<Reply, Error> + Send + Sync;

struct Function<'a> {
    image: ImageDigest,
    memory: &'a Memory,
    processor: Box<Processor>,
}

impl Adapter for Function<'_> {
    fn estimator(&self, _: &Call) -> Result<EstimatorProcess, Error> {
        unreachable!("no execution asks for estimates")
    }

    fn name(&self) -> &'static str {
        "function"
    }

    fn image(&self) -> &ImageDigest {
        &self.image
    }

    fn invoke<'a>(&'a self, call: &'a Call, _: &'a RunContext) -> Invocation<'a> {
        Box::pin(async { (self.processor)(self.memory, call, self.image.as_str()) })
    }
}

fn image(digit: &str) -> ImageDigest {
    ImageDigest::parse(&format!("binary@sha256:{}", digit.repeat(64))).unwrap()
}

fn call(document: &str) -> Call {
    let execution_id = ExecutionId::parse("run-1").unwrap();
    Call {
        plan_id: None,
        entry: Arc::new(Entry::parse(ENTRY).unwrap()),
        prefix: WritePrefix::expand(TEMPLATE, &execution_id).unwrap(),
        execution_id,
        template: TEMPLATE.into(),
        mode: Mode::Mock,
        document: Arc::new(document.into()),
        hashes: Some(inputs::parse(document.as_bytes()).unwrap().hashes),
        timeout: Duration::from_secs(60),
        redactor: Redactor::default(),
    }
}

async fn run(
    memory: &Memory,
    processor: impl Fn(&Memory, &Call, &str) -> Result<Reply, Error> + Send + Sync + 'static,
) -> Outcome {
    let adapter = Function {
        image: image("a"),
        memory,
        processor: Box::new(processor),
    };
    let log = ProcessorLog {
        sink: LogWriter::new(Box::new(io::sink())),
        level: LevelFilter::INFO,
        redactor: Redactor::default(),
        on_note: None,
        found_success: Default::default(),
    };
    let context = RunContext {
        cancel: Cancel::never(),
        log: Arc::new(log),
    };
    execute(&adapter, memory, &call("{}"), &context).await
}

fn store_of(memory: &Memory, call: &Call) -> Box<dyn ExecutionStore> {
    let store = memory.execution(call.prefix.clone(), call.execution_id.clone());
    let store = store.unwrap();
    assert!(store.try_lease().unwrap());
    store
}

fn receipt(call: &Call, image: &str, status: Status) -> Receipt {
    let hashes = call.hashes.clone().unwrap();
    Receipt {
        execution_id: call.execution_id.as_str().into(),
        processor_ref: call.entry.processor_ref.to_string(),
        image_digest: image.into(),
        env_fingerprint: call.fingerprint(Some(image)),
        inputs_hash: Some(hashes.inputs_hash),
        inputs_sha256: Some(hashes.inputs_sha256),
        hash_schema: HASH_SCHEMA.into(),
        outputs_index: None,
        outputs_index_sha256: None,
        processor_info: None,
        usage: Some(BTreeMap::from([("tokens".into(), 3.0)])),
        timestamp_utc: "2026-11-24T01:02:03Z".into(),
        duration_ms: 3,
        mode: Some(call.mode),
        status,
        error: None,
        extra: BTreeMap::new(),
        rejected: None,
        plan_id: None,
    }
}

/// Commits a success; returns its envelope.
fn succeed(memory: &Memory, call: &Call, image: &str) -> Envelope {
    let store = store_of(memory, call);
    store.prepare().unwrap();
    let output = OutputItem::bytes("outputs/a.txt", "text/plain", "hello");
    let staged = store.stage(vec![output]).unwrap();
    let receipt = Receipt {
        outputs_index: Some(staged.index_path.clone()),
        outputs_index_sha256: Some(staged.index_sha256.clone()),
        processor_info: Some("b:v1".into()),
        ..receipt(call, image, Status::Success)
    };
    store.commit(&staged, &receipt.to_bytes().unwrap()).unwrap();
    Envelope::success(&receipt, staged.entries)
}

fn reply(envelope: &Envelope, exit_status: i32) -> Reply {
    Reply {
        stdout: envelope.to_line().unwrap().into_bytes(),
        stderr: "the end of the log".into(),
        end: End::Exited(exit_status),
        description: format!("exit status {exit_status}"),
    }
}

/// The two receipts, which have to be the same.
fn recorded(memory: &Memory) -> Receipt {
    let call = call("{}");
    let [local, global] = store::receipts(memory, &call.prefix, &call.execution_id).unwrap();
    assert_eq!(local, global);
    serde_json::from_slice(&local.unwrap()).unwrap()
}

#[track_caller]
fn assert_not_believed(outcome: &Outcome, why: &str) {
    let Envelope::Error { error, .. } = &outcome.envelope else {
        panic!("{outcome:?} is believed")
    };
    assert_eq!(
        (error.code.as_str(), outcome.exit_status),
        ("ERR_ADAPTER_INVOCATION", 33)
    );
    assert!(error.message.contains(why), "{}", error.message);
    assert!(
        error.message.ends_with("its stderr ends: the end of the log"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_success_that_the_artifacts_bear_out_is_believed() {
    let memory = Memory::default();
    let outcome = run(&memory, |memory, call, image| {
        Ok(reply(&succeed(memory, call, image), 0))
    })
    .await;
    assert!(outcome.is_success(), "{outcome:?}");
    assert_eq!(outcome.usage.unwrap()["tokens"], 3.0);
    assert_eq!(recorded(&memory).status, Status::Success);
}

#[tokio::test]
async fn a_success_without_receipts_becomes_a_failure() {
    let memory = Memory::default();
    let outcome = run(&memory, |_, call, image| {
        Ok(reply(&succeed(&Memory::default(), call, image), 0))
    })
    .await;
    assert_not_believed(&outcome, "claims success, but a receipt is missing");
    let receipt = recorded(&memory);
    assert_eq!(receipt.error.unwrap().code, "ERR_ADAPTER_INVOCATION");
    assert_eq!(receipt.image_digest, image("a").as_str());
}

#[tokio::test]
async fn what_the_artifacts_do_not_bear_out_is_not_believed() {
    type Change = fn(&Memory, &Call);
    let changes: [(&str, Change); 3] = [
        ("left two receipts that differ", |memory, call| {
            memory.insert(&call.prefix.path("receipt.json").unwrap(), "{}");
        }),
        ("outputs/a.txt has changed", |memory, call| {
            memory.insert(&call.prefix.path("outputs/a.txt").unwrap(), "hullo");
        }),
        ("outputs.json is missing", |memory, call| {
            memory.remove(&call.prefix.path("outputs.json").unwrap());
        }),
    ];
    for (why, change) in changes {
        let outcome = run(&Memory::default(), move |memory, call, image| {
            let reply = reply(&succeed(memory, call, image), 0);
            change(memory, call);
            Ok(reply)
        })
        .await;
        assert_not_believed(&outcome, why);
    }
}

#[tokio::test]
async fn a_receipt_of_another_image_or_of_other_inputs_is_not_believed() {
    let outcome = run(&Memory::default(), |memory, call, _| {
        Ok(reply(&succeed(memory, call, image("b").as_str()), 0))
    })
    .await;
    assert_not_believed(&outcome, "another image_digest");
    let outcome = run(&Memory::default(), |memory, _, image| {
        Ok(reply(&succeed(memory, &call(r#"{"model":"other"}"#), image), 0))
    })
    .await;
    assert_not_believed(&outcome, "another inputs_hash");
}

#[tokio::test]
async fn an_answer_has_to_agree_with_its_exit_status() {
    let outcome = run(&Memory::default(), |memory, call, image| {
        Ok(reply(&succeed(memory, call, image), 1))
    })
    .await;
    assert_not_believed(&outcome, "did not end with exit status 0");
}

/// The answer of a processor that fails.
fn failure() -> (Failure, Envelope) {
    let failure = Failure::new(ErrorCode::ProviderAuth, "the key is wrong".to_owned());
    (
        failure.clone(),
        Envelope::error("run-1", failure, Default::default()),
    )
}

#[tokio::test]
async fn an_error_is_recorded_unless_its_receipts_say_the_same() {
    for has_receipts in [true, false] {
        let memory = Memory::default();
        let outcome = run(&memory, move |memory, call, image| {
            let (failure, envelope) = failure();
            if has_receipts {
                store_of(memory, call).record_failure(&Receipt {
                    error: Some(failure),
                    ..receipt(call, image, Status::Error)
                });
            }
            Ok(reply(&envelope, 10))
        })
        .await;
        assert_eq!(
            (outcome.code(), outcome.exit_status),
            (Some("ERR_PROVIDER_AUTH"), 10)
        );
        // its own receipts say what it used up, and stay
        assert_eq!(outcome.usage.is_some(), has_receipts);
        assert_eq!(recorded(&memory).usage.is_some(), has_receipts);
        assert_eq!(recorded(&memory).error, Some(failure().0));
    }
}

#[tokio::test]
async fn an_adapter_that_fails_is_recorded() {
    let memory = Memory::default();
    let fails = |_: &Memory, _: &Call, _: &str| Err(Error::new(ErrorCode::ImagePull, "no such image"));
    let outcome = run(&memory, fails).await;
    assert_eq!(outcome.code(), Some("ERR_IMAGE_PULL"));
    assert_eq!(recorded(&memory).error.unwrap().message, "no such image");
}

#[tokio::test]
async fn an_earlier_success_stays_whatever_comes_later() {
    let memory = Memory::default();
    let success = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&success);
    run(&memory, move |memory, call, image| {
        let envelope = succeed(memory, call, image);
        seen.lock().unwrap().replace(envelope.clone());
        Ok(reply(&envelope, 0))
    })
    .await;
    let before = recorded(&memory).to_bytes().unwrap();

    let outcome = run(&memory, |_, _, _| Ok(reply(&failure().1, 10))).await;
    assert_eq!(outcome.code(), Some("ERR_PROVIDER_AUTH"));
    let refusal = Error::new(ErrorCode::MissingSecret, "KEY is missing");
    assert_eq!(
        refuse(&memory, &call("{}"), &refusal).code(),
        Some("ERR_MISSING_SECRET")
    );
    assert_eq!(recorded(&memory).to_bytes().unwrap(), before);

    // the same answer again is believed, and used nothing up
    let envelope = success.lock().unwrap().take().unwrap();
    let outcome = run(&memory, move |_, _, _| Ok(reply(&envelope, 0))).await;
    assert!(outcome.is_success() && outcome.usage.is_none(), "{outcome:?}");
    assert!(
        memory
            .read(&call("{}").prefix.path("outputs/a.txt").unwrap())
            .is_ok()
    );
}
