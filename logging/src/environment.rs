//! Environment variables that tests can set.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Looks up environment variables by name.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn process() -> Self {
        Self(Arc::new(|name| std::env::var_os(name)))
    }

    /// These variables and no others.
    pub fn from_variables<N: Into<String>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables: BTreeMap<String, OsString> = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self(Arc::new(move |name| variables.get(name).cloned()))
    }

    /// The value of a variable; one that is set to the empty string counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(..)") // values may be secrets
    }
}
