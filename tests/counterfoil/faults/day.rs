//! A day with a batch: 2,000 lines against a service that fails and limits, and an orchestrator that is killed three times.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use support::{Answer, Finished, Request, Server, Signal, Test, kill, skip, wait_until};

use super::names;
use crate::workspace::{Workspace, probe};

const LINES: usize = 2_000;
const KILLS: usize = 3;
/// The kill that takes the processors along.
const WITH_PROCESSORS: usize = 1;

/// What the service has been asked, by line.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    requests: usize,
    successes: usize,
}

type Book = Arc<Mutex<BTreeMap<usize, Asked>>>;

/// 5 % of the lines are refused for good.
const fn is_refused(line: usize) -> bool {
    line.is_multiple_of(20)
}

/// 2 % are told to come again, side by side, so that the whole pauses a few times only.
fn is_limited(line: usize) -> bool {
    (1..=8).contains(&(line % 400))
}

fn service(book: &Book) -> Server {
    let book = Arc::clone(book);
    Server::start(move |request| {
        let line = line_of(request);
        let mut book = book.lock().unwrap();
        let asked = book.entry(line).or_default();
        asked.requests += 1;
        if is_refused(line) {
            return Answer::json(
                400,
                &json!({"error": {"message": "no", "type": "invalid_request_error"}}),
            );
        }
        if is_limited(line) && asked.requests == 1 {
            return Answer::json(429, &json!({"error": {"message": "slow down"}})).header("retry-after", "1");
        }
        asked.successes += 1;
        let message = json!({"role": "assistant", "content": format!("answer {line}")});
        let choice = json!({"index": 0, "finish_reason": "stop", "message": message});
        let usage = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
        Answer::json(
            200,
            &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [choice], "usage": usage}),
        )
    })
}

fn line_of(request: &Request) -> usize {
    let body = request.json();
    body["messages"][0]["content"]
        .as_str()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

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

    /// The lines that have begun and not ended: they have no receipt.
    fn in_flight(&self) -> BTreeSet<usize> {
        let lines = self.lines();
        let executions = self.workspace.path("artifacts/execution");
        let ids = names(&executions).into_iter();
        ids.filter(|id| !executions.join(id).join("determinism.json").exists())
            .map(|id| lines[&id])
            .collect()
    }

    /// Kills it, alone or with its processors, after so many more requests; returns the lines in flight.
    fn killed(&self, after: usize, with_processors: bool, pause: Duration) -> BTreeSet<usize> {
        let started = self.command().start();
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
            let _ = fs::metadata(format!("/proc/{processor}")).map(|_| kill(processor, Signal::KILL));
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
    let mut in_flight = BTreeSet::new();
    for number in 0..KILLS {
        let after = 1 + random.below(LINES / 4);
        let pause = Duration::from_micros(random.below(50_000) as u64);
        let lines = day.killed(after, number == WITH_PROCESSORS, pause);
        say(&format!(
            "kill {} after {after} requests; in flight: {lines:?}",
            number + 1
        ));
        in_flight.extend(lines);
    }
    let ended = day.command().run();
    assert_ended(&day, &ended);
    say(ended.summary());

    let twice: BTreeSet<_> = day
        .asked()
        .into_iter()
        .filter(|(_, asked)| asked.successes > 1)
        .map(|(line, _)| line)
        .collect();
    say(&format!("answered twice: {twice:?}"));
    assert!(
        twice.is_subset(&in_flight),
        "{twice:?} were paid twice, {in_flight:?} were in flight"
    );
    let asked = day.asked();
    assert!((1..=LINES).all(|line| asked[&line].successes >= usize::from(!is_refused(line))));

    // nothing is left: the same command again asks those alone that were refused
    let before = day.requests();
    let again = day.command().run();
    assert_ended(&day, &again);
    assert_eq!(day.requests(), before + LINES / 20);
}
