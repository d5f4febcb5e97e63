//! Sizes of models: bytes, a number that a person reads, and the part of another model that they are.

use std::path::Path;

use quant_core::format::Export;
use quant_core::ir::Model;

/// The size of a model that was read: of its file, or, of a recipe or a pipe, of the file that it would be.
pub fn of(path: Option<&Path>, model: &Model) -> Option<u64> {
    let file = path.filter(|path| path.extension().is_none_or(|extension| extension != "recipe"));
    let meta = file.and_then(|path| std::fs::metadata(path).ok());
    match meta.filter(std::fs::Metadata::is_file) {
        Some(meta) => Some(meta.len()),
        None => Export::new(model, model.format).ok().map(|file| file.len()),
    }
}

/// A size as in `3456 bytes (3.5 kB, 27 % of the float model's 12.9 kB)`; `whose` names the other model.
pub fn compared(bytes: u64, other: Option<u64>, whose: &str) -> String {
    let mut words = Vec::new();
    if bytes >= 1000 {
        words.push(short(bytes));
    }
    if let Some(other) = other.filter(|other| *other > 0) {
        let percent = 100.0 * bytes as f64 / other as f64;
        let digits = usize::from(percent < 10.0);
        words.push(format!("{percent:.digits$} % of {whose}'s {}", short(other)));
    }
    match words.join(", ").as_str() {
        "" => format!("{bytes} bytes"),
        words => format!("{bytes} bytes ({words})"),
    }
}

/// A size in B, kB, MB or GB, a thousand of one being one of the next.
pub fn short(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 999.5 {
            return number(value, unit);
        }
        value /= 1000.0;
    }
    number(value, "GB")
}

fn number(value: f64, unit: &str) -> String {
    if unit == "B" || value >= 99.95 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (99_949, "99.9 kB"),
            (99_951, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (4_300_000_000, "4.3 GB"),
        ] {
            assert_eq!(short(bytes), text, "{bytes}");
        }
        assert_eq!(
            compared(3456, Some(12_900), "the float model"),
            "3456 bytes (3.5 kB, 27 % of the float model's 12.9 kB)"
        );
        assert_eq!(
            compared(3456, Some(129_000), "x"),
            "3456 bytes (3.5 kB, 2.7 % of x's 129 kB)"
        );
        assert_eq!(compared(7, None, "x"), "7 bytes");
        assert_eq!(compared(7, Some(70), "x"), "7 bytes (10 % of x's 70 B)");
    }
}
