//! How far quantized weights are from the float weights that they came from.

use quant_case::golden::Numbers;

use crate::dump;
use crate::ir::Model;
use crate::ops;

/// The error of all quantized weights of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightError {
    /// How many weight tensors were compared.
    pub tensors: usize,
    /// How many values.
    pub values: usize,
    /// Largest `|float − dequantized|`.
    pub worst: f64,
    /// The tensor that has it.
    pub worst_tensor: String,
    /// The largest `|float|` of that tensor.
    pub worst_range: f64,
    /// The largest scale of that tensor.
    pub worst_step: f64,
    /// Mean of `|float − dequantized|` over all values.
    pub mean: f64,
}

/// Compares the weights of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected by name; `None` when
/// none were quantized. Dequantized is `(q − zero_point) · scale`, in f64.
pub fn summary(float: &Model, quantized: &Model) -> Option<WeightError> {
    let graph = quantized.main();
    let mut seen = vec![false; graph.tensors.len()];
    let mut sum = 0.0;
    let mut found: Option<WeightError> = None;
    for op in &graph.operators {
        let rule = ops::find(op.code.builtin).and_then(|def| def.rule.weights);
        let Some(id) = rule.and_then(|weights| op.input(weights.filter)) else {
            continue;
        };
        if std::mem::replace(&mut seen[id.0], true) {
            continue;
        }
        let tensor = graph.tensor(id);
        let before = float.main().find(&tensor.name).map(|id| float.main().tensor(id));
        let Some(values) = before.and_then(|before| float.f32_data(before)) else {
            continue;
        };
        let Ok(after) = dump::tensor(quantized, tensor) else {
            continue;
        };
        let (Some(Numbers::Int(integers)), Some(scale), Some(zero_point)) =
            (after.weights, after.scale, after.zero_point)
        else {
            continue;
        };
        let axis = usize::try_from(after.quantized_dimension.unwrap_or(0)).unwrap_or(0);
        let inner: usize = after.shape.iter().skip(axis + 1).product();
        let channel = |element: usize| {
            if scale.len() == 1 {
                0
            } else {
                element / inner.max(1) % scale.len()
            }
        };
        let (mut worst, mut range) = (0.0f64, 0.0f64);
        for (element, (x, q)) in values.iter().zip(&integers).enumerate() {
            let c = channel(element);
            let real = (q - zero_point[c]) as f64 * f64::from(scale[c]);
            let off = (f64::from(*x) - real).abs();
            sum += off;
            worst = worst.max(off);
            range = range.max(f64::from(x.abs()));
        }
        let total = found.get_or_insert_with(|| WeightError {
            tensors: 0,
            values: 0,
            worst: -1.0,
            worst_tensor: String::new(),
            worst_range: 0.0,
            worst_step: 0.0,
            mean: 0.0,
        });
        total.tensors += 1;
        total.values += integers.len();
        if worst > total.worst {
            total.worst = worst;
            total.worst_tensor.clone_from(&tensor.name);
            total.worst_range = range;
            total.worst_step = scale.iter().copied().map(f64::from).fold(0.0, f64::max);
        }
    }
    let mut found = found?;
    found.mean = sum / found.values.max(1) as f64;
    Some(found)
}
