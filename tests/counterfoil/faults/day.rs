//! A day with a batch: 2,000 lines against a service that fails and limits, and an orchestrator that is killed three times.

mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use support::{Finished, Server, Signal, Test, kill, skip, wait_until};

use super::names;
use crate::batch::is_alive;
use crate::workspace::{Workspace, probe};
use service::{Asked, Book, is_refused, service};

const LINES: usize = 2_000;
const KILLS: usize = 3;
/// The kill that takes the processors along.
const WITH_PROCESSORS: usize = 1;

/// The binary of llm/litellm@1, which `cargo xtask faults` builds.
fn llm_litellm() -> Option<PathBuf> {
    let path = probe().ancestors().nth(2).unwrap().join("llm-litellm");
    path.is_file().then_some(path)
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// `COUNTERFOIL_TEST_SEED`, or the time.
fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    std::env::var("COUNTERFOIL_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().expect("a number"))
}

/// Past what catches the output of tests: this is a part of the result.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "day: {text}");
}

struct Day {
    workspace: Workspace,
    book: Book,
    service: Server,
}

impl Day {
    fn new(binary: &Path) -> Self {
        let workspace = Workspace::empty();
        workspace.create_dir("bin");
        std::os::unix::fs::symlink(binary, workspace.path("bin/llm-litellm")).unwrap();
        let line = |number: usize| {
            let messages = json!([{"role": "user", "content": format!("line {number}")}]);
            json!({"label": format!("l{number}"), "model": "openai/gpt-4o-mini", "params": {"messages": messages}})
        };
        let text: String = (1..=LINES).map(|number| format!("{}\n", line(number))).collect();
        workspace.write("day.jsonl", text);
        let book = Book::default();
        let service = service(&book);
        Self {
            workspace,
            book,
            service,
        }
    }

    /// The one command.
    fn command(&self) -> Test {
        let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry");
        self.workspace
            .counterfoil([
                "run",
                "--ref",
                "llm/litellm@1",
                "--batch",
                "day.jsonl",
                "--mode",
                "real",
            ])
            .args(["--jobs", "8", "--out", "day.csv", "--registry"])
            .arg(registry)
            .env("PATH", self.workspace.bin())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("OPENAI_BASE_URL", self.service.url("/v1"))
            .env("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    }

    fn asked(&self) -> BTreeMap<usize, Asked> {
        self.book.lock().unwrap().clone()
    }

    fn requests(&self) -> usize {
        self.book
            .lock()
            .unwrap()
            .values()
            .map(|asked| asked.requests)
            .sum()
    }

    /// The lines by their execution ids.
    fn lines(&self) -> BTreeMap<String, usize> {
        let list = self.workspace.read("artifacts/batch/day.lines.jsonl");
        let line = |line: &Value| {
            (
                line["execution_id"].as_str().unwrap().to_owned(),
                line["line"].as_u64().unwrap() as usize,
            )
        };
        support::json_lines(&list).iter().map(line).collect()
    }

    /// The lines that have begun and not ended: they have no receipt, or a start besides.
    fn in_flight(&self) -> BTreeSet<usize> {
        let lines = self.lines();
        let executions = self.workspace.path("artifacts/execution");
        let ids = names(&executions).into_iter();
        let has = |id: &str, name| executions.join(id).join(name).exists();
        ids.filter(|id| !has(id, "determinism.json") || has(id, "started.json"))
            .map(|id| lines[&id])
            .collect()
    }

    /// The lines that `ls` says nobody knows of whether they were paid.
    fn unknown(&self) -> BTreeSet<usize> {
        let listed = self
            .workspace
            .counterfoil([
                "ls",
                "--batch",
                "day",
                "--status",
                "unknown_whether_paid",
                "--json",
            ])
            .run();
        let lines = self.lines();
        let rows = listed.json_lines();
        rows.iter()
            .map(|row| lines[row["execution_id"].as_str().unwrap()])
            .collect()
    }

    /// How many attempts of a line the receipt says were never ended.
    fn earlier_attempts(&self, line: usize) -> String {
        let lines = self.lines();
        let (id, _) = lines.iter().find(|(_, number)| **number == line).unwrap();
        let receipt = self
            .workspace
            .read(&format!("artifacts/execution/{id}/determinism.json"));
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        receipt["extra"]["earlier_attempts"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Kills it, alone or with its processors, after so many more requests; returns the lines in flight.
    fn killed(&self, after: usize, with_processors: bool, pause: Duration) -> BTreeSet<usize> {
        // to files: nobody reads while it runs
        let to_files = ["/bin/sh", "-c", "exec \"$0\" \"$@\" > killed.jsonl 2> killed.log"];
        let started = self.command().under(to_files).start();
        let goal = self.requests() + after;
        wait_until("so many requests have come", || self.requests() >= goal);
        std::thread::sleep(pause); // the moment is a random one
        let processors = if with_processors {
            children(started.pid())
        } else {
            Vec::new()
        };
        started.signal(Signal::KILL);
        for processor in processors {
            if is_alive(processor) {
                kill(processor, Signal::KILL);
            }
            wait_until("the processor is gone", || !is_alive(processor));
        }
        let in_flight = self.in_flight();
        let killed = started.wait();
        killed.assert_killed();
        in_flight
    }
}

/// The processes that a process has started and that have not ended.
fn children(pid: i32) -> Vec<i32> {
    let threads = names(Path::new(&format!("/proc/{pid}/task")));
    let of = |thread: String| {
        fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).unwrap_or_default()
    };
    let all: Vec<String> = threads.into_iter().map(of).collect();
    all.iter()
        .flat_map(|pids| pids.split_whitespace())
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// The lines by the value of a column of the table.
fn by_status(table: &str) -> BTreeMap<String, Vec<usize>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let mut lines = BTreeMap::<_, Vec<_>>::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        lines
            .entry(row["status"].clone())
            .or_default()
            .push(row["line"].parse().unwrap());
    }
    lines
}

fn assert_ended(day: &Day, ended: &Finished) {
    let refused: Vec<_> = (1..=LINES).filter(|line| is_refused(*line)).collect();
    let done: Vec<_> = (1..=LINES).filter(|line| !is_refused(*line)).collect();
    ended.assert_batch(1, done.len(), refused.len());
    let table = by_status(&day.workspace.read("day.csv"));
    assert_eq!(table.values().map(Vec::len).sum::<usize>(), LINES);
    assert_eq!((&table["success"], &table["error"]), (&done, &refused));
}

#[test]
#[ignore = "takes a minute or two; cargo xtask faults builds llm-litellm and runs it"]
fn every_line_ends_in_the_table_and_nothing_is_paid_twice_unseen() {
    let Some(binary) = llm_litellm() else {
        return skip("target/debug/llm-litellm is missing; `cargo build --package llm-litellm` makes it");
    };
    let seed = seed();
    say(&format!("COUNTERFOIL_TEST_SEED={seed}"));
    let mut random = Random(seed);
    let day = Day::new(&binary);
    let mut unknown = BTreeSet::new();
    for number in 0..KILLS {
        let after = 1 + random.below(LINES / 8);
        let pause = Duration::from_micros(random.below(50_000) as u64);
        let lines = day.killed(after, number == WITH_PROCESSORS, pause);
        say(&format!(
            "kill {} after {after} requests; in flight: {lines:?}",
            number + 1
        ));
        if number == WITH_PROCESSORS {
            unknown = day.unknown();
            say(&format!(
                "of them nobody knows whether they were paid: {unknown:?}"
            ));
            assert!(unknown.is_subset(&lines), "{unknown:?}, {lines:?}");
        }
    }
    let ended = day.command().run();
    assert_ended(&day, &ended);
    say(ended.summary());

    let asked = day.asked().into_iter();
    let twice: BTreeSet<_> = asked
        .filter(|(_, asked)| asked.successes > 1)
        .map(|(line, _)| line)
        .collect();
    say(&format!("answered twice: {twice:?}"));
    // the processors of the other kills outlived the orchestrator, and were waited for
    assert!(twice.is_subset(&unknown), "{twice:?}");
    for line in unknown.iter().filter(|line| !is_refused(**line)) {
        assert_eq!(day.earlier_attempts(*line), "1", "line {line}");
    }
    let asked = day.asked();
    assert!((1..=LINES).all(|line| asked[&line].successes >= usize::from(!is_refused(line))));

    // nothing is left: the same command again asks those alone that were refused
    let before = day.requests();
    let again = day.command().run();
    assert_ended(&day, &again);
    assert_eq!(day.requests(), before + LINES / 20);
}
