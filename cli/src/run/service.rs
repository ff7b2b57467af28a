//! What a run asks for.

/// A model and an address: runs with the same ones ask one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Service {
    /// The inputs' model, empty where they name none.
    pub(crate) model: String,
    /// The address that the inputs name.
    pub(crate) address: Option<String>,
}

impl Service {
    /// What stands before the `/` of its model.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.model.split_once('/').map(|(prefix, _)| prefix)
    }
}
