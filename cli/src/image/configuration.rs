//! The configuration of an image: what an engine does with it.

use std::collections::BTreeMap;

use oci_spec::image::{Arch, Config, History, ImageConfiguration, Os, RootFsBuilder};

use super::blob::internal;
use super::layer::{Layer, PATH};
use crate::error::Error;
use crate::oci::Platform;

/// The user of the processor: a number, as an image without a base has no names.
const USER: &str = "65532:65532";

/// What the engine is told: the base's own settings, with the processor as the entry point.
pub(super) fn with_processor(
    platform: Platform,
    mut configuration: ImageConfiguration,
    layer: &Layer,
    labels: &BTreeMap<String, String>,
) -> ImageConfiguration {
    let mut settings = configuration.config().clone().unwrap_or_default();
    settings.set_user(Some(USER.to_owned()));
    settings.set_entrypoint(Some(vec![format!("/{PATH}")]));
    settings.set_cmd(None); // a base's arguments are not the processor's
    settings.set_labels(Some(
        labels
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    ));
    configuration.set_config(Some(settings));
    configuration.set_created(None); // the same source is to give the same image
    configuration.set_os(Os::Linux);
    configuration.set_architecture(architecture(platform));
    configuration
        .rootfs_mut()
        .diff_ids_mut()
        .push(layer.diff_id.clone());
    if let Some(history) = configuration.history_mut() {
        let mut step = History::default();
        step.set_created_by(Some("counterfoil build".to_owned()));
        history.push(step);
    }
    configuration
}

/// The configuration of an image without a base, before the processor is in it.
pub(super) fn scratch() -> Result<ImageConfiguration, Error> {
    let rootfs = RootFsBuilder::default()
        .typ("layers")
        .diff_ids(Vec::<String>::new())
        .build()
        .map_err(|problem| internal(&problem))?;
    let mut configuration = ImageConfiguration::default();
    configuration.set_rootfs(rootfs);
    configuration.set_history(Some(Vec::new()));
    configuration.set_config(Some(Config::default()));
    Ok(configuration)
}

/// The specification's name of a platform's CPU.
pub(super) const fn architecture(platform: Platform) -> Arch {
    match platform {
        Platform::Amd64 => Arch::Amd64,
        Platform::Arm64 => Arch::ARM64,
    }
}
