//! What an image says of itself.

use std::collections::BTreeMap;

use super::source::Source;
use crate::registry::Entry;

/// The prefix of the OCI image specification's own annotations, which an index carries too.
pub(super) const OCI: &str = "org.opencontainers.image.";

/// The labels of a processor's image: those of the OCI image specification ("Annotations"), its reference, and the JSON
/// Schema of its `params`.
pub(crate) fn labels(entry: &Entry, source: &Source) -> BTreeMap<String, String> {
    let oci = |name: &str, value: &Option<String>| Some((format!("{OCI}{name}"), value.clone()?));
    let schema = entry.inputs.schema.as_ref().map(ToString::to_string);
    let title = Some(entry.build.package.clone());
    let own = |name: &str, value: String| (format!("dev.counterfoil.{name}"), value);
    [
        oci("title", &title),
        oci("source", &source.url),
        oci("revision", &source.revision),
        oci("version", &source.version),
        oci("licenses", &source.licences),
        Some(own("processor.ref", entry.processor_ref.to_string())),
        schema.map(|schema| own("inputs.schema", schema)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
