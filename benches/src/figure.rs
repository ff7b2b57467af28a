//! One line of the table.

use crate::bench::Bench;
use crate::result::Result;

/// Something that is measured.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) how: &'static str,
    pub(crate) measure: fn(&Bench) -> Result<Measured>,
}

pub(crate) struct Measured {
    /// In the figure's unit.
    pub(crate) value: f64,
    /// What the value comes from, for people.
    pub(crate) detail: String,
}

impl Figure {
    pub(crate) fn line(&self, bench: &Bench) -> String {
        let measured = match (self.measure)(bench) {
            Ok(Measured { value, detail }) => format!("**{value:.2} {}** ({detail})", self.unit),
            Err(error) => format!("not measured: {error}"),
        };
        format!("| {} (`{}`) | {measured} | {} |", self.what, self.name, self.how)
    }
}
