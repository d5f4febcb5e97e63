//! Checkpoints for MAX78000 and MAX78002, recomputed in f64. A factor is rounded to f32 once, since checkpoints hold
//! singles; sums are taken in the plain order.

use std::path::Path;

use quant_case::Method;
use quant_case::checkpoint::{Row, keys, layer, tensors};
use quant_case::golden::{Numbers, Tensor as Golden};
use quant_torch::{Checkpoint, Id};

/// Every tensor that needs a golden.
///
/// # Errors
/// The checkpoint cannot be read, or has tensors that do not fit.
pub fn compute(root: &Path, row: &Row) -> Result<Vec<(String, Golden)>, String> {
    let path = row.file(root);
    let checkpoint = Checkpoint::open(&path).map_err(|error| error.within(path.display()).to_string())?;
    let keys = keys(&checkpoint).map_err(|error| error.to_string())?;
    let state = State(&checkpoint);
    let mut all = Vec::new();
    for key in &keys {
        if let Some((name, bias)) = layer(key) {
            quantize(&state, row.method, (key, name, &bias), &mut all)?;
        }
    }
    tensors(&keys, row.method)
        .into_iter()
        .map(|name| {
            let found = all.iter().find(|(other, _)| *other == name);
            found.cloned().ok_or(format!("the oracle makes no `{name}`"))
        })
        .collect()
}

/// Dimensions and elements of a tensor.
type Elements = (Vec<usize>, Vec<f64>);

struct State<'a>(&'a Checkpoint);

impl State<'_> {
    fn tensor(&self, key: &str) -> Result<Option<Elements>, String> {
        let read = |id: Id| {
            let tensor = self.0.tensor(id)?;
            Ok((tensor.shape.clone(), tensor.read_f64()?))
        };
        let state = self.0.graph.lookup(self.0.root, "state_dict");
        let id = state.and_then(|state| self.0.graph.lookup(state, key));
        id.map(read)
            .transpose()
            .map_err(|error: quant_torch::Error| format!("{key}: {error}"))
    }

    /// The first element of a tensor.
    fn number(&self, key: &str) -> Result<Option<f64>, String> {
        Ok(self
            .tensor(key)?
            .and_then(|(_, elements)| elements.first().copied()))
    }
}

fn quantize(
    state: &State,
    method: Method,
    (key, name, bias_key): (&str, &str, &str),
    all: &mut Vec<(String, Golden)>,
) -> Result<(), String> {
    let (shape, weights) = state.tensor(key)?.ok_or(format!("there is no `{key}`"))?;
    let bias = state.tensor(bias_key)?;
    if weights.is_empty() || !weights.iter().all(|x| x.is_finite()) {
        return Err(format!("`{key}` has no elements, or some that are not finite"));
    }
    let claimed = state.number(&format!("{name}.weight_bits"))?.map(f64::trunc);
    let bits = claimed.filter(|bits| *bits != 0.0).unwrap_or(8.0);
    let quantile_key = format!("{name}.shift_quantile");
    let f = match method {
        Method::Qat => {
            let mut sizes: Vec<f64> = weights.iter().map(|x| x.abs()).collect();
            sizes.extend(bias.iter().flat_map(|(_, bias)| bias).map(|x| x.abs()));
            sizes.sort_by(f64::total_cmp);
            let q = state.number(&quantile_key)?.unwrap_or(1.0);
            if !(0.0..=1.0).contains(&q) {
                return Err(format!("`{quantile_key}` is {q}"));
            }
            let largest = quantile(&sizes, q);
            let shift = (1.0 / largest).log2().floor().clamp(-7.0 - bits, 23.0 - bits);
            all.push((format!("{name}.output_shift"), float(-shift)));
            2f64.powf(shift)
        }
        Method::Max => extreme(&weights),
        Method::Avgmax => {
            let rows = shape.first().copied().unwrap_or(1).max(1);
            let length = (weights.len() / rows).max(1);
            let mean = |pick: fn(f64, f64) -> f64| {
                let ends = weights
                    .chunks(length)
                    .map(|row| row.iter().copied().fold(f64::NAN, pick));
                (ends.sum::<f64>() / rows as f64).abs()
            };
            mean(f64::min).max(mean(f64::max))
        }
        Method::Stddev => {
            let count = weights.len() as f64;
            let mean = weights.iter().sum::<f64>() / count;
            let squares: f64 = weights.iter().map(|x| (x - mean).powi(2)).sum();
            let reach = 2.0 * (squares / (count - 1.0)).sqrt();
            let within = weights.iter().map(|x| x.clamp(mean - reach, mean + reach));
            extreme(&within.collect::<Vec<_>>())
        }
        Method::Scale => 0.85,
        Method::Calibrate | Method::Convert => return Err(format!("no checkpoint has the method {method}")),
    };
    let f = f64::from(f as f32);
    let one = 2f64.powf(bits - 1.0);
    let whole = |x: f64| (x * f * one + 0.5).floor().clamp(-one, one - 1.0);
    let mut add = |key: &str, shape: &[usize], elements: Vec<f64>| {
        let golden = Golden {
            dtype: Some(format!("int{bits}")),
            shape: shape.to_vec(),
            weights: Some(Numbers::Int(elements.into_iter().map(|x| x as i64).collect())),
            scale: Some(vec![(one * f) as f32]),
            ..Golden::default()
        };
        all.push((key.to_owned(), golden));
    };
    add(key, &shape, weights.iter().map(|x| whole(*x)).collect());
    if let Some((shape, bias)) = &bias {
        // Shrunk by the bits that are missing to 8, and brought to the scale of products.
        let scaled = |x: &f64| whole(*x) * 2f64.powf(bits - 8.0) * 128.0;
        add(bias_key, shape, bias.iter().map(scaled).collect());
        all.push((format!("{name}.bias_bits"), float(bits)));
    }
    all.push((format!("{name}.weight_bits"), float(bits_kept(claimed))));
    Ok(())
}

/// What the checkpoint says afterwards: its own bits, or 8 where it had none.
fn bits_kept(claimed: Option<f64>) -> f64 {
    claimed.filter(|bits| *bits != 0.0).unwrap_or(8.0)
}

fn float(x: f64) -> Golden {
    Golden {
        dtype: Some("float32".to_owned()),
        shape: vec![1],
        weights: Some(Numbers::Float(vec![x as f32])),
        ..Golden::default()
    }
}

fn extreme(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |size, x| x.abs().max(size))
}

/// Linear between the two nearest ranks.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = q * (sorted.len() - 1) as f64;
    let (low, high) = (rank.floor() as usize, rank.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (rank - rank.floor())
}
