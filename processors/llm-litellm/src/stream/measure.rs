//! When to measure the memory that a completion takes, which takes time.

use runtime::http::LARGEST_BODY;

/// How much memory a byte of a stream can take, at most and about: `{},` becomes an item of its own.
const MOST_GROWTH: u64 = 32;

/// The completion is not measured again for fewer bytes.
const FEWEST_BYTES: u64 = 256 * 1024;

/// The most memory that a completion may take, in bytes: a text of 64 MiB, as a plain answer may have, with room to grow.
pub(super) const LARGEST: u64 = LARGEST_BODY as u64 * 3 / 2;

/// No event of fewer bytes has too many values.
const LARGE_EVENT: usize = 8 * 1024 * 1024;

/// How many values an event may have: an answer that comes in one, with all its log probabilities, has fewer.
const MOST_VALUES: usize = 5_000_000;

/// Whether an event has so many values that to read it would take gigabytes.
pub(super) fn has_too_many_values(event: &[u8]) -> bool {
    if event.len() < LARGE_EVENT {
        return false;
    }
    let (mut values, mut is_string, mut is_escaped) = (0, false, false);
    for byte in event {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b',' | b'[' | b'{' if !is_string => values += 1,
            _ => {}
        }
    }
    values > MOST_VALUES
}

/// The next measurement.
#[derive(Debug)]
pub(super) struct Measure {
    /// How many bytes of the stream have come then.
    next: u64,
}

impl Default for Measure {
    fn default() -> Self {
        Self {
            next: LARGEST / MOST_GROWTH,
        }
    }
}

impl Measure {
    /// Whether the completion may have become too large, now that so many bytes have come.
    pub(super) const fn is_due(&self, bytes: u64) -> bool {
        bytes >= self.next
    }

    /// Takes the size of the completion; returns whether it is too large.
    pub(super) fn is_too_large(&mut self, bytes: u64, size: usize) -> bool {
        let room = LARGEST.checked_sub(size as u64);
        self.next = bytes + (room.unwrap_or(0) / MOST_GROWTH).max(FEWEST_BYTES);
        room.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_measured_more_often_as_there_is_less_room() {
        let mut measure = Measure::default();
        assert!(!measure.is_due(1 << 20) && measure.is_due(3 << 20));
        assert!(!measure.is_too_large(3 << 20, 0));
        assert!(!measure.is_due(4 << 20) && measure.is_due(6 << 20));
        let largest = usize::try_from(LARGEST).unwrap();
        assert!(!measure.is_too_large(6 << 20, largest));
        assert!(measure.is_due((6 << 20) + FEWEST_BYTES));
        assert!(measure.is_too_large(7 << 20, largest + 1));
    }

    #[test]
    fn values_are_counted_outside_of_strings() {
        let event = |inside: &str| format!(r#"{{"a":[{inside}0]}}"#);
        let zeros = "0,".repeat(MOST_VALUES + 1);
        assert!(has_too_many_values(event(&zeros).as_bytes()));
        let text = format!(r#""\"{zeros}\\","#);
        assert!(!has_too_many_values(event(&text).as_bytes()));
        assert!(!has_too_many_values(b"[0,0]"));
    }
}
