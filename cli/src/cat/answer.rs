//! Which output is requested.

use anyhow::{Context as _, bail};
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, WorldPath, layout, receipt};
use store::verify;

use crate::error::Error;
use crate::locate::Located;
use crate::printable::Printable;

/// The output that is the answer, where a processor has several.
const RESPONSE: &str = "outputs/response.json";

/// An output, or the answer that a failure could not use.
pub(super) struct Answer {
    pub(super) path: WorldPath,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
}

/// Finds the output of this path, or the only one.
///
/// # Errors
///
/// For a failure without this answer, and for an index that does not verify; `ERR_USAGE` that lists the outputs where none is named.
pub(super) fn find(located: &Located, named: Option<&str>) -> anyhow::Result<Answer> {
    let receipt = receipt::examine(&located.bytes)
        .receipt
        .with_context(|| format!("{} is not a receipt", Printable(&located.name)))?;
    if receipt.status == Status::Error {
        return rejected(&receipt, named);
    }
    let entries = verify::index(&*located.artifacts, &receipt).map_err(|error| anyhow::anyhow!("{error}"))?;
    let prefix = receipt
        .local_path()
        .map(|path| path.beside(""))
        .unwrap_or_default();
    let relpath = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
    let is = |path: &str, name: &str| {
        let path = relpath(path);
        path == name || path.strip_prefix("outputs/") == Some(name)
    };
    let found = match (named, entries.as_slice()) {
        (None, [only]) => Some(only),
        _ => {
            let name = named.unwrap_or(RESPONSE);
            entries.iter().find(|entry| is(&entry.path, name))
        }
    };
    let Some(entry) = found else {
        let outputs: Vec<_> = entries.iter().take(8).map(|entry| relpath(&entry.path)).collect();
        let more = if entries.len() > outputs.len() {
            ", and more"
        } else {
            ""
        };
        let id = &receipt.execution_id;
        let message = match (named, outputs.is_empty()) {
            (_, true) => format!("{id} has no outputs"),
            (Some(name), false) => format!("{id} has no output {name}; it has {}{more}", outputs.join(", ")),
            (None, false) => format!(
                "{id} has several outputs; name one of {}{more}",
                outputs.join(", ")
            ),
        };
        return Err(Error::new(ErrorCode::Usage, Printable(&message).to_string()).into());
    };
    Ok(Answer {
        path: WorldPath::parse(&entry.path)?,
        sha256: entry.cid.strip_prefix("sha256:").unwrap_or(&entry.cid).to_owned(),
        size_bytes: entry.size_bytes,
    })
}

fn rejected(receipt: &Receipt, named: Option<&str>) -> anyhow::Result<Answer> {
    let id = Printable(&receipt.execution_id);
    let name = format!("{}/{}", layout::REJECTED, layout::REJECTED_ANSWER);
    match &receipt.rejected {
        Some(rejected) if named == Some(&name) => Ok(Answer {
            path: WorldPath::parse(&rejected.path)?,
            sha256: rejected.sha256.clone(),
            size_bytes: rejected.size_bytes,
        }),
        kept => {
            let code = receipt.error.as_ref().map_or("an error", |error| &error.code);
            let code = Printable(code);
            match kept {
                Some(_) => bail!(
                    "{id} failed ({code}) and has no outputs; `counterfoil cat {id} {name}` prints the answer that it could not use"
                ),
                None => bail!("{id} failed ({code}) and has no outputs; `counterfoil show {id}` says why"),
            }
        }
    }
}
