//! Batch normalizations: no device has them, so they are fused into their layers or refused.
//!
//! The names and the arithmetic are those of ai8x-training's `batchnormfuser.py`: the normalization of `LAYER.op` is
//! `LAYER.bn`, and its result is a quarter of PyTorch's, since the layers of ai8x divide it by four.

use quant_torch::{Checkpoint, DType, Error, Payload, Problem, Result, Tensor};

use crate::state::State;

/// What the normalization adds to the variance, so that it is above zero.
const EPSILON: f32 = 1e-20;

/// What layers of ai8x multiply the normalization by.
const QUARTER: f32 = 0.25;

/// The normalizations of a state: `NAME` of each `NAME.running_mean` or `NAME.running_var`, in their order.
pub(crate) fn find(state: &State) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for key in &state.keys {
        let name = key
            .strip_suffix(".running_mean")
            .or_else(|| key.strip_suffix(".running_var"));
        if let Some(name) = name
            && names.iter().all(|known| known != name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// The layer that a normalization belongs to, as the key of its weight without `.weight`: `a.op` of `a.bn`, or
/// `a.conv2d`, as older checkpoints call it.
fn layer_of(state: &State, name: &str) -> Option<String> {
    let layer = name.strip_suffix(".bn")?;
    let mut names = [format!("{layer}.op"), format!("{layer}.conv2d")].into_iter();
    names.find(|name| state.has(&format!("{name}.weight")))
}

/// Says of a normalization that it cannot be quantized.
pub(crate) fn refused(state: &State, name: &str) -> Error {
    let hint = match layer_of(state, name) {
        Some(layer) => format!("fuse it into `{layer}` with --fuse-batch-norm (BatchNorm::Fuse)"),
        None => "its name does not say which layer it follows (`LAYER.bn` does): fuse it in PyTorch, with \
             torch.nn.utils.fusion.fuse_conv_bn_eval, and save again"
            .into(),
    };
    let what = "it is a batch normalization, which the device does not have";
    Error::new(name, Problem::Layer(what.into()), hint)
}

/// Fuses each normalization into its layer: `w · (γ/4 / s)` and `(b − μ) / s · γ/4 + β/4` with `s = √(σ² + 1e-20)`, in
/// singles, one rounding an operation; without `γ`, `β` or `b` they are 1, 0 and 0. The keys of the normalizations go;
/// a layer without a bias gets one, behind the other keys.
///
/// # Errors
/// A normalization's layer cannot be told from its name, or their tensors do not fit.
pub(crate) fn fuse(checkpoint: &mut Checkpoint, state: &mut State) -> Result<()> {
    for name in find(state) {
        let Some(layer) = layer_of(state, &name) else {
            return Err(refused(state, &name));
        };
        fuse_one(checkpoint, state, &name, &layer)?;
    }
    Ok(())
}

fn fuse_one(checkpoint: &mut Checkpoint, state: &mut State, name: &str, layer: &str) -> Result<()> {
    let (weight_key, bias_key) = (format!("{layer}.weight"), format!("{layer}.bias"));
    let weight = required(checkpoint, state, &weight_key)?;
    let channels = weight.shape.first().copied().unwrap_or_default();
    let vector = |key: &str, default: Option<f32>| -> Result<Vec<f32>> {
        let Some(default) = default else {
            return channel_values(&required(checkpoint, state, key)?, key, channels);
        };
        match state.tensor(checkpoint, key)? {
            Some(tensor) => channel_values(&tensor, key, channels),
            None => Ok(vec![default; channels]),
        }
    };
    let mean = vector(&format!("{name}.running_mean"), None)?;
    let variance = vector(&format!("{name}.running_var"), None)?;
    let gamma = vector(&format!("{name}.weight"), Some(1.0))?;
    let beta = vector(&format!("{name}.bias"), Some(0.0))?;
    let bias = vector(&bias_key, Some(0.0))?;

    let mut weights = weight.read_f32().map_err(|error| error.within(&weight_key))?;
    let in_channel = weights.len().checked_div(channels).unwrap_or_default();
    let mut biases = bias;
    let rows = weights.chunks_mut(in_channel.max(1));
    for (((row, bias), (mean, variance)), (gamma, beta)) in rows
        .zip(&mut biases)
        .zip(mean.iter().zip(&variance))
        .zip(gamma.iter().zip(&beta))
    {
        let deviation = (variance + EPSILON).sqrt();
        let (gamma, beta) = (QUARTER * gamma, QUARTER * beta);
        let factor = gamma / deviation;
        row.iter_mut().for_each(|w| *w *= factor);
        *bias = (*bias - mean) / deviation * gamma + beta;
    }

    let weights = singles(checkpoint, &weight.shape, &weights)?;
    let biases = singles(checkpoint, &[channels], &biases)?;
    state.replace(checkpoint, &weight_key, weights)?;
    state.replace(checkpoint, &bias_key, biases)?;
    for parameter in [
        "running_mean",
        "running_var",
        "weight",
        "bias",
        "num_batches_tracked",
    ] {
        state.forget(&format!("{name}.{parameter}"));
    }
    Ok(())
}

fn required(checkpoint: &Checkpoint, state: &State, key: &str) -> Result<Tensor> {
    state.tensor(checkpoint, key)?.ok_or_else(|| {
        Error::new(
            key,
            Problem::MissingKey("it is missing".into()),
            "save the state_dict of the whole network",
        )
    })
}

/// A number for each output channel.
fn channel_values(tensor: &Tensor, key: &str, channels: usize) -> Result<Vec<f32>> {
    if tensor.shape != [channels] {
        return Err(Error::new(
            key,
            Problem::Shape(format!(
                "its shape is {:?}, the layer has {channels} output channels",
                tensor.shape
            )),
            "fuse this layer in PyTorch and save again",
        ));
    }
    tensor.read_f32().map_err(|error| error.within(key))
}

fn singles(checkpoint: &mut Checkpoint, shape: &[usize], numbers: &[f32]) -> Result<quant_torch::Id> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    checkpoint.add_tensor(DType::Float, shape, Payload::Bytes(bytes.into()))
}

#[cfg(test)]
mod tests {
    use quant_torch::Format;

    use super::*;

    /// The bits that NumPy 2.4 computes in singles.
    #[test]
    fn fused_singles_are_those_of_numpy() {
        let mut checkpoint = Checkpoint::new(Format::Zip);
        let mut entries = Vec::new();
        for (key, shape, numbers) in [
            (
                "a.op.weight",
                &[2, 3][..],
                &[0.3, -0.2, 0.11, 0.05, 0.4, -0.33][..],
            ),
            ("a.op.bias", &[2], &[0.1, -0.2]),
            ("a.bn.weight", &[2], &[1.1, 0.7]),
            ("a.bn.bias", &[2], &[-0.05, 0.55]),
            ("a.bn.running_mean", &[2], &[0.17, -0.4]),
            ("a.bn.running_var", &[2], &[1.05, 0.013]),
        ] {
            let tensor = singles(&mut checkpoint, shape, numbers).unwrap();
            entries.push((checkpoint.graph.text(key).unwrap(), tensor));
        }
        let state = checkpoint.graph.dict(entries).unwrap();
        let key = checkpoint.graph.text("state_dict").unwrap();
        checkpoint.root = checkpoint.graph.dict(vec![(key, state)]).unwrap();
        let (mut state, _) = State::of(&checkpoint).unwrap();
        fuse(&mut checkpoint, &mut state).unwrap();
        assert_eq!(state.keys, ["a.op.weight", "a.op.bias"]);
        let bits = |key: &str| -> Vec<u32> {
            let tensor = state.tensor(&checkpoint, key).unwrap().unwrap();
            tensor.read_f32().unwrap().iter().map(|x| x.to_bits()).collect()
        };
        assert_eq!(
            bits("a.op.weight"),
            [
                0x3da4_e35a,
                0xbd5b_d9cd,
                0x3cf1_d5fb,
                0x3d9d_2b36,
                0x3f1d_2b36,
                0xbf01_aa0d
            ]
        );
        assert_eq!(bits("a.op.bias"), [0xbd00_25d5, 0x3ee3_919c]);
    }
}
