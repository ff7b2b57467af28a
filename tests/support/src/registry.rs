//! An OCI registry in this process, which a test fills, breaks and looks into.
//!
//! ```no_run
//! use support::Registry;
//!
//! let registry = Registry::start();
//! let digest = registry.index("o/r/p", "latest", &["linux/amd64", "linux/arm64"]);
//! println!("{}/o/r/p@{digest}", registry.host());
//! ```

mod content;
mod login;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::json;

use crate::answer::Answer;
use crate::dir::sha256;
use crate::server::{Request, Server};
use crate::tls::Authority;
use content::{IMAGE, INDEX};
use login::Login;
use state::State;

/// A registry on a free port of the loopback interface; it stops when it is dropped.
pub struct Registry {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Registry {
    /// An empty one with the referrers API, for everybody.
    pub fn start() -> Self {
        Self::serve(|answer| Server::start(answer), "127.0.0.1")
    }

    /// The same over TLS, with a certificate of this authority for `0.0.0.0`: that is this machine, and no client takes it for
    /// loopback.
    pub fn tls(authority: &Authority) -> Self {
        Self::serve(
            |answer| Server::start_tls(authority, "0.0.0.0", answer),
            "0.0.0.0",
        )
    }

    fn serve(
        start: impl FnOnce(Box<dyn Fn(&Request) -> Answer + Send + Sync>) -> Server,
        name: &'static str,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::new(name)));
        let server = start(Box::new({
            let state = Arc::clone(&state);
            move |request| state.lock().unwrap().answer(request)
        }));
        Self { server, state }
    }

    /// The host and the port in the names of its images.
    pub fn host(&self) -> String {
        let url = self.server.url("");
        let (_, address) = url.split_once("://").expect("a scheme");
        address.replace("127.0.0.1", self.state().name)
    }

    /// Has no referrers API, as Debian's registry: clients use tags.
    #[must_use]
    pub fn without_referrers(self) -> Self {
        self.state().has_referrers = false;
        self
    }

    /// Leaves out the header with a manifest's digest, as it may.
    #[must_use]
    pub fn without_digests(self) -> Self {
        self.state().has_digests = false;
        self
    }

    /// Asks for this user and password, by the scheme Basic.
    #[must_use]
    pub fn with_basic(self, user: &str, password: &str) -> Self {
        self.state().login = Some(Login::basic(user, password));
        self
    }

    /// Asks for a token, which its own service gives to this user with this password, or for this password as a refresh token; and to
    /// everybody for pulling if `is_public`.
    #[must_use]
    pub fn with_tokens(self, user: &str, password: &str, is_public: bool) -> Self {
        self.state().login = Some(Login::tokens(user, password, is_public));
        self
    }

    /// Answers the next requests whose method and path contain this text (`PUT /v2/`) with these instead, once each.
    pub fn fail(&self, method_and_path: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut state = self.state();
        let failures = answers
            .into_iter()
            .map(|answer| (method_and_path.to_owned(), answer));
        state.failures.extend(failures);
    }

    /// Adds a blob; returns its digest.
    pub fn blob(&self, repository: &str, bytes: &[u8]) -> String {
        self.state().add_blob(repository, bytes.to_vec())
    }

    /// The bytes of a blob.
    pub fn read_blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state
            .blobs
            .get(&(repository.to_owned(), digest.to_owned()))
            .cloned()
    }

    /// Adds a manifest by its digest and, unless it is empty, by this tag; returns the digest.
    pub fn manifest(&self, repository: &str, tag: &str, media_type: &str, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", sha256(bytes));
        let mut state = self.state();
        for reference in [digest.as_str(), tag] {
            if !reference.is_empty() {
                state.add_manifest(repository, reference, media_type, bytes.to_vec());
            }
        }
        digest
    }

    /// The bytes of a manifest, by its tag or digest.
    pub fn read_manifest(&self, repository: &str, reference: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let (_, bytes) = state.manifest(repository, reference)?;
        Some(bytes.clone())
    }

    /// Adds an image of one platform (`linux/amd64`) with an empty layer, and a tag for it unless that is empty; returns its digest.
    pub fn image(&self, repository: &str, tag: &str, platform: &str) -> String {
        let (os, architecture) = platform.split_once('/').expect("os/architecture");
        let config =
            json!({"architecture": architecture, "os": os, "rootfs": {"type": "layers", "diff_ids": []}});
        let config = config.to_string();
        let digest = self.blob(repository, config.as_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": config.len()},
            "layers": [],
        });
        self.manifest(repository, tag, IMAGE, manifest.to_string().as_bytes())
    }

    /// Adds an index of images of these platforms, and a tag for it unless that is empty; returns its digest.
    pub fn index(&self, repository: &str, tag: &str, platforms: &[&str]) -> String {
        let manifests: Vec<_> = platforms
            .iter()
            .map(|platform| {
                let digest = self.image(repository, "", platform);
                let size = self
                    .read_manifest(repository, &digest)
                    .expect("it is there")
                    .len();
                let (os, architecture) = platform.split_once('/').expect("os/architecture");
                json!({
                    "mediaType": IMAGE,
                    "digest": digest,
                    "size": size,
                    "platform": {"architecture": architecture, "os": os},
                })
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.manifest(repository, tag, INDEX, index.to_string().as_bytes())
    }

    /// Removes a manifest by its tag or digest.
    pub fn remove(&self, repository: &str, reference: &str) {
        let key = (repository.to_owned(), reference.to_owned());
        self.state().manifests.remove(&key).expect("it is there");
    }

    /// The tags of a repository, sorted.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        self.state().tags(repository)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// How many blobs were pushed over HTTP.
    pub fn blobs_pushed(&self) -> usize {
        self.state().blobs_pushed
    }

    /// How many manifests and indexes were pushed over HTTP.
    pub fn manifests_pushed(&self) -> usize {
        self.state().manifests_pushed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
