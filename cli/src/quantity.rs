//! Sizes and durations as people read them, in at most seven characters, and numbers.

/// Bytes: `999 B`, `1.2 KiB`, `34.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut number = bytes as f64 / 1024.0;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    // what would be rounded to 1024.0 is one of the next unit
    while number >= 1023.95
        && let Some(next) = units.next()
    {
        number /= 1024.0;
        unit = next;
    }
    format!("{number:.1} {unit}")
}

/// Milliseconds: `3 ms`, `1.2 s`, `4m05s`, `3h02m`; cut, not rounded.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match (hours, minutes, seconds) {
        (0, 0, 0) => format!("{ms} ms"),
        (0, 0, _) => format!("{seconds}.{} s", ms % 1_000 / 100),
        (0, _, _) => format!("{minutes}m{:02}s", seconds % 60),
        _ => format!("{hours}h{:02}m", minutes % 60),
    }
}

/// A number with its thousands apart: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Dollars with two decimals, or where that says little, the first two that say something.
pub(crate) fn usd(amount: f64) -> String {
    let decimals = match amount {
        _ if amount >= 1.0 || amount <= 0.0 => 2,
        _ => (1.0 - amount.log10().floor()).clamp(2.0, 9.0) as usize,
    };
    format!("{amount:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (1_073_741_824, "1.0 GiB"),
            (5_497_558_138_880, "5.0 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn thousands_are_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn durations() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_999, "59.9 s"),
            (65_000, "1m05s"),
            (10_920_000, "3h02m"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn small_amounts_keep_two_digits() {
        for (amount, text) in [
            (0.0, "0.00"),
            (0.000_123_4, "0.00012"),
            (0.056, "0.056"),
            (0.5, "0.50"),
            (12.345_6, "12.35"),
        ] {
            assert_eq!(usd(amount), text);
        }
    }
}
