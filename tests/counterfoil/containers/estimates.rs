//! A batch in containers asks the processor in one, too.

use serde_json::json;

use super::{REAL, VALUE};
use crate::engines::{ENGINES, Engines, value};
use crate::workspace::{REF, SECRET};

#[test]
fn a_container_gives_the_estimates() {
    for engine in ENGINES {
        let engines = Engines::new().entry(REAL);
        let line = |estimate: serde_json::Value| {
            format!(
                "{}\n",
                json!({"mode": "real", "params": {"estimate": estimate, "code": "ERR_INPUTS", "message": "no"}})
            )
        };
        let workspace = &engines.workspace;
        let batch = |arguments: &[&str]| {
            let run =
                workspace.counterfoil(["run", "--ref", REF, "--batch", "batch.jsonl", "--engine", engine]);
            run.args(arguments)
                .env("PATH", workspace.bin())
                .env("STAND_IN_ENGINE", workspace.path("engine"))
                .env(SECRET, VALUE)
                .run()
        };
        workspace.write(
            "batch.jsonl",
            line(json!({"cost_usd_at_most": 0.5, "prices": "list"})),
        );
        let dry = batch(&["--dry-run"]);
        dry.assert_status(0).assert_nowhere(VALUE);
        assert!(
            dry.stdout.contains("cost: 0.50 USD at most by the list\n"),
            "{dry:?}"
        );
        let runs = engines.calls_of("run");
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].last().map(String::as_str), Some("--estimate"));
        let mount = value(&runs[0], "--mount").unwrap();
        assert!(mount.ends_with(",target=/run/secrets,readonly"), "{mount}");
        assert!(!workspace.artifacts().exists());

        workspace.write("batch.jsonl", line(json!("error")));
        let refused = batch(&[]);
        refused.assert_refused("ERR_USAGE", 2);
        refused.assert_message("line 1: no");
        assert!(!workspace.artifacts().exists());
        engines.assert_no_container();
    }
}
