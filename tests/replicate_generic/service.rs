//! Plays Replicate's part on loopback: predictions that go on from one question to the next, models, files and assets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Answer, Request, Server, Test};

pub(crate) const TOKEN: &str = "r8_\"odd\\token-ü";
pub(crate) const HEX: &str = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa";

/// A service that answers by its state, which tests look at.
pub(crate) struct Service {
    server: Server,
    state: Arc<Mutex<State>>,
    gate: Arc<Gate>,
}

/// Holds answers to those who ask for a prediction back, while it is closed.
#[derive(Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let closed = self.is_closed.lock().unwrap();
        drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
    }
}

/// What it knows.
#[derive(Default)]
pub(crate) struct State {
    /// The answers about a prediction, in turn; the last is repeated. `{origin}` is that of the service.
    pub(crate) course: Vec<String>,
    /// How far each prediction has come.
    pub(crate) predictions: Vec<usize>,
    pub(crate) cancelled: Vec<String>,
    /// Whether cancelling has an effect.
    pub(crate) ignores_cancelling: bool,
    /// The answers about models and versions, by the path after `/v1/models/`.
    pub(crate) models: BTreeMap<String, Value>,
    /// Models without an endpoint of their own.
    pub(crate) is_community: bool,
    /// Input files by id; those that were removed are empty.
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) assets: BTreeMap<String, Asset>,
    /// How many predictions may be made in which time, and when the last ones were.
    pub(crate) limit: Option<(usize, Duration)>,
    pub(crate) asked_at: VecDeque<Instant>,
    /// Answers that come instead, each once, for requests whose method and path begin like this.
    pub(crate) faults: Vec<(&'static str, VecDeque<Answer>)>,
}

/// A file that can be fetched.
pub(crate) struct Asset {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: Option<&'static str>,
    /// With one, ranges are served.
    pub(crate) etag: Option<&'static str>,
    /// How many answers break off in the middle.
    pub(crate) breaks: usize,
}

impl Asset {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            content_type: Some(content_type),
            etag: None,
            breaks: 0,
        }
    }
}

impl Service {
    /// A service whose predictions take this course: the members of each answer, without braces.
    pub(crate) fn new(course: &[&str]) -> Self {
        let state = Arc::new(Mutex::new(State {
            course: course.iter().map(|&step| step.to_owned()).collect(),
            ..State::default()
        }));
        let gate = Arc::new(Gate::default());
        let server = Server::start({
            let (state, gate) = (Arc::clone(&state), Arc::clone(&gate));
            move |request| {
                if request.path.ends_with("/predictions") {
                    gate.pass();
                }
                state.lock().unwrap().answer(request)
            }
        });
        Self { server, state, gate }
    }

    /// Answers to those who ask for a prediction are held back from now on, or no longer.
    pub(crate) fn hold_back(&self, is_closed: bool) {
        *self.gate.is_closed.lock().unwrap() = is_closed;
        self.gate.opened.notify_all();
    }

    /// A service whose predictions have succeeded with this output, which is a file wherever it is a text.
    pub(crate) fn with_output(output: &str) -> Self {
        let service = Self::new(&[&format!(r#""status":"succeeded","output":{output}"#)]);
        service.says_of_output(json!({"anyOf": [
            {"type": "string", "format": "uri"},
            {"type": "array", "items": {"type": "string", "format": "uri"}},
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Output"}},
        ]}));
        service
    }

    /// What the version's schema says of its output.
    pub(crate) fn says_of_output(&self, schema: Value) {
        self.says(json!({"Output": schema}));
    }

    /// The version's schemas.
    pub(crate) fn says(&self, schemas: Value) {
        let version = json!({"id": HEX, "openapi_schema": {"components": {"schemas": schemas}}});
        let mut state = self.state();
        state
            .models
            .insert("owner/name".to_owned(), json!({"latest_version": version}));
        state.models.insert(format!("owner/name/versions/{HEX}"), version);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers the next requests that begin like this so instead.
    pub(crate) fn fail(&self, start: &'static str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.state().faults.push((start, answers.into_iter().collect()));
        self
    }

    /// Refuses whoever asks for more predictions than that in such a time.
    pub(crate) fn allow(&self, count: usize, time: Duration) -> &Self {
        self.state().limit = Some((count, time));
        self
    }

    pub(crate) fn asset(&self, path: &str, asset: Asset) -> &Self {
        self.state().assets.insert(path.to_owned(), asset);
        self
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    pub(crate) fn wait_for(&self, count: usize) {
        self.server.wait_for(count);
    }

    /// Method and path of every request so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.requests();
        let line = |request: &Request| format!("{} {}", request.method, request.path);
        requests.iter().map(line).collect()
    }

    /// A real run against this service without a check of the parameters: most tests are about what comes later.
    pub(crate) fn test(&self, document: &str) -> Test {
        self.checked_test(document).env("REPLICATE_SCHEMA_CHECK", "off")
    }

    /// The same as people run it, with the check.
    pub(crate) fn checked_test(&self, document: &str) -> Test {
        Test::processor(env!("CARGO_BIN_EXE_replicate-generic"))
            .inputs(document)
            .env("REPLICATE_BASE_URL", self.url("/"))
            .env("REPLICATE_API_TOKEN", TOKEN)
            .env("REPLICATE_ASSETS_FROM_LOOPBACK", "1")
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let line = format!("{} {}", request.method, request.path);
        for (start, answers) in &mut self.faults {
            if line.starts_with(*start)
                && let Some(answer) = answers.pop_front()
            {
                return answer;
            }
        }
        let path = request.path.split('?').next().unwrap();
        let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), &*segments) {
            ("POST", ["v1", "models", _, _, "predictions"]) if self.is_community => missing(),
            ("POST", ["v1", "predictions"] | ["v1", "models" | "deployments", _, _, "predictions"]) => {
                self.create(request)
            }
            ("GET", ["v1", "predictions", id]) => self.tell(request, id),
            ("POST", ["v1", "predictions", id, "cancel"]) => self.cancel(request, id),
            ("POST", ["v1", "files"]) => self.keep(request),
            ("DELETE", ["v1", "files", id]) => self.remove(id),
            ("GET", ["v1", "models", model @ ..]) => match self.models.get(&model.join("/")) {
                Some(told) => Answer::json(200, told),
                None => missing(),
            },
            ("GET", _) => match self.assets.get_mut(path) {
                Some(asset) => asset.answer(request),
                None => missing(),
            },
            _ => missing(),
        }
    }

    fn create(&mut self, request: &Request) -> Answer {
        if let Some((count, time)) = self.limit {
            self.asked_at.retain(|at| at.elapsed() < time);
            if self.asked_at.len() >= count {
                let left = time.saturating_sub(self.asked_at[0].elapsed()).as_secs_f64();
                let told = json!({"detail": "Request was throttled.", "status": 429, "retry_after": left});
                return Answer::json(429, &told);
            }
            self.asked_at.push_back(Instant::now());
        }
        self.predictions.push(0);
        let id = format!("p{}", self.predictions.len());
        Answer::new(201, self.document(request, &id, 0))
    }

    fn tell(&mut self, request: &Request, id: &str) -> Answer {
        let number: usize = id.trim_start_matches('p').parse().unwrap_or(0);
        let Some(step) = number.checked_sub(1).and_then(|at| self.predictions.get_mut(at)) else {
            return missing();
        };
        *step += 1;
        let step = *step;
        Answer::new(200, self.document(request, id, step))
    }

    fn cancel(&mut self, request: &Request, id: &str) -> Answer {
        self.cancelled.push(id.to_owned());
        if !self.ignores_cancelling {
            self.course = vec![r#""status":"canceled""#.to_owned()];
        }
        Answer::new(200, self.document(request, id, 0))
    }

    fn document(&self, request: &Request, id: &str, step: usize) -> String {
        let origin = request.origin();
        let step = self.course.get(step).or(self.course.last()).unwrap();
        let step = step.replace("{origin}", &origin);
        format!(
            r#"{{"id":"{id}","model":"another","model":"owner/name","version":"{HEX}","created_at":"2026-01-01T00:00:00.000Z","started_at":"2026-01-01T00:00:00.500Z","urls":{{"get":"{origin}/v1/predictions/{id}","cancel":"{origin}/v1/predictions/{id}/cancel"}},{step}}}"#
        )
    }

    fn keep(&mut self, request: &Request) -> Answer {
        let content = content_of(request);
        let id = format!("f{}", self.files.len() + 1);
        let told = json!({
            "id": id, "size": content.len(), "checksums": {"sha256": sha256(&content)},
            "urls": {"get": format!("{}/v1/files/{id}", request.origin())},
        });
        self.files.push(content);
        Answer::json(201, &told)
    }

    fn remove(&mut self, id: &str) -> Answer {
        let number: usize = id.trim_start_matches('f').parse().unwrap_or(0);
        match number.checked_sub(1).and_then(|at| self.files.get_mut(at)) {
            Some(content) => {
                content.clear();
                Answer::new(204, "")
            }
            None => missing(),
        }
    }
}

impl Asset {
    /// RFC 9110, section 14: the whole, or the part from a byte on.
    fn answer(&mut self, request: &Request) -> Answer {
        let text = |name| {
            request
                .header(name)
                .map(|value| String::from_utf8_lossy(value).into_owned())
        };
        let from = text("range").and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        });
        let from = from.filter(|_| self.etag.is_some() && text("if-range").as_deref() == self.etag);
        let rest = self.body[from.unwrap_or(0)..].to_vec();
        let length = rest.len();
        let sent = match self.breaks {
            0 => rest,
            _ => {
                self.breaks -= 1;
                rest[..length / 2].to_vec()
            }
        };
        let answer = Answer::new(if from.is_some() { 206 } else { 200 }, sent).promising(length);
        let answer = match from {
            Some(from) => {
                let (last, all) = (self.body.len() - 1, self.body.len());
                answer.header("content-range", &format!("bytes {from}-{last}/{all}"))
            }
            None => answer,
        };
        let headers = [("content-type", self.content_type), ("etag", self.etag)];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        headers.fold(answer, |answer, (name, value)| answer.header(name, value))
    }
}

pub(crate) fn missing() -> Answer {
    Answer::json(
        404,
        &json!({"detail": "The requested resource could not be found.", "status": 404}),
    )
}

/// The content of a form's one part (RFC 7578).
fn content_of(request: &Request) -> Vec<u8> {
    let kind = String::from_utf8_lossy(request.header("content-type").unwrap()).into_owned();
    let boundary = kind.split_once("boundary=").unwrap().1;
    let head_end = b"\r\n\r\n";
    let start = request
        .body
        .windows(head_end.len())
        .position(|window| window == head_end);
    let end = format!("\r\n--{boundary}--\r\n");
    let content = &request.body[start.unwrap() + head_end.len()..];
    content.strip_suffix(end.as_bytes()).unwrap().to_vec()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut hasher = runtime::Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}
