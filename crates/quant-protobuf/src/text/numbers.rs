//! Floats as protobuf's writers print them.

/// Six digits, if they read back as the same float, else nine.
pub fn single(value: f32) -> String {
    let short = general(f64::from(value), 6);
    if short
        .parse::<f32>()
        .is_ok_and(|read| read.to_bits() == value.to_bits())
    {
        return short;
    }
    general(f64::from(value), 9)
}

/// Fifteen digits, if they read back as the same float, else seventeen.
pub fn double(value: f64) -> String {
    let short = general(value, 15);
    if short
        .parse::<f64>()
        .is_ok_and(|read| read.to_bits() == value.to_bits())
    {
        return short;
    }
    general(value, 17)
}

/// What C's `printf` makes of `%.*g`: `digits` significant digits, with an exponent when it is below −4 or not below
/// `digits`, without zeros at the end.
pub fn general(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let most = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= most {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs());
    }
    let decimals = most.saturating_sub(1).saturating_sub(exponent);
    let decimals = usize::try_from(decimals).unwrap_or_default();
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

/// Without zeros behind the point.
fn trimmed(text: &str) -> &str {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.')
}
