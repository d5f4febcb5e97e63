//! Comparing what a stage made with its golden.

mod show;
mod tolerance;

use crate::Stage;
use crate::golden::{Numbers, Tensor};

pub use show::Words;
pub use tolerance::{Strictness, Tolerance};

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
    pub problem: Option<Problem>,
    /// The tolerance that was asked for in place of the usual one.
    pub own: Option<Tolerance>,
    /// How many values only that tolerance lets pass.
    pub widened: usize,
}

/// What cannot be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The golden lacks the key.
    GoldenLacks,
    /// The result lacks the key.
    ResultLacks,
    /// Both have it, in different forms: the result's, and the golden's.
    Different(String, String),
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

    /// How many values only tolerances of their own let pass.
    pub fn widened(&self) -> usize {
        self.lines.iter().map(|line| line.widened).sum()
    }

    /// How many values are equal to the last bit.
    pub fn equal(&self) -> usize {
        self.lines.iter().map(|line| line.equal).sum()
    }
}

/// Compares a tensor with its golden.
///
/// ONE's tolerances ([`Strictness::Present`]): floats within 1e-5, absolute and relative; quantized values and
/// zero points within 1; int64 biases within 5; types and untouched integers equal. [`Strictness::Exact`]
/// allows less: a scale is within 1e-5 of itself, weights and zero points are equal, and what the first stage
/// makes of constants differs in the last bits alone.
pub fn compare(golden: &Tensor, got: &Tensor, stage: Stage, strictness: Strictness) -> Report {
    compare_within(golden, got, stage, strictness, &|_| None)
}

/// The same with tolerances of one's own: `own` gives that of a key, where there is one, in place of the usual.
pub fn compare_within(
    golden: &Tensor,
    got: &Tensor,
    stage: Stage,
    strictness: Strictness,
    own: &dyn Fn(&str) -> Option<Tolerance>,
) -> Report {
    let mut report = Report::default();
    if golden.dtype.is_some() || strictness == Strictness::Exact {
        let [golden, got] = [golden, got].map(|tensor| tensor.dtype.as_deref());
        text(&mut report, "dtype", golden, got, strictness);
    }
    let mut add = |key, values: fn(&Tensor) -> Option<Vec<f64>>| {
        let usual = strictness.tolerance(key, stage, got);
        let line = list(key, values(golden), values(got), (usual, own(key)), strictness);
        report.lines.extend(line);
    };
    add("quantized_dimension", |t| {
        t.quantized_dimension.map(|d| vec![f64::from(d)])
    });
    add("scale", |t| floats(t.scale.as_deref()));
    add("zero_point", |t| integers(t.zero_point.as_deref()));
    if strictness == Strictness::Exact || matches!(stage, Stage::FakeQuantization | Stage::RecordMinmax) {
        add("min", |t| floats(t.min.as_deref()));
        add("max", |t| floats(t.max.as_deref()));
    }
    let scalar = |shape: &[usize]| strictness == Strictness::Present && shape.iter().product::<usize>() == 1;
    let same_shape = golden.shape == got.shape || (scalar(&golden.shape) && scalar(&got.shape));
    if golden.weights.is_some() && got.weights.is_some() && !same_shape {
        let shape = |tensor: &Tensor| format!("shape {:?}", tensor.shape);
        let what = Problem::Different(shape(got), shape(golden));
        report.lines.push(Line {
            problem: Some(what),
            ..Line::empty("weights")
        });
    } else {
        add("weights", weights);
    }
    report
}

fn floats(values: Option<&[f32]>) -> Option<Vec<f64>> {
    values.map(|values| values.iter().copied().map(f64::from).collect())
}

fn integers(values: Option<&[i64]>) -> Option<Vec<f64>> {
    values.map(|values| values.iter().map(|x| *x as f64).collect())
}

fn weights(tensor: &Tensor) -> Option<Vec<f64>> {
    match tensor.weights.as_ref()? {
        Numbers::Float(values) => floats(Some(values)),
        Numbers::Int(values) => integers(Some(values)),
    }
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
            own: None,
            widened: 0,
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
            let word = |dtype: Option<&str>| dtype.unwrap_or("nothing").to_owned();
            line.problem = Some(Problem::Different(word(got), word(golden)));
        }
    }
    report.lines.push(line);
}

/// The line of a key; `None` when there is nothing to compare.
fn list(
    key: &'static str,
    golden: Option<Vec<f64>>,
    got: Option<Vec<f64>>,
    tolerances: (Tolerance, Option<Tolerance>),
    strictness: Strictness,
) -> Option<Line> {
    let mut line = Line::empty(key);
    match (golden, got) {
        (None, None) => return None,
        (None, Some(_)) if strictness == Strictness::Present => return None,
        (None, Some(_)) => line.problem = Some(Problem::GoldenLacks),
        (Some(_), None) => line.problem = Some(Problem::ResultLacks),
        (Some(mut golden), Some(got)) => {
            if strictness == Strictness::Present && key == "zero_point" && golden.len() == 1 {
                golden = vec![golden[0]; got.len()];
            }
            if golden.len() == got.len() {
                line.fill(&golden, &got, tolerances);
            } else {
                let count = |values: Vec<f64>| format!("{} values", values.len());
                line.problem = Some(Problem::Different(count(got), count(golden)));
            }
        }
    }
    Some(line)
}

impl Line {
    fn fill(&mut self, golden: &[f64], got: &[f64], (usual, own): (Tolerance, Option<Tolerance>)) {
        self.own = own;
        // A value out of tolerance is worse than any within, however far.
        let mut farthest = (false, 0.0);
        for (index, (golden, got)) in golden.iter().zip(got).enumerate() {
            self.count += 1;
            self.equal += usize::from(golden == got);
            let out = !own.unwrap_or(usual).allows(*golden, *got);
            self.widened += usize::from(!out && !usual.allows(*golden, *got));
            self.out += usize::from(out);
            let off = (out, (got - golden).abs());
            if off > farthest || off.1.is_nan() {
                farthest = off;
                self.worst = Some((index, *golden, *got));
            }
        }
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
            // (result, passes the original's comparison, passes ours)
            (tensor(0.5, vec![3], vec![10, 20]), true, true),
            (tensor(0.500_004, vec![3], vec![10, 20]), true, true),
            (tensor(0.500_014, vec![3], vec![10, 20]), true, false),
            (tensor(0.5, vec![4], vec![10, 20]), true, false),
            (tensor(0.5, vec![3], vec![11, 19]), true, false),
            (tensor(0.5001, vec![3], vec![10, 20]), false, false),
            (tensor(0.5, vec![5], vec![10, 20]), false, false),
            (tensor(0.5, vec![3], vec![12, 20]), false, false),
            (tensor(f32::NAN, vec![3], vec![10, 20]), false, false),
            (tensor(0.5, vec![3], vec![10, 20, 30]), false, false),
            (tensor(0.5, vec![3, 3], vec![10, 20]), true, false),
        ];
        for (got, present, exact) in rows {
            for (strictness, passes) in [(Strictness::Present, present), (Strictness::Exact, exact)] {
                let report = compare(&golden, &got, Stage::Quantization, strictness);
                assert_eq!(report.passes(), passes, "{strictness:?} {got:?}\n{report}");
            }
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
