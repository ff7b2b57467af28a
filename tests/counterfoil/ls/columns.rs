//! Code, model, cost, and the lines of a batch.

use documents::{ErrorCode, Mode};
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::ids;
use crate::execution::Execution;
use crate::workspace::Workspace;

fn paid(id: &str) -> Execution {
    Execution::new(id).with(|receipt| {
        receipt.mode = Some(Mode::Real);
        receipt.usage = Some([("cost_usd".into(), 0.0125), ("total_tokens".into(), 1_200.0)].into());
        receipt.extra = [("model".into(), "gpt-4o-mini".into())].into();
        receipt.plan_id = Some("plan-9".into());
    })
}

fn batch() -> Workspace {
    let workspace = Workspace::empty();
    paid("q-00000000000000ab").succeed(&workspace);
    paid("q-00000000000000ab-2").succeed(&workspace);
    Execution::new("q-00000000000000ac").fail(&workspace, ErrorCode::Timeout, "it took too long");
    Execution::new("q-1-00000000000000ac").succeed(&workspace);
    Execution::new("q").succeed(&workspace);
    workspace
}

#[test]
fn the_lines_of_a_batch_with_code_model_cost_and_sum() {
    let answer = batch().counterfoil(["ls", "--batch", "q"]).run();
    assert_eq!(
        answer.stderr,
        "3 runs: 2 done, 1 failed (ERR_TIMEOUT 1); 2,400 tokens, 0.025 USD\n"
    );
    assert_data_eq!(
        answer.stdout,
        str![[r#"
2026-11-24 01:02:03  error  ERR_TIMEOUT  llm/litellm@1  mock  -            3 ms       -  q-00000000000000ac
2026-11-24 01:02:03  ok     -            llm/litellm@1  real  gpt-4o-mini  3 ms  $0.013  q-00000000000000ab-2
2026-11-24 01:02:03  ok     -            llm/litellm@1  real  gpt-4o-mini  3 ms  $0.013  q-00000000000000ab

"#]]
    );
}

#[test]
fn json_lines_have_them() {
    let answer = batch()
        .counterfoil(["ls", "--json", "--plan-id", "plan-9", "-n", "1"])
        .run();
    assert_eq!((answer.stdout.lines().count(), answer.stderr.as_str()), (1, ""));
    let row: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(row["execution_id"], "q-00000000000000ab-2");
    assert_eq!(row["model"], "gpt-4o-mini");
    assert_eq!(row["cost_usd"], 0.0125);
    assert_eq!(row["total_tokens"], 1_200.0);
    assert_eq!(row["plan_id"], "plan-9");
}

#[test]
fn the_sum_is_over_all_and_not_only_those_that_are_shown() {
    let answer = batch().counterfoil(["ls", "-n", "1"]).run();
    assert_eq!(answer.stdout.lines().count(), 1);
    assert!(
        answer.stderr.starts_with("5 runs (1 shown): 4 done, 1 failed"),
        "{answer:?}"
    );
}

#[test]
fn since_is_an_age_or_a_time() {
    let workspace = batch();
    Execution::new("new")
        .with(|receipt| receipt.timestamp_utc = "9999-01-01T00:00:00Z".into())
        .succeed(&workspace);
    assert_eq!(ids(&workspace, &["--since", "2h"]), ["new"]);
    assert_eq!(ids(&workspace, &["--since", "2026-11-24T01:02:04Z"]), ["new"]);
    assert_eq!(ids(&workspace, &["--since", "2026-11-24T01:02:03Z"]).len(), 6);
    let wrong = workspace.counterfoil(["ls", "--since", "yesterday"]).run();
    wrong.assert_status(2);
    assert!(wrong.stderr.contains("2h or 1d"), "{wrong:?}");
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let workspace = Workspace::empty();
    paid("run-1")
        .with(|receipt| {
            receipt.extra = [("model".into(), "\u{1b}[2J\u{202e}x".into())].into();
            receipt.plan_id = Some("\u{202e}".into());
        })
        .succeed(&workspace);
    for more in [&[][..], &["--json"]] {
        let answer = workspace.counterfoil([&["ls"], more].concat()).run();
        assert!(answer.stdout.contains("[2J"), "{answer:?}");
        assert!(
            !answer.stdout.contains(['\u{1b}', '\u{202e}']),
            "{:?}",
            answer.stdout
        );
    }
}
