//! What a registry has, and how it answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::content::INDEX;
use super::login::{Login, TOKENS};
use crate::answer::Answer;
use crate::dir::sha256;
use crate::server::Request;

/// A repository, and a tag or a digest in it.
type Key = (String, String);

pub(super) struct State {
    /// The registry's own name.
    pub(super) name: &'static str,
    pub(super) blobs: BTreeMap<Key, Vec<u8>>,
    /// With their media types.
    pub(super) manifests: BTreeMap<Key, (String, Vec<u8>)>,
    uploads: BTreeMap<usize, Vec<u8>>,
    next_upload: usize,
    pub(super) has_referrers: bool,
    pub(super) has_digests: bool,
    pub(super) login: Option<Login>,
    /// What the path contains, and the answer.
    pub(super) failures: Vec<(String, Answer)>,
    pub(super) blobs_pushed: usize,
    pub(super) manifests_pushed: usize,
}

impl State {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            blobs: BTreeMap::new(),
            manifests: BTreeMap::new(),
            uploads: BTreeMap::new(),
            next_upload: 0,
            has_referrers: true,
            has_digests: true,
            login: None,
            failures: Vec::new(),
            blobs_pushed: 0,
            manifests_pushed: 0,
        }
    }

    pub(super) fn add_blob(&mut self, repository: &str, bytes: Vec<u8>) -> String {
        let digest = format!("sha256:{}", sha256(&bytes));
        self.blobs.insert((repository.to_owned(), digest.clone()), bytes);
        digest
    }

    pub(super) fn add_manifest(
        &mut self,
        repository: &str,
        reference: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) {
        let key = (repository.to_owned(), reference.to_owned());
        self.manifests.insert(key, (media_type.to_owned(), bytes));
    }

    pub(super) fn manifest(&self, repository: &str, reference: &str) -> Option<&(String, Vec<u8>)> {
        self.manifests.get(&(repository.to_owned(), reference.to_owned()))
    }

    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        let keys = self.manifests.keys();
        let of_repository = keys.filter(|(other, reference)| other == repository && !reference.contains(':'));
        of_repository.map(|(_, tag)| tag.clone()).collect()
    }

    /// What a test wants instead, as often as it wants it, else a whole answer.
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let line = format!("{} {}", request.method, request.path);
        let failure = self
            .failures
            .iter()
            .position(|(part, _)| line.contains(part.as_str()));
        match failure {
            Some(at) => self.failures.remove(at).1,
            None if request.method == "HEAD" => self.good_answer(request).keeping_alive().head_only(),
            None => self.good_answer(request).keeping_alive(),
        }
    }

    fn good_answer(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if let Some(login) = &self.login {
            if path == TOKENS {
                return login.answer(request);
            }
            if let Some(refused) = login.refuse(request) {
                return refused;
            }
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return Answer::new(404, "404 page not found\n");
        };
        if rest.is_empty() {
            return Answer::json(200, &json!({}));
        }
        for form in ["blobs/uploads", "manifests", "blobs", "referrers", "tags"] {
            if let Some((repository, reference)) = rest.split_once(&format!("/{form}/")) {
                return match form {
                    "blobs/uploads" => self.upload(request, repository, reference, query),
                    "manifests" => self.manifests(request, repository, reference),
                    "blobs" => self.blob(repository, reference),
                    "referrers" => self.referrers(repository, reference),
                    _ => Answer::json(200, &json!({"name": repository, "tags": self.tags(repository)})),
                };
            }
        }
        Answer::new(404, "404 page not found\n")
    }

    fn manifests(&mut self, request: &Request, repository: &str, reference: &str) -> Answer {
        let digest = |bytes: &[u8]| format!("sha256:{}", sha256(bytes));
        if request.method == "PUT" {
            let media_type = request.header("content-type").unwrap_or_default();
            let media_type = String::from_utf8_lossy(media_type).into_owned();
            let digest = digest(&request.body);
            if reference.contains(':') && reference != digest {
                return error(400, "DIGEST_INVALID");
            }
            if let Some(missing) = self.missing(repository, &request.json()) {
                return error(400, missing);
            }
            for reference in [digest.as_str(), reference] {
                self.add_manifest(repository, reference, &media_type, request.body.clone());
            }
            self.manifests_pushed += 1;
            let mut answer = Answer::new(201, "")
                .header("location", &format!("/v2/{repository}/manifests/{digest}"))
                .header("docker-content-digest", &digest);
            if let Some(subject) = request.json()["subject"]["digest"]
                .as_str()
                .filter(|_| self.has_referrers)
            {
                answer = answer.header("oci-subject", subject);
            }
            return answer;
        }
        let Some((media_type, bytes)) = self.manifest(repository, reference) else {
            let has_repository = self.manifests.keys().any(|(other, _)| other == repository);
            return error(
                404,
                if has_repository {
                    "MANIFEST_UNKNOWN"
                } else {
                    "NAME_UNKNOWN"
                },
            );
        };
        let answer = Answer::new(200, bytes.as_slice()).header("content-type", media_type);
        if self.has_digests {
            answer.header("docker-content-digest", &digest(bytes))
        } else {
            answer
        }
    }

    /// What a manifest names and the repository lacks.
    fn missing(&self, repository: &str, manifest: &Value) -> Option<&'static str> {
        let lacks = |descriptor: &Value, blob: bool| {
            let digest = descriptor["digest"].as_str().unwrap_or_default();
            let key = (repository.to_owned(), digest.to_owned());
            !(if blob {
                self.blobs.contains_key(&key)
            } else {
                self.manifests.contains_key(&key)
            })
        };
        let list = |name: &str| manifest[name].as_array().cloned().unwrap_or_default();
        let config = manifest["config"].is_object().then(|| manifest["config"].clone());
        if list("layers").iter().chain(&config).any(|blob| lacks(blob, true)) {
            return Some("MANIFEST_BLOB_UNKNOWN");
        }
        list("manifests")
            .iter()
            .any(|manifest| lacks(manifest, false))
            .then_some("MANIFEST_UNKNOWN")
    }

    fn blob(&self, repository: &str, digest: &str) -> Answer {
        match self.blobs.get(&(repository.to_owned(), digest.to_owned())) {
            Some(bytes) => Answer::new(200, bytes.as_slice())
                .header("content-type", "application/octet-stream")
                .header("docker-content-digest", digest),
            None => error(404, "BLOB_UNKNOWN"),
        }
    }

    fn upload(&mut self, request: &Request, repository: &str, id: &str, query: &str) -> Answer {
        let location = |id: usize| format!("/v2/{repository}/blobs/uploads/{id}?_state=x");
        if request.method == "POST" {
            self.next_upload += 1;
            self.uploads.insert(self.next_upload, Vec::new());
            return Answer::new(202, "").header("location", &location(self.next_upload));
        }
        let Some((id, mut bytes)) = id
            .parse()
            .ok()
            .and_then(|id| Some((id, self.uploads.remove(&id)?)))
        else {
            return error(404, "BLOB_UPLOAD_UNKNOWN");
        };
        bytes.extend_from_slice(&request.body);
        if request.method == "PATCH" {
            let range = format!("0-{}", bytes.len().saturating_sub(1));
            self.uploads.insert(id, bytes);
            return Answer::new(202, "")
                .header("location", &location(id))
                .header("range", &range);
        }
        let mut params = query.split('&').filter_map(|pair| pair.strip_prefix("digest="));
        let named = params.next().unwrap_or_default().replace("%3A", ":");
        if named != format!("sha256:{}", sha256(&bytes)) {
            return error(400, "DIGEST_INVALID");
        }
        self.add_blob(repository, bytes);
        self.blobs_pushed += 1;
        Answer::new(201, "")
            .header("location", &format!("/v2/{repository}/blobs/{named}"))
            .header("docker-content-digest", &named)
    }

    fn referrers(&self, repository: &str, digest: &str) -> Answer {
        if !self.has_referrers {
            return Answer::new(404, "404 page not found\n");
        }
        let of_repository = self
            .manifests
            .iter()
            .filter(|((other, reference), _)| other == repository && reference.contains(':'));
        let manifests: Vec<_> = of_repository
            .filter_map(|((_, reference), (media_type, bytes))| {
                let manifest: Value = serde_json::from_slice(bytes).ok()?;
                (manifest["subject"]["digest"] == digest).then(|| {
                    json!({
                        "mediaType": media_type,
                        "digest": reference,
                        "size": bytes.len(),
                        "artifactType": manifest["artifactType"],
                        "annotations": manifest["annotations"],
                    })
                })
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        Answer::new(200, index.to_string()).header("content-type", INDEX)
    }
}

fn error(status: u16, code: &str) -> Answer {
    Answer::json(
        status,
        &json!({"errors": [{"code": code, "message": "as the test wants it"}]}),
    )
}
