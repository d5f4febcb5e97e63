//! What a run tells, in the words of the original.

use std::fmt;

use crate::bits::Bits;

/// What happened to a checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The keys of the state, as they were.
    pub keys: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The tensors that were quantized, in order.
    pub tensors: Vec<TensorReport>,
}

/// What happened to one tensor.
#[derive(Clone, Debug)]
pub struct TensorReport {
    /// Its key.
    pub name: String,
    /// `avg_max`, `max` and `mean`, when asked for.
    pub statistics: Option<[f32; 3]>,
    /// What weights are multiplied by.
    pub factor: f64,
    /// Bits of the weights.
    pub bits: Bits,
    /// The `output_shift` that undoes the factor, which a layer has without a clip method.
    pub shift: Option<f32>,
    /// Whether the original's factor is a list of one, which it is when the checkpoint brings a quantile as one.
    pub(crate) factor_is_list: bool,
    /// Whether the original's factor is a single, not a Python float.
    pub(crate) factor_is_single: bool,
}

impl fmt::Display for TensorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some([avg_max, max, mean]) = self.statistics {
            write!(
                f,
                " avg_max: {} max: {} mean: {}",
                shown(avg_max),
                shown(max),
                shown(mean)
            )?;
        }
        let factor = if self.factor_is_single {
            shown(self.factor as f32)
        } else {
            number(&format!("{:e}", self.factor))
        };
        if self.factor_is_list {
            // NumPy drops the zero behind the point of a number in a list.
            let short = factor
                .strip_suffix(".0")
                .map_or(factor.clone(), |whole| format!("{whole}."));
            write!(f, " factor: [{short}]")?;
        } else {
            write!(f, " factor: {factor}")?;
        }
        write!(f, " bits: {}", self.bits.number())
    }
}

/// A single as NumPy prints it: the shortest decimal that reads back equal, with an exponent below 1e-4 and from
/// 1e16 on.
pub fn shown(x: f32) -> String {
    number(&format!("{x:e}"))
}

/// A number as Python prints it, from its shortest digits in the form `1.5e-7`.
fn number(scientific: &str) -> String {
    let Some((digits, exponent)) = scientific.split_once('e') else {
        // inf, -inf and NaN.
        return scientific.to_lowercase();
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |digits| ("-", digits));
    let plain = digits.replace('.', "");
    if !(-4..16).contains(&exponent) {
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{digits}e{mark}{:02}", exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{plain}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if plain.len() <= whole {
        return format!("{sign}{plain}{}.0", "0".repeat(whole - plain.len()));
    }
    format!("{sign}{}.{}", &plain[..whole], &plain[whole..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_numpy() {
        // `str` of numpy.float32 of each.
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (256.0, "256.0"),
            (0.1, "0.1"),
            (-0.012_345_679, "-0.012345679"),
            (0.0001, "0.0001"),
            (0.000_099_999, "9.9999e-05"),
            (1e-7, "1e-07"),
            (16_777_216.0, "16777216.0"),
            (1.0e15, "1000000000000000.0"),
            (1.0e16, "1e+16"),
            (f32::NAN, "nan"),
            (f32::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(shown(x), text);
        }
    }
}
