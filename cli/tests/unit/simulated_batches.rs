//! Whole batches against services that take so many requests in a time, on a clock that is not waited for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use documents::envelope::{Envelope, SuccessMeta};
use documents::{ErrorCode, Mode};

use super::budget::Budget;
use super::hold::Hold;
use super::ids::LineId;
use super::line::Line;
use super::schedule::{Blocked, Item, Next, Schedule, Ticket};
use crate::adapter::Pause;
use crate::call::Outcome;
use crate::error::Error;
use crate::run::service::Service;

/// How long a processor takes to start, in milliseconds.
const START: u64 = 20;
/// The requests of one run where nothing is requested.
const REQUESTS: u32 = 3;

#[derive(Clone, Copy, Debug)]
struct Case {
    lines: u64,
    jobs: usize,
    /// What the service takes in a window of so many milliseconds.
    count: usize,
    window: u64,
    is_fixed: bool,
    is_requested: bool,
    /// How long it takes to answer.
    latency: u64,
}

struct Run {
    item: Item,
    ticket: Ticket,
    requests: u32,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Request(u64),
    End(u64, bool),
    Wake,
}

struct Simulation {
    case: Case,
    begin: Instant,
    now: u64,
    schedule: Schedule,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    runs: BTreeMap<u64, Run>,
    next_run: u64,
    read: u64,
    taken: VecDeque<u64>,
    random: u64,
    ended: u64,
    last_end: u64,
}

/// How a batch went.
#[derive(Debug)]
struct Went {
    done: u64,
    failed: u64,
    ms: u64,
}

impl Case {
    fn went(self) -> Went {
        let mut simulation = Simulation {
            case: self,
            begin: Instant::now(),
            now: 0,
            schedule: Schedule::new(Budget::new(None, None, false), Hold::default(), 3),
            events: BinaryHeap::new(),
            runs: BTreeMap::new(),
            next_run: 0,
            read: 0,
            taken: VecDeque::new(),
            random: 1,
            ended: 0,
            last_end: 0,
        };
        simulation.fill();
        while simulation.ended < self.lines {
            let Reverse((at, event)) = simulation.events.pop().expect("something to wait for");
            simulation.now = at;
            simulation.happens(event);
            simulation.fill();
        }
        Went {
            done: simulation.schedule.totals.done,
            failed: simulation.schedule.totals.failed(),
            ms: simulation.last_end,
        }
    }

    /// The time that the service itself needs.
    fn ideal(self) -> u64 {
        (self.lines.div_ceil(self.count as u64) - 1) * self.window + START + self.latency
    }
}

impl Simulation {
    fn instant(&self) -> Instant {
        self.begin + Duration::from_millis(self.now)
    }

    /// Up to so much, at random.
    fn jitter(&mut self, most: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % (most + 1)
    }

    /// Gives every free job something to do.
    fn fill(&mut self) {
        while self.runs.len() < self.case.jobs {
            let now = self.instant();
            match self.schedule.next(now) {
                Next::Run(item, ticket) => self.begin(item, ticket),
                Next::Read if self.read == self.case.lines => self.schedule.is_read = true,
                Next::Read => {
                    self.read += 1;
                    let item = Item {
                        line: Line {
                            number: self.read,
                            ..Line::default()
                        },
                        id: LineId::default(),
                        label: None,
                        attempts: 0,
                        last: None,
                    };
                    self.schedule.running += 1;
                    match self.schedule.start(&Service::default(), now) {
                        Ok(ticket) => self.begin(item, ticket),
                        Err(Blocked::Provider(_)) => {
                            self.schedule.running -= 1;
                            self.schedule.park(item, Service::default());
                        }
                        Err(closed) => panic!("{closed:?}"),
                    }
                }
                Next::Wait(until) => {
                    if let Some(until) = until {
                        let at = until.duration_since(self.begin).as_millis() as u64 + 1;
                        self.events.push(Reverse((at.max(self.now), Event::Wake)));
                    }
                    return;
                }
                Next::End => return,
                Next::Leave(_) => panic!("nothing is spent"),
            }
        }
    }

    fn begin(&mut self, item: Item, ticket: Ticket) {
        self.next_run += 1;
        let run = Run {
            item,
            ticket,
            requests: 0,
        };
        self.runs.insert(self.next_run, run);
        let at = self.now + START + self.jitter(5);
        self.events.push(Reverse((at, Event::Request(self.next_run))));
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Wake => {}
            Event::Request(run) => self.request(run),
            Event::End(run, is_success) => self.end(run, is_success),
        }
    }

    fn request(&mut self, id: u64) {
        let Case {
            count,
            window,
            is_fixed,
            is_requested,
            latency,
            ..
        } = self.case;
        let end = |at: u64| {
            if is_fixed {
                (at / window + 1) * window
            } else {
                at + window
            }
        };
        while self.taken.front().is_some_and(|at| end(*at) <= self.now) {
            self.taken.pop_front();
        }
        if self.taken.len() < count {
            self.taken.push_back(self.now);
            self.events
                .push(Reverse((self.now + latency, Event::End(id, true))));
            return;
        }
        let requested = end(self.taken[0]) - self.now;
        let jitters = (self.jitter(100 + requested / 10), self.jitter(1_000));
        let now = self.instant();
        let run = self.runs.get_mut(&id).unwrap();
        run.requests += 1;
        if !is_requested && run.requests == REQUESTS {
            self.events.push(Reverse((self.now, Event::End(id, false))));
            return;
        }
        let length = if is_requested {
            requested + jitters.0
        } else {
            (500 + jitters.1 / 2) << (run.requests - 1)
        };
        let pause = Pause {
            provider: Some("service".into()),
            code: "ERR_PROVIDER_RATE_LIMIT".into(),
            length: Duration::from_millis(if is_requested { requested } else { length }),
            is_requested,
        };
        self.schedule.pause(&run.ticket, &pause, now);
        self.events.push(Reverse((self.now + length, Event::Request(id))));
    }

    fn end(&mut self, id: u64, is_success: bool) {
        let Run { item, ticket, .. } = self.runs.remove(&id).unwrap();
        let outcome = if is_success {
            success()
        } else {
            let error = Error::new(ErrorCode::ProviderRateLimit, "too many");
            Outcome::error("x", &error, &Default::default())
        };
        let now = self.instant();
        if self
            .schedule
            .end(item, &ticket, Mode::Real, outcome, now)
            .is_some()
        {
            self.ended += 1;
            self.last_end = self.now;
        }
        self.schedule.running -= 1;
    }
}

fn success() -> Outcome {
    Outcome {
        envelope: Envelope::Success {
            execution_id: "x".into(),
            outputs: Vec::new(),
            index_path: String::new(),
            meta: SuccessMeta {
                env_fingerprint: String::new(),
                image_digest: String::new(),
                mode: None,
                usage: None,
                duration_ms: 0,
            },
        },
        exit_status: 0,
        is_earlier: false,
        usage: None,
        is_retryable: false,
    }
}

/// Every way in which such a service takes requests and reports that, and how long it takes to answer.
fn cases(lines: u64, count: usize, window: u64, jobs: usize) -> impl Iterator<Item = Case> {
    let ways = [(true, true), (false, true), (true, false), (false, false)];
    ways.into_iter().flat_map(move |(is_fixed, is_requested)| {
        [5, 200, 1_500].map(|latency| Case {
            lines,
            jobs,
            count,
            window,
            is_fixed,
            is_requested,
            latency,
        })
    })
}

#[track_caller]
fn assert_done(case: Case, most: f64) {
    let went = case.went();
    assert_eq!((went.done, went.failed), (case.lines, 0), "{case:?}: {went:?}");
    let ratio = went.ms as f64 / case.ideal() as f64;
    assert!(ratio < most, "{case:?}: {went:?}, {ratio:.2} times");
}

#[test]
fn ten_in_three_seconds_are_kept_to_in_little_more_than_the_time_that_the_service_needs() {
    for case in cases(200, 10, 3_000, 16) {
        assert_done(case, 1.3);
    }
}

#[test]
fn what_is_requested_costs_no_time_whatever_the_window_and_the_jobs() {
    for (lines, count, window) in [(100, 5, 1_000), (600, 60, 60_000), (40, 1, 1_000)] {
        for jobs in [8, 16, 64] {
            for case in cases(lines, count, window, jobs).filter(|case| case.is_requested) {
                assert_done(case, 1.1);
            }
        }
    }
}

#[test]
fn what_is_not_requested_is_found_out() {
    for jobs in [8, 16, 64] {
        for case in cases(200, 10, 3_000, jobs).chain(cases(100, 5, 1_000, jobs)) {
            assert_done(case, 1.6);
        }
    }
}
