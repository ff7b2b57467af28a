//! One line of the table.

use crate::bench::Bench;
use crate::result::Result;

/// Something that is measured, and what it may be.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) limit: Limit,
    pub(crate) unit: &'static str,
    pub(crate) how: &'static str,
    pub(crate) measure: fn(&Bench) -> Result<Measured>,
}

pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

pub(crate) struct Measured {
    /// In the figure's unit.
    pub(crate) value: f64,
    /// What the value comes from, for people.
    pub(crate) detail: String,
}

impl Figure {
    /// The line, and whether the limit is kept. A figure that cannot be measured keeps none.
    pub(crate) fn line(&self, bench: &Bench) -> (String, bool) {
        let (measured, passes) = match (self.measure)(bench) {
            Ok(Measured { value, detail }) => {
                let passes = match self.limit {
                    Limit::AtMost(limit) => value <= limit,
                    Limit::AtLeast(limit) => value >= limit,
                };
                (format!("**{value:.2} {}** ({detail})", self.unit), passes)
            }
            Err(error) => (format!("not measured: {error}"), false),
        };
        let limit = match self.limit {
            Limit::AtMost(limit) => format!("≤ {limit} {}", self.unit),
            Limit::AtLeast(limit) => format!("≥ {limit} {}", self.unit),
        };
        let verdict = if passes { "pass" } else { "MISS" };
        let line = format!(
            "| {} (`{}`) | {measured} | {limit} | {verdict} | {} |",
            self.what, self.name, self.how
        );
        (line, passes)
    }
}
