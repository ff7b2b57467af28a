//! The schedule of a batch: which lines wait, and what may start.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use documents::{ErrorCode, Mode};

use super::budget::Budget;
use super::earliest::Earliest;
use super::flow::{Flow, Opens};
use super::hold::Hold;
use super::ids::LineId;
use super::line::Line;
use super::providers::Providers;
use super::totals::Totals;
use crate::adapter::Pause;
use crate::call::Outcome;
use crate::run::pause::ShownPause;
use crate::run::service::Service;

/// How many lines are read beyond those whose provider keeps them waiting: others may ask somebody else.
const AHEAD: usize = 10_000;
/// How many of the lines that failed are looked through for one that may start.
const LOOKED_THROUGH: usize = 1_000;
/// What a line that failed waits for, before it is tried a second time; then twice as long.
const SECOND_TRY: Duration = Duration::from_secs(1);

/// A line that has not ended.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) line: Line,
    pub(super) id: LineId,
    /// What the caller calls it.
    pub(super) label: Option<Box<str>>,
    /// How often it has been run.
    pub(super) attempts: u32,
    /// The outcome of its last run.
    pub(super) last: Option<Box<Outcome>>,
}

/// A line that failed, and is tried again when all others have been begun.
#[derive(Debug)]
struct Again {
    item: Item,
    service: Service,
    not_before: Instant,
}

/// The permission to run one line.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) service: Service,
    started: Instant,
    had_met_limit: AtomicBool,
    was_requested: AtomicBool,
}

/// Why a line may not start.
#[derive(Debug)]
pub(super) enum Blocked {
    /// Its provider keeps it waiting; others may not.
    Provider(Option<Instant>),
    /// Too many have started; or, without a time, nothing starts any more.
    Everyone(Option<Instant>),
}

/// What a job is to do next.
#[derive(Debug)]
pub(super) enum Next {
    Run(Item, Ticket),
    /// The line does not run any more.
    Leave(Item),
    /// Read another line.
    Read,
    Wait(Option<Instant>),
    /// Every line has ended.
    End,
}

#[derive(Default)]
pub(super) struct Schedule {
    pub(super) totals: Totals,
    pub(super) budget: Budget,
    pub(super) hold: Hold,
    providers: Providers,
    flows: HashMap<Arc<str>, Flow>,
    parked: Vec<(Service, VecDeque<Item>)>,
    parked_count: usize,
    again: VecDeque<Again>,
    /// Lines that a job has.
    pub(super) running: usize,
    /// Those of them that have started.
    pub(super) under_way: usize,
    pub(super) is_read: bool,
    attempts: u32,
}

impl Schedule {
    pub(super) fn new(budget: Budget, hold: Hold, attempts: u32) -> Self {
        let mut this = Self {
            budget,
            hold,
            attempts,
            ..Self::default()
        };
        if this.budget.is_spent() {
            this.hold.see_spent(); // nothing may be spent at all
        }
        this
    }

    /// Finds something to do.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if self.is_closed()
            && let Some(item) = self.pop()
        {
            self.running += 1;
            return Next::Leave(item);
        }
        let mut until = Earliest::default();
        if let Some(taken) = self.take_parked(now, &mut until) {
            return taken;
        }
        if !self.is_read && self.parked_count < AHEAD {
            return Next::Read;
        }
        if self.is_read
            && let Some(taken) = self.take_again(now, &mut until)
        {
            return taken;
        }
        match self.running + self.parked_count + self.again.len() {
            0 if self.is_read => Next::End,
            _ => Next::Wait(until.get()),
        }
    }

    /// Whether nothing starts any more; what is done is read and reported all the same.
    pub(super) fn is_closed(&self) -> bool {
        self.hold.is_on() || self.budget.is_spent()
    }

    fn take_parked(&mut self, now: Instant, until: &mut Earliest) -> Option<Next> {
        // the first of the file among those that may start
        let mut first: Option<(u64, usize)> = None;
        for at in 0..self.parked.len() {
            let Some((service, items)) = self.parked.get(at) else {
                break;
            };
            let Some(number) = items.front().map(|item| item.line.number) else {
                continue;
            };
            match self.flow_of(service).map_or(Opens::Now, |flow| flow.opens(now)) {
                Opens::Now if first.is_none_or(|(least, _)| number < least) => first = Some((number, at)),
                Opens::Now | Opens::Later => {}
                Opens::At(at) => until.or(Some(at)),
            }
        }
        let (_, at) = first?;
        let service = self.parked.get(at)?.0.clone();
        let ticket = match self.start(&service, now) {
            Ok(ticket) => ticket,
            Err(Blocked::Provider(at) | Blocked::Everyone(at)) => {
                until.or(at);
                return None;
            }
        };
        let item = self.unpark(at)?;
        self.running += 1;
        Some(Next::Run(item, ticket))
    }

    /// The first line of one service that was put aside.
    fn unpark(&mut self, at: usize) -> Option<Item> {
        let (_, items) = self.parked.get_mut(at)?;
        let item = items.pop_front()?;
        if items.is_empty() {
            self.parked.swap_remove(at);
        }
        self.parked_count -= 1;
        Some(item)
    }

    fn take_again(&mut self, now: Instant, until: &mut Earliest) -> Option<Next> {
        let mut blocked: Vec<Arc<str>> = Vec::new();
        for at in 0..self.again.len().min(LOOKED_THROUGH) {
            let again = self.again.get(at)?;
            if again.not_before > now {
                until.or(Some(again.not_before));
                continue;
            }
            let provider = self.providers.provider(&again.service);
            if blocked.contains(&provider) {
                continue;
            }
            let service = again.service.clone();
            match self.start(&service, now) {
                Ok(ticket) => {
                    let again = self.again.remove(at)?;
                    self.running += 1;
                    return Some(Next::Run(again.item, ticket));
                }
                Err(Blocked::Provider(at)) => {
                    until.or(at);
                    blocked.push(provider);
                }
                Err(Blocked::Everyone(at)) => {
                    until.or(at);
                    return None;
                }
            }
        }
        None
    }

    /// Lets a line of this service start, if it may.
    pub(super) fn start(&mut self, service: &Service, now: Instant) -> Result<Ticket, Blocked> {
        if self.is_closed() {
            return Err(Blocked::Everyone(None));
        }
        let provider = self.providers.provider(service);
        let flow = self.flows.entry(provider).or_default();
        match flow.opens(now) {
            Opens::Now => {}
            Opens::At(at) => return Err(Blocked::Provider(Some(at))),
            Opens::Later => return Err(Blocked::Provider(None)),
        }
        let free = self.budget.start();
        free.map_err(|at| Blocked::Everyone(Some(at)))?;
        flow.start(now);
        Ok(Ticket {
            service: service.clone(),
            started: now,
            had_met_limit: AtomicBool::new(false),
            was_requested: AtomicBool::new(false),
        })
    }

    /// Puts a line aside until its provider lets it start.
    pub(super) fn park(&mut self, item: Item, service: Service) {
        self.parked_count += 1;
        match self.parked.iter_mut().find(|(known, _)| *known == service) {
            Some((_, items)) => {
                let at = items.partition_point(|other| other.line.number < item.line.number);
                items.insert(at, item);
            }
            None => self.parked.push((service, [item].into())),
        }
    }

    /// Takes a pause that a run reports; returns the provider and until when it is held, if that is new.
    pub(super) fn pause(
        &mut self,
        ticket: &Ticket,
        pause: &Pause,
        now: Instant,
    ) -> Option<(Arc<str>, Instant)> {
        if pause.is_requested && pause.length.is_zero() {
            return None; // the processor waits as if none were requested
        }
        let provider = match &pause.provider {
            Some(provider) => self.providers.learn(&ticket.service, provider),
            None => self.providers.provider(&ticket.service),
        };
        let flow = self.flows.entry(Arc::clone(&provider)).or_default();
        let before = flow.held_until(now);
        if pause.is_requested {
            ticket.was_requested.store(true, Ordering::Relaxed);
            flow.wait_until(now.checked_add(pause.length)?);
        } else if pause.code == ErrorCode::ProviderRateLimit.as_str() {
            ticket.had_met_limit.store(true, Ordering::Relaxed);
            flow.met_limit(ticket.started, now);
        }
        let until = flow.held_until(now)?;
        (before.is_none_or(|before| before < until)).then_some((provider, until))
    }

    /// Takes the outcome of a run; returns line and outcome if the line has ended.
    pub(super) fn end(
        &mut self,
        mut item: Item,
        ticket: &Ticket,
        mode: Mode,
        outcome: Outcome,
        now: Instant,
    ) -> Option<(Item, Outcome)> {
        self.hold.see_run(item.line.number, &outcome);
        match self.totals.add_usage(&outcome) {
            Some(cost) => self.budget.spend(cost),
            None if mode == Mode::Real => self.budget.spend_unknown(),
            None => {}
        }
        self.totals.is_cost_too_unknown = self.budget.is_unknown();
        if self.budget.is_spent() && !self.budget.is_unknown() {
            self.hold.see_spent();
        }
        let code = outcome.code().and_then(|code| code.parse::<ErrorCode>().ok());
        let was_requested = ticket.was_requested.load(Ordering::Relaxed);
        let had_met_limit = ticket.had_met_limit.load(Ordering::Relaxed);
        let is_limit = code == Some(ErrorCode::ProviderRateLimit) && !was_requested && !had_met_limit;
        let provider = self.providers.provider(&ticket.service);
        if is_limit {
            self.flows
                .entry(provider)
                .or_default()
                .met_limit(ticket.started, now);
        } else if let Some(flow) = self.flows.get_mut(&provider) {
            if outcome.is_success() {
                flow.passed(ticket.started, had_met_limit, now);
            } else {
                flow.ended(ticket.started);
            }
        }
        item.attempts += 1;
        let is_tried_again = match code {
            Some(ErrorCode::Cancelled(_)) | None => false,
            // the service has answered, and is not paid again for what could not be kept
            Some(ErrorCode::OutputWrite | ErrorCode::ReceiptWrite) => false,
            Some(_) => outcome.is_retryable && item.attempts < self.attempts,
        };
        if !is_tried_again {
            self.ended(item.line.number, &outcome);
            return Some((item, outcome));
        }
        let pause = match code {
            Some(ErrorCode::ProviderRateLimit) => Duration::ZERO, // its provider's flow knows better
            _ => SECOND_TRY * 2_u32.saturating_pow(item.attempts.saturating_sub(1).min(6)),
        };
        item.last = Some(Box::new(outcome));
        self.again.push_back(Again {
            item,
            service: ticket.service.clone(),
            not_before: now + pause,
        });
        None
    }

    /// Puts a line behind all those that were not begun.
    pub(super) fn put_last(&mut self, item: Item, service: Service, now: Instant) {
        self.again.push_back(Again {
            item,
            service,
            not_before: now,
        });
    }

    /// Counts a line that does not run any more, as its last run ended if there was one.
    pub(super) fn leave(&mut self, item: &Item) {
        match item.last.as_deref() {
            Some(last) => self.ended(item.line.number, last),
            None => self.totals.left += 1,
        }
    }

    /// Counts a line that has ended.
    fn ended(&mut self, line: u64, outcome: &Outcome) {
        self.totals.end(outcome);
        self.hold.see_end(line, outcome);
        self.hold.see_failed(line, outcome, self.totals.failed());
    }

    /// Counts a line that failed without a run of its own.
    pub(super) fn failed(&mut self, line: u64, outcome: &Outcome) {
        self.hold.see_run(line, outcome);
        self.ended(line, outcome);
    }

    /// Any line that waits.
    pub(super) fn pop(&mut self) -> Option<Item> {
        if let Some(again) = self.again.pop_front() {
            return Some(again.item);
        }
        self.unpark(self.parked.len().checked_sub(1)?)
    }

    /// Whether a line waits for its start.
    pub(super) fn has_waiting(&self) -> bool {
        self.parked_count + self.again.len() > 0
    }

    /// Whether every line has ended.
    pub(super) const fn is_over(&self) -> bool {
        self.is_read && self.running == 0
    }

    /// The pause of the provider that keeps lines waiting longest.
    pub(super) fn held(&self, now: Instant) -> Option<ShownPause> {
        let pauses = self.flows.iter();
        pauses
            .filter_map(|(provider, flow)| flow.pause(provider, now))
            .max_by_key(|pause| pause.until)
    }

    fn flow_of(&self, service: &Service) -> Option<&Flow> {
        self.flows.get(&self.providers.provider(service))
    }
}
