//! Comparing what a stage made with its golden.

use std::fmt;

use crate::Stage;
use crate::golden::{Numbers, Tensor};

/// How complete a golden has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Golden and result have the same keys (the project's own goldens).
    Exact,
    /// Only keys of the golden are compared, `min` and `max` of a quantized tensor are not, a zero point of
    /// one value stands for all channels, and a scalar may be written as a list (the original's goldens).
    Present,
}

/// How far a value may be from its golden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// `|got − golden| ≤ absolute + relative · |golden|`.
    Close {
        /// Absolute part.
        absolute: f64,
        /// Relative part.
        relative: f64,
    },
    /// `|got − golden| ≤ steps`, in integers.
    Steps(u32),
    /// Equal.
    Equal,
}

impl Tolerance {
    /// The tolerance of ONE's comparison for float values.
    pub const FLOAT: Self = Self::Close {
        absolute: 1e-5,
        relative: 1e-5,
    };

    fn allows(self, golden: f64, got: f64) -> bool {
        match self {
            Self::Close { absolute, relative } => (got - golden).abs() <= absolute + relative * golden.abs(),
            Self::Steps(steps) => (got - golden).abs() <= f64::from(steps),
            Self::Equal => got == golden,
        }
    }
}

/// The comparison of one tensor: a line for each key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The lines, in the order of the golden's keys.
    pub lines: Vec<Line>,
}

/// The comparison of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The key.
    pub key: &'static str,
    /// How many values were compared.
    pub count: usize,
    /// How many are equal to the last bit.
    pub equal: usize,
    /// How many are out of tolerance.
    pub out: usize,
    /// The value that is farthest off: index, golden, got.
    pub worst: Option<(usize, f64, f64)>,
    /// What cannot be compared at all.
    pub problem: Option<String>,
}

impl Report {
    /// Whether every value is within tolerance and every key is there.
    pub fn passes(&self) -> bool {
        self.lines
            .iter()
            .all(|line| line.out == 0 && line.problem.is_none())
    }

    /// How many values were compared.
    pub fn count(&self) -> usize {
        self.lines.iter().map(|line| line.count).sum()
    }

    /// How many values are equal to the last bit.
    pub fn equal(&self) -> usize {
        self.lines.iter().map(|line| line.equal).sum()
    }
}

/// Compares a tensor with its golden, with ONE's tolerances: floats within 1e-5 (absolute and relative),
/// quantized values and zero points within 1, int64 biases within 5, untouched integers and types equal.
pub fn compare(golden: &Tensor, got: &Tensor, stage: Stage, strictness: Strictness) -> Report {
    let mut report = Report::default();
    if golden.dtype.is_some() || strictness == Strictness::Exact {
        text(
            &mut report,
            "dtype",
            golden.dtype.as_deref(),
            got.dtype.as_deref(),
            strictness,
        );
    }
    let dimension = |tensor: &Tensor| tensor.quantized_dimension.map(|d| vec![f64::from(d)]);
    list(
        &mut report,
        "quantized_dimension",
        dimension(golden),
        dimension(got),
        Tolerance::Equal,
        strictness,
    );
    let floats = |list: &Option<Vec<f32>>| {
        list.as_ref()
            .map(|list| list.iter().map(|x| f64::from(*x)).collect())
    };
    let ints = |list: &Option<Vec<i64>>| list.as_ref().map(|list| list.iter().map(|x| *x as f64).collect());
    list(
        &mut report,
        "scale",
        floats(&golden.scale),
        floats(&got.scale),
        Tolerance::FLOAT,
        strictness,
    );
    list(
        &mut report,
        "zero_point",
        ints(&golden.zero_point),
        ints(&got.zero_point),
        Tolerance::Steps(1),
        strictness,
    );
    let ranges =
        strictness == Strictness::Exact || matches!(stage, Stage::FakeQuantization | Stage::RecordMinmax);
    if ranges {
        list(
            &mut report,
            "min",
            floats(&golden.min),
            floats(&got.min),
            Tolerance::FLOAT,
            strictness,
        );
        list(
            &mut report,
            "max",
            floats(&golden.max),
            floats(&got.max),
            Tolerance::FLOAT,
            strictness,
        );
    }
    let numbers = |tensor: &Tensor| {
        tensor.weights.as_ref().map(|numbers| match numbers {
            Numbers::Float(values) => values.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(),
            Numbers::Int(values) => values.iter().map(|x| *x as f64).collect(),
        })
    };
    let tolerance = match &got.weights {
        Some(Numbers::Int(_)) if got.scale.is_none() => Tolerance::Equal,
        Some(Numbers::Int(_)) if got.dtype.as_deref() == Some("int64") => Tolerance::Steps(5),
        Some(Numbers::Int(_)) => Tolerance::Steps(1),
        _ => Tolerance::FLOAT,
    };
    let scalar = |shape: &[usize]| strictness == Strictness::Present && shape.iter().product::<usize>() == 1;
    let same_shape = golden.shape == got.shape || (scalar(&golden.shape) && scalar(&got.shape));
    if golden.weights.is_some() && got.weights.is_some() && !same_shape {
        let what = format!("shape {:?} instead of {:?}", got.shape, golden.shape);
        report.lines.push(Line {
            problem: Some(what),
            ..Line::empty("weights")
        });
    } else {
        list(
            &mut report,
            "weights",
            numbers(golden),
            numbers(got),
            tolerance,
            strictness,
        );
    }
    report
}

impl Line {
    fn empty(key: &'static str) -> Self {
        Self {
            key,
            count: 0,
            equal: 0,
            out: 0,
            worst: None,
            problem: None,
        }
    }
}

fn text(
    report: &mut Report,
    key: &'static str,
    golden: Option<&str>,
    got: Option<&str>,
    strictness: Strictness,
) {
    let mut line = Line {
        count: 1,
        ..Line::empty(key)
    };
    match (golden, got) {
        (a, b) if a == b => line.equal = 1,
        (None, Some(_)) if strictness == Strictness::Present => return,
        (golden, got) => {
            line.out = 1;
            line.problem = Some(format!(
                "{} instead of {}",
                got.unwrap_or("nothing"),
                golden.unwrap_or("nothing")
            ));
        }
    }
    report.lines.push(line);
}

fn list(
    report: &mut Report,
    key: &'static str,
    golden: Option<Vec<f64>>,
    got: Option<Vec<f64>>,
    tolerance: Tolerance,
    strictness: Strictness,
) {
    let mut line = Line::empty(key);
    match (golden, got) {
        (None, None) => return,
        (None, Some(_)) if strictness == Strictness::Present => return,
        (None, Some(_)) => line.problem = Some("the golden lacks this key".to_owned()),
        (Some(_), None) => line.problem = Some("the result lacks this key".to_owned()),
        (Some(mut golden), Some(got)) => {
            if strictness == Strictness::Present && key == "zero_point" && golden.len() == 1 {
                golden = vec![golden[0]; got.len()];
            }
            if golden.len() == got.len() {
                line.fill(&golden, &got, tolerance);
            } else {
                line.problem = Some(format!("{} values instead of {}", got.len(), golden.len()));
            }
        }
    }
    report.lines.push(line);
}

impl Line {
    fn fill(&mut self, golden: &[f64], got: &[f64], tolerance: Tolerance) {
        let mut farthest = 0.0;
        for (index, (golden, got)) in golden.iter().zip(got).enumerate() {
            self.count += 1;
            self.equal += usize::from(golden == got);
            self.out += usize::from(!tolerance.allows(*golden, *got));
            let off = (got - golden).abs();
            if off > farthest || off.is_nan() {
                farthest = off;
                self.worst = Some((index, *golden, *got));
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            write!(f, "  {:<20} {:>7} {:>7}", line.key, line.count, line.out)?;
            match (&line.problem, &line.worst) {
                (Some(problem), _) => writeln!(f, "  {problem}")?,
                (None, Some((index, golden, got))) => writeln!(f, "  [{index}] golden {golden}, got {got}")?,
                (None, None) => writeln!(f, "  equal")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(scale: f32, zero_point: Vec<i64>, weights: Vec<i64>) -> Tensor {
        Tensor {
            dtype: Some("uint8".into()),
            shape: vec![weights.len()],
            weights: Some(Numbers::Int(weights)),
            scale: Some(vec![scale]),
            zero_point: Some(zero_point),
            ..Tensor::default()
        }
    }

    #[test]
    fn tolerances_hold_and_break() {
        let golden = tensor(0.5, vec![3], vec![10, 20]);
        let rows = [
            (tensor(0.5, vec![3], vec![10, 20]), true),
            (tensor(0.50001, vec![4], vec![11, 19]), true),
            (tensor(0.5001, vec![3], vec![10, 20]), false),
            (tensor(0.5, vec![5], vec![10, 20]), false),
            (tensor(0.5, vec![3], vec![12, 20]), false),
            (tensor(f32::NAN, vec![3], vec![10, 20]), false),
            (tensor(0.5, vec![3], vec![10, 20, 30]), false),
            (tensor(0.5, vec![3, 3], vec![10, 20]), false),
        ];
        for (got, passes) in rows {
            let report = compare(&golden, &got, Stage::Quantization, Strictness::Exact);
            assert_eq!(report.passes(), passes, "{got:?}\n{report}");
        }
    }

    #[test]
    fn missing_keys_count_when_exact() {
        let golden = Tensor {
            scale: Some(vec![0.5]),
            ..Tensor::default()
        };
        let got = tensor(0.5, vec![3], vec![1]);
        assert!(compare(&golden, &got, Stage::Quantization, Strictness::Present).passes());
        assert!(!compare(&golden, &got, Stage::Quantization, Strictness::Exact).passes());
        assert!(!compare(&got, &golden, Stage::Quantization, Strictness::Present).passes());
    }
}
