//! Hessians of FULLY_CONNECTED: `2/n·XᵀX` of its inputs `X`, over all records.

use std::collections::BTreeMap;

use quant_ir::error::{Place, Result};
use quant_ir::limits::at_most;
use quant_ir::{Builtin, DType, Model, TensorId};
use quant_kernel::Range;

use super::entry::{Algorithm, Operation};
use super::list::Recipe;
use crate::record::{Merge, Observer, Pass};

/// Values of a row, at most: the Hessian of 2¹⁴ takes 2 GiB.
pub const MAX_HESSIAN: usize = 1 << 14;

/// The Hessian of an activation: `2/n·XᵀX`, where `X` has its rows and `n` counts its first dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Hessian {
    /// Values of a row.
    pub size: usize,
    /// `size × size` numbers, by rows.
    pub values: Vec<f64>,
    /// Samples: the sum of first dimensions.
    pub samples: u64,
}

/// The Hessians of a model's main graph, by tensor.
#[derive(Clone, Debug, Default)]
pub struct Hessians(BTreeMap<TensorId, Hessian>);

impl FromIterator<(TensorId, Hessian)> for Hessians {
    fn from_iter<I: IntoIterator<Item = (TensorId, Hessian)>>(hessians: I) -> Self {
        Self(hessians.into_iter().collect())
    }
}

impl Hessians {
    /// That of a tensor.
    pub fn of(&self, tensor: TensorId) -> Option<&Hessian> {
        self.0.get(&tensor)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gathers those that a recipe takes, by running the float model on records.
    ///
    /// They are sums in f64 in the order of the records, so that any number of threads gives the same bits. Each takes
    /// the square of a row's bytes.
    ///
    /// # Errors
    /// As [`Pass::run`]; `Limit`: rows of more than [`MAX_HESSIAN`] values.
    pub fn gather(pass: &Pass<'_>, model: &Model, recipe: &Recipe) -> Result<Self> {
        let wanted = wanted(model, recipe);
        for (id, shape) in &wanted {
            let place = Place::tensor("activation", &model.main().tensor(*id).name).numbered(id.0);
            at_most(MAX_HESSIAN, shape.row, place, "values a row")?;
        }
        let recorded = pass.run(model, |id| Gatherer {
            shape: wanted.get(&id).copied(),
            sum: None,
            samples: 0,
        })?;
        let hessians = wanted.into_iter().filter_map(|(id, shape)| {
            let gatherer = recorded.observer(id)?;
            let sum = gatherer.sum.as_ref()?;
            let n = gatherer.samples as f64;
            let hessian = Hessian {
                size: shape.row,
                values: sum.iter().map(|x| 2.0 * x / n).collect(),
                samples: gatherer.samples,
            };
            Some((id, hessian))
        });
        Ok(hessians.collect())
    }
}

/// The inputs of the operators that the recipe quantizes with GPTQ.
fn wanted(model: &Model, recipe: &Recipe) -> BTreeMap<TensorId, Shape> {
    let graph = model.main();
    let mut wanted = BTreeMap::new();
    for op in graph.operators() {
        if op.code.builtin != Builtin::FULLY_CONNECTED {
            continue;
        }
        let names: Vec<&str> = op
            .outputs
            .iter()
            .map(|id| graph.tensor(*id).name.as_str())
            .collect();
        let entry = recipe.entry(Operation::Op(op.code.builtin), &names);
        let gptq = entry.is_some_and(|entry| entry.algorithm == Algorithm::Gptq);
        let (Some(input), Some(weights)) = (op.input(0).filter(|_| gptq), op.input(1)) else {
            continue;
        };
        let (tensor, weights) = (graph.tensor(input), graph.tensor(weights));
        let size = |d: &i32| usize::try_from(*d).unwrap_or(1).max(1);
        let row = weights.shape.get(1).map(size);
        let Some(row) = row.filter(|_| tensor.dtype == DType::Float32 && !model.is_const(tensor)) else {
            continue;
        };
        let sample = tensor.shape.iter().skip(1).map(size).product::<usize>();
        wanted.insert(input, Shape { row, sample });
    }
    wanted
}

/// Of one tensor.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Values of a row.
    row: usize,
    /// Values for each index of the first dimension.
    sample: usize,
}

/// Adds up `XᵀX`.
#[derive(Clone, Debug)]
struct Gatherer {
    shape: Option<Shape>,
    sum: Option<Vec<f64>>,
    samples: u64,
}

impl Observer for Gatherer {
    type Sample = Option<(Vec<f64>, u64)>;

    fn sample(&self, values: &[f32], _range: Range) -> Self::Sample {
        let shape = self.shape?;
        let samples = (values.len() / shape.sample.max(1)).max(1) as u64;
        Some((gram(values, shape.row), samples))
    }

    fn merging(&self) -> Merge {
        Merge::Approximate
    }

    fn add(&mut self, sample: Self::Sample) {
        let Some((gram, samples)) = sample else {
            return;
        };
        match &mut self.sum {
            Some(sum) => sum.iter_mut().zip(gram).for_each(|(sum, x)| *sum += x),
            None => self.sum = Some(gram),
        }
        self.samples += samples;
    }

    fn merge(&mut self, later: Self) {
        self.add(later.sum.map(|sum| (sum, later.samples)));
    }

    fn range(&self) -> Option<Range> {
        None
    }
}

/// `XᵀX` of rows.
fn gram(values: &[f32], row: usize) -> Vec<f64> {
    let mut gram = vec![0.0; row * row];
    for x in values.chunks_exact(row) {
        for (i, a) in x.iter().enumerate() {
            let a = f64::from(*a);
            let (line, rest) = (&mut gram[i * row + i..(i + 1) * row], &x[i..]);
            line.iter_mut()
                .zip(rest)
                .for_each(|(sum, b)| *sum += a * f64::from(*b));
        }
    }
    for i in 0..row {
        for j in 0..i {
            gram[i * row + j] = gram[j * row + i];
        }
    }
    gram
}
