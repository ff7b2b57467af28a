//! From options and a document to a call, everything checked before anything is started.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use documents::inputs::{Hashes, InputFile, normalize, placeholders};
use documents::json::{Members, Node, Order};
use documents::{Error as DocumentError, ErrorCode, ExecutionId, Mode, WritePrefix, is_ci, json};
use logging::Redactor;
use serde_json::{Map, Value};
use store::Store;

use super::attach::{Attachment, Attachments};
use super::named_files;
use super::options::Run;
use super::schema::ParamsSchema;
use super::service::Service;
use crate::adapter::Adapter;
use crate::call::Call;
use crate::error::Error;
use crate::local;
use crate::paths;
use crate::registry::{Entry, Registry};
use crate::session::Session;

/// What all runs of one command have in common.
pub(crate) struct Plan {
    registry: Registry,
    entry: Arc<Entry>,
    schema: ParamsSchema,
    template: Arc<str>,
    mode: Option<Mode>,
    attachments: Mutex<Attachments>,
    store: Arc<dyn Store>,
    timeout: Duration,
    plan_id: Option<String>,
    is_batch: bool,
    redactor: Redactor,
    session: Session,
}

/// An inputs document that can be hashed.
pub(crate) struct Document {
    bytes: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) hashes: Hashes,
    /// What it asks for.
    pub(crate) service: Service,
    pub(crate) params: Map<String, Value>,
    files: BTreeMap<String, InputFile>,
}

impl Document {
    /// Whether the parameters name a file.
    pub(crate) fn names(&self, file: &str) -> bool {
        named_files::is_named(&self.params, file)
    }

    fn become_of(self, call: &mut Call) {
        call.mode = self.mode;
        call.document = Arc::new(self.bytes);
        call.hashes = Some(self.hashes);
    }
}

/// A call and whether it may be made; where it may not, its receipts say why.
pub(crate) struct Checked {
    pub(crate) call: Call,
    pub(crate) verdict: Result<(), Error>,
}

impl Plan {
    /// Reads the entry and the options that every run needs.
    ///
    /// # Errors
    ///
    /// `ERR_PREFIX_TEMPLATE`, `ERR_REGISTRY` or `ERR_USAGE`.
    pub(crate) fn new(run: &Run, session: &Session) -> Result<Self, Error> {
        if !run.write_prefix.contains("{execution_id}") {
            return Err(Error::new(
                ErrorCode::PrefixTemplate,
                "the write prefix has no `{execution_id}`",
            )
            .hint("put one in, so that every run has a directory of its own"));
        }
        let registry = run.registry.find(&session.environment)?;
        let entry = registry.entry(&run.processor_ref)?;
        let store = run.artifacts.store(&session.environment)?;
        Ok(Self {
            schema: ParamsSchema::compile(&entry.processor_ref, entry.inputs.schema.as_ref())?,
            timeout: run.timeout.unwrap_or_else(|| entry.timeout()),
            template: run.write_prefix.as_str().into(),
            mode: run.mode,
            attachments: Mutex::new(Attachments::new(
                run.attach.clone(),
                Arc::clone(&store),
                session.environment.clone(),
            )),
            store,
            plan_id: run.plan_id.clone(),
            is_batch: run.source.batch.is_some(),
            redactor: Redactor::default(),
            session: session.clone(),
            entry: Arc::new(entry),
            registry,
        })
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Finds or builds what the runs start.
    pub(crate) fn adapter(&self, run: &Run) -> Result<Arc<dyn Adapter>, Error> {
        let Self {
            entry,
            registry,
            store,
            redactor,
            session,
            ..
        } = self;
        let artifacts = store.host_path().unwrap_or(Path::new(paths::ARTIFACTS));
        local::prepare(
            run.engine, entry, registry, artifacts, run.build, redactor, session,
        )
    }

    /// Reads the attached files before any document needs them; returns their names.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` or `ERR_OUTPUT_WRITE`.
    pub(crate) fn read_attachments(&self) -> Result<Vec<String>, Error> {
        let mut attachments = self.attachments.lock().unwrap_or_else(PoisonError::into_inner);
        let names = attachments.read()?.iter();
        Ok(names.map(|attachment| attachment.name.clone()).collect())
    }

    /// Sets the mode of every document, as `--mode` does.
    pub(crate) fn with_mode(self, mode: Option<Mode>) -> Self {
        Self { mode, ..self }
    }

    /// Takes one inputs document, with the mode and the files that the options add.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS`, `ERR_MODE`, and `ERR_USAGE` where the options contradict it.
    pub(crate) fn document(&self, mut value: Node<'_>) -> Result<Document, Error> {
        {
            let mut attachments = self.attachments.lock().unwrap_or_else(PoisonError::into_inner);
            let attachments = attachments.read()?;
            if let Node::Object(fields) = &mut value {
                set_mode(fields, self.mode)?;
                add_files(fields, attachments)?;
            }
        }
        let bytes = json::to_bytes(&value, Order::Given);
        let normalized = normalize(value)?;
        Ok(Document {
            bytes,
            mode: normalized.mode,
            hashes: normalized.hashes,
            service: Service {
                model: normalized.model.unwrap_or_default(),
                address: normalized
                    .params
                    .get("api_base")
                    .and_then(Node::as_str)
                    .map(str::to_owned),
            },
            params: normalized.params.into_map(),
            files: normalized.files,
        })
    }

    /// Makes a call of a document.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_ID` and the path codes: without good names there is no place for receipts.
    pub(crate) fn call(
        &self,
        execution_id: &str,
        document: Result<Document, Error>,
    ) -> Result<Checked, Error> {
        let mut call = self.unchecked(execution_id)?;
        let verdict = document.and_then(|mut document| {
            let checked = self.check(&mut document);
            document.become_of(&mut call);
            checked?;
            let mut attachments = self.attachments.lock().unwrap_or_else(PoisonError::into_inner);
            attachments.store()
        });
        Ok(Checked { call, verdict })
    }

    /// The call of a document that does not run, to look for what an earlier one has left.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub(crate) fn unchecked_call(&self, execution_id: &str, document: Document) -> Result<Call, Error> {
        let mut call = self.unchecked(execution_id)?;
        document.become_of(&mut call);
        Ok(call)
    }

    /// Checks that an execution id, or what it begins with, may stand in paths and documents.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_ID` for the value of a secret.
    pub(crate) fn check_id(&self, id: &str) -> Result<(), Error> {
        if self.redactor.redact(id) == id {
            return Ok(());
        }
        let message = "the execution id would hold the value of a secret, and stand in paths and receipts";
        Err(Error::new(ErrorCode::ExecutionId, message).hint("give another one with --execution-id"))
    }

    /// The call by which the processor is asked for estimates: that of no execution.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub(crate) fn call_of_estimates(&self) -> Result<Call, Error> {
        Ok(Call {
            mode: Mode::Real,
            ..self.unchecked("estimates")?
        })
    }

    fn unchecked(&self, execution_id: &str) -> Result<Call, Error> {
        let execution_id = ExecutionId::parse(execution_id)?;
        self.check_id(execution_id.as_str())?;
        let prefix = WritePrefix::expand(&self.template, &execution_id)?;
        Ok(Call {
            plan_id: self.plan_id.clone(),
            entry: Arc::clone(&self.entry),
            execution_id,
            prefix,
            template: Arc::clone(&self.template),
            mode: self.mode.unwrap_or(Mode::Mock),
            document: Arc::default(),
            hashes: None,
            timeout: self.timeout,
            redactor: self.redactor.clone(),
        })
    }

    /// Checks all that can be known before a run is started; takes the parameters out of the document.
    ///
    /// # Errors
    ///
    /// `ERR_CI_SAFETY`, `ERR_INPUTS` or `ERR_MISSING_SECRET`.
    pub(crate) fn check(&self, document: &mut Document) -> Result<(), Error> {
        document.mode.guard(is_ci(self.session.environment.get("CI")))?;
        let params = self.schema.check(std::mem::take(&mut document.params))?;
        self.check_files(&params, &document.files)?;
        self.secrets(document.mode, params)
    }

    fn check_files(
        &self,
        params: &Map<String, Value>,
        files: &BTreeMap<String, InputFile>,
    ) -> Result<(), Error> {
        named_files::check(params, files, &self.session.environment)?;
        let mut attachments = self.attachments.lock().unwrap_or_else(PoisonError::into_inner);
        let attached = attachments.read()?;
        let is_attached = |name: &str| attached.iter().any(|attachment| attachment.name == name);
        named_files::are_there(files, is_attached, &*self.store)?;
        // of a batch, one line has to name it
        match attached
            .iter()
            .find(|file| !named_files::is_named(params, &file.name))
        {
            Some(unused) if !self.is_batch => Err(named_files::unused(&unused.name)),
            _ => Ok(()),
        }
    }

    /// In real mode: all required secrets are there, and every value is known to the redactor.
    fn secrets(&self, mode: Mode, params: Map<String, Value>) -> Result<(), Error> {
        if mode == Mode::Mock {
            return Ok(());
        }
        let environment = &self.session.environment;
        let required = self.entry.secrets.required.iter();
        let mut needed: Vec<String> = required.map(|name| name.as_str().to_owned()).collect();
        needed.extend(requested_secrets(&self.entry, params)?);
        let missing: Vec<_> = needed
            .into_iter()
            .filter(|name| environment.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            let processor_ref = &self.entry.processor_ref;
            let message = format!("{processor_ref} needs {} in real mode", missing.join(", "));
            let hint = "set it in the environment, or use mode mock";
            return Err(Error::new(ErrorCode::MissingSecret, message).hint(hint));
        }
        for name in self.entry.secrets.names() {
            if let Some(value) = environment.get(name.as_str()) {
                self.redactor.add(name.as_str(), &value.to_string_lossy());
            }
        }
        logging::proxies::hide(&environment.to_lookup(), &self.redactor);
        Ok(())
    }
}

/// The secrets that the parameters ask for by `{"$secret":"NAME"}`. One that the entry does not name would not be passed on: it
/// is `ERR_INPUTS`.
fn requested_secrets(entry: &Entry, mut params: Map<String, Value>) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    placeholders::replace(&mut params, placeholders::SECRET, &mut |name, at| {
        if !entry.secrets.names().any(|known| known.as_str() == name) {
            return Err(DocumentError::new(
                ErrorCode::Inputs,
                format!(
                    "{at} asks for a secret that the registry entry of {} does not name; add it to `secrets` there",
                    entry.processor_ref
                ),
            ));
        }
        names.push(name.to_owned());
        Ok(Value::Null)
    })?;
    Ok(names)
}

fn set_mode(fields: &mut Members<'_>, mode: Option<Mode>) -> Result<(), Error> {
    let Some(mode) = mode else {
        return Ok(());
    };
    match fields.get("mode") {
        None => fields.push("mode", Node::Text(mode.as_str().into())),
        Some(own) if own.as_str() == Some(mode.as_str()) => {}
        Some(_) => {
            let message = format!(
                "--mode {} differs from /mode of the inputs document",
                mode.as_str()
            );
            return Err(Error::new(ErrorCode::Usage, message).hint("give one of the two"));
        }
    }
    Ok(())
}

fn add_files(fields: &mut Members<'_>, attachments: &[Attachment]) -> Result<(), Error> {
    if attachments.is_empty() {
        return Ok(());
    }
    if fields.get("files").is_none() {
        fields.push("files", Node::Object(Members::default()));
    }
    let Some(Node::Object(files)) = fields.get_mut("files") else {
        return Ok(()); // wrong, which is reported when the document is checked
    };
    for attachment in attachments {
        if files.get(&attachment.name).is_some() {
            let message = format!("the file {} is given twice", attachment.name);
            return Err(Error::new(ErrorCode::Usage, message).hint("attach it under another name"));
        }
        files.push(attachment.name.clone(), attachment.entry());
    }
    Ok(())
}
