//! What a batch printed: an envelope for each line, and a summary.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::finished::Finished;

impl Finished {
    /// Fails unless the batch ended with this exit status, and so many of its lines succeeded and failed.
    #[track_caller]
    pub fn assert_batch(&self, status: i32, succeeded: usize, failed: usize) -> &Self {
        let results = self.json_lines();
        let count = |status| results.iter().filter(|result| result["status"] == status).count();
        assert_eq!(
            (self.status, count("success"), count("error")),
            (status, succeeded, failed),
            "{self:?}"
        );
        self
    }

    /// The execution ids, in the order of the envelopes.
    pub fn execution_ids(&self) -> Vec<String> {
        self.json_lines().iter().map(execution_id).collect()
    }

    /// The line number of each envelope.
    pub fn line_numbers(&self) -> Vec<u64> {
        self.json_lines().iter().map(line_number).collect()
    }

    /// The numbers of the lines that were done before, in their order.
    pub fn before(&self) -> Vec<u64> {
        let results = self.json_lines();
        let before = results.iter().filter(|result| result["before"] == true);
        let mut numbers: Vec<_> = before.map(line_number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The error code of every line that failed, by the number of the line.
    pub fn error_codes(&self) -> BTreeMap<u64, String> {
        let results = self.json_lines();
        let failed = results.iter().filter(|result| result["status"] == "error");
        failed
            .map(|result| {
                (
                    line_number(result),
                    result["error"]["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// The last line of stderr, which sums up, without the time at its end and the command that goes on.
    pub fn summary(&self) -> &str {
        let summary = self.summary_and_command().0;
        summary.rsplit_once("; ").expect("a time at its end").0
    }

    /// The command that goes on, as the last line of stderr has it.
    pub fn command(&self) -> Option<&str> {
        self.summary_and_command().1
    }

    fn summary_and_command(&self) -> (&str, Option<&str>) {
        let last = self.stderr.lines().last().unwrap_or_default();
        last.split_once("; go on with: ")
            .map_or((last, None), |(summary, command)| (summary, Some(command)))
    }
}

fn execution_id(result: &Value) -> String {
    result["execution_id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn line_number(result: &Value) -> u64 {
    result["line"]
        .as_u64()
        .unwrap_or_else(|| panic!("{result} has no line"))
}
