//! The conversion over the state of a checkpoint, key by key, as the original takes it.

use quant_torch::{Checkpoint, DType, Error, Id, Object, Problem, Result, Tensor};

use crate::already;
use crate::batch_norm;
use crate::bits::Bits;
use crate::layer::{self, Factor, clipped, trained};
use crate::options::{BatchNorm, Clip, Options};
use crate::report::{Report, TensorReport};
use crate::scaled::{Rule, scaled};
use crate::state::{State, one};
use crate::statistics;

/// Quantizes a checkpoint.
///
/// # Errors
/// It has no `state_dict`, or a tensor in it cannot be quantized; the checkpoint is not to be used then.
pub fn quantize(checkpoint: &mut Checkpoint, options: &Options) -> Result<Report> {
    checkpoint.move_to_cpu()?;
    checkpoint.forget_identity();
    let (mut state, dict) = State::of(checkpoint)?;
    let mut report = Report {
        keys: state.keys.clone(),
        ..Report::default()
    };
    check(checkpoint, &mut state, options, &mut report)?;
    extras(checkpoint, options, &mut report)?;
    let masks = masks(checkpoint);
    let mut conversion = Conversion {
        checkpoint,
        options,
        state,
        masks,
        layers: 0,
        report,
    };
    for key in conversion.state.keys.clone() {
        conversion.key(&key)?;
    }
    let Conversion { state, report, .. } = conversion;
    state.finish(checkpoint, dict)?;
    Ok(report)
}

/// Refuses what must not be quantized, or fuses it, or warns of it.
fn check(
    checkpoint: &mut Checkpoint,
    state: &mut State,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let mut refuse = |error: Error| {
        if options.compat {
            report.warnings.push(error.to_string());
            Ok(())
        } else {
            Err(error)
        }
    };
    already::refuse(checkpoint, state).or_else(&mut refuse)?;
    if options.batch_norm == BatchNorm::Fuse {
        batch_norm::fuse(checkpoint, state)?;
    }
    for name in batch_norm::find(state) {
        refuse(batch_norm::refused(state, &name))?;
    }
    Ok(())
}

/// Says in `extras` how the checkpoint was quantized.
fn extras(checkpoint: &mut Checkpoint, options: &Options, report: &mut Report) -> Result<()> {
    let extras = if let Some(extras) = checkpoint.graph.lookup(checkpoint.root, "extras") {
        extras
    } else {
        report.warnings.push("No `extras` in checkpoint file.".to_owned());
        let extras = checkpoint.graph.dict(Vec::new())?;
        let root = checkpoint.root;
        checkpoint.graph.set(root, "extras", extras)?;
        extras
    };
    let graph = &mut checkpoint.graph;
    let method = graph.text(options.clip.map_or("MAX_BIT_SHIFT", Clip::name))?;
    let place = |error: Error| error.within("extras");
    graph.set(extras, "clipping_method", method).map_err(place)?;
    match options.clip {
        Some(Clip::StdDev(n)) => {
            let n = graph.add(Object::Float(n))?;
            graph.set(extras, "clipping_nstds", n)
        }
        Some(Clip::Scale(scale)) => {
            let scale = graph.add(Object::Float(scale))?;
            graph.set(extras, "clipping_scale", scale)
        }
        _ => Ok(()),
    }
}

/// The masks of the compression schedule, where there is one.
fn masks(checkpoint: &Checkpoint) -> Option<Id> {
    let graph = &checkpoint.graph;
    let schedule = graph.lookup(checkpoint.root, "compression_sched")?;
    graph
        .lookup(schedule, "masks_dict")
        .filter(|masks| graph.is_dict(*masks))
}

struct Conversion<'a> {
    checkpoint: &'a mut Checkpoint,
    options: &'a Options,
    state: State,
    masks: Option<Id>,
    /// Layers that were quantized.
    layers: usize,
    report: Report,
}

impl Conversion<'_> {
    fn key(&mut self, key: &str) -> Result<()> {
        let mut parts = key.rsplitn(3, '.');
        let (Some(parameter), Some(second)) = (parts.next(), parts.next()) else {
            return Ok(());
        };
        match parameter {
            "w_zero_point" | "b_zero_point" => {
                let tensor = self.state.tensor(self.checkpoint, key)?;
                let numbers = tensor.map(|tensor| tensor.read_f64()).transpose();
                let numbers = numbers.map_err(|error| error.within(key))?.unwrap_or_default();
                if numbers.iter().any(|x| *x != 0.0) {
                    let what = format!("Parameter {key} is not zero.");
                    return Err(Error::new(
                        "",
                        Problem::Elements(what),
                        "train with symmetric quantization",
                    ));
                }
                self.state.remove(key);
            }
            "base_b_q" => self.state.remove(key),
            "adjust_output_shift" => self.set_one(key, 0.0).map(drop)?,
            "quantize_activation" => self.set_one(key, 1.0).map(drop)?,
            "weight" => {
                // Of `layer.op.weight`, and of `layer.weight`, which has no operation.
                let (layer, prefix) = match parts.next() {
                    Some(layer) => (layer, format!("{layer}.{second}")),
                    None => (second, second.to_owned()),
                };
                self.layer(key, layer, &format!("{prefix}.bias"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts a tensor of one single under a key.
    fn set_one(&mut self, key: &str, x: f32) -> Result<Id> {
        let tensor = one(self.checkpoint, x)?;
        self.state.set(self.checkpoint, key, tensor)?;
        Ok(tensor)
    }

    /// Bits of a layer: of the configuration, else of the checkpoint, else of the command line, else 8.
    fn bits(&self, layer: &str) -> Result<Bits> {
        let network = self.options.network.as_ref();
        if let Some(bits) = network.and_then(|network| network.bits(self.layers)) {
            return Ok(bits);
        }
        let key = format!("{layer}.weight_bits");
        match self.state.number(self.checkpoint, &key)?.map(f64::trunc) {
            Some(bits) if bits != 0.0 => Bits::new(bits as i64).map_err(|error| error.within(key)),
            _ => Ok(self.options.weight_bits.unwrap_or(Bits::DEFAULT)),
        }
    }

    fn layer(&mut self, key: &str, layer: &str, bias_key: &str) -> Result<()> {
        let network = self.options.network.as_ref();
        if network.is_some_and(|network| self.layers >= network.layers()) {
            return Ok(());
        }
        let Some(weight) = self.state.tensor(self.checkpoint, key)? else {
            return Ok(());
        };
        if weight.shape.len() < 2 {
            self.report.warnings.push(format!(
                "{key} has shape {:?}: neither a convolution nor a linear layer has such weights",
                weight.shape
            ));
        }
        let bias = self.state.tensor(self.checkpoint, bias_key)?;
        let bits = self.bits(layer)?;
        let quantile_key = format!("{layer}.shift_quantile");
        let quantile = self.state.number(self.checkpoint, &quantile_key)?;
        let is_list = match self.state.tensor(self.checkpoint, &quantile_key)? {
            Some(tensor) => !tensor.shape.is_empty() && self.options.clip.is_none(),
            None => false,
        };
        let factor = match self.options.clip {
            Some(clip) => clipped(&weight, clip, bits),
            None => trained(
                &weight,
                bias.as_ref(),
                quantile.unwrap_or(1.0) as f32,
                bits,
                self.options,
            ),
        };
        let factor = factor.map_err(|error| error.within(key))?;
        let rule = Rule::Weight {
            factor: factor.whole as f32,
            bits,
        };
        self.tensor(key, &weight, rule, (factor, bits, is_list))?;
        self.weight_bits(&format!("{layer}.weight_bits"))?;
        if let Some(bias) = bias {
            layer::largest(&bias).map_err(|error| error.within(bias_key))?;
            let rule = if self.options.legacy_shift && factor.shift.is_some() {
                Rule::LegacyBias {
                    factor: factor.whole as f32,
                    bits,
                }
            } else {
                Rule::Bias { f: factor.f, bits }
            };
            self.tensor(bias_key, &bias, rule, (factor, bits, is_list))?;
            self.set_one(&format!("{layer}.bias_bits"), bits.width() as f32)?;
        }
        if let Some(shift) = factor.shift {
            let key = format!("{layer}.output_shift");
            let tensor = self.set_one(&key, -shift)?;
            if let Some(masks) = self.masks {
                self.checkpoint.graph.set(masks, &key, tensor)?;
            }
        }
        self.layers += 1;
        Ok(())
    }

    /// Replaces a tensor by its integers, and reports it.
    fn tensor(
        &mut self,
        key: &str,
        tensor: &Tensor,
        rule: Rule,
        (factor, bits, factor_is_list): (Factor, Bits, bool),
    ) -> Result<()> {
        let place = |error: Error| error.within(key);
        let statistics = if self.options.statistics {
            let floats = tensor.read_f32().map_err(place)?;
            let rows = layer::rows(tensor).map_err(place)?;
            Some([
                statistics::avg_max(&floats, rows),
                statistics::max_max(&floats),
                statistics::mean(&layer::in_memory_order(tensor).map_err(place)?),
            ])
        } else {
            None
        };
        let (strides, payload) = scaled(tensor, rule).map_err(place)?;
        let id = self.checkpoint.add_view(
            DType::Float,
            &tensor.shape,
            &strides,
            tensor.requires_grad,
            payload,
        )?;
        self.state.set(self.checkpoint, key, id)?;
        self.report.tensors.push(TensorReport {
            name: key.to_owned(),
            statistics,
            factor: factor.whole,
            bits,
            shift: factor.shift.map(|shift| -shift),
            factor_is_list,
            factor_is_single: !matches!(self.options.clip, Some(Clip::Scale(_))),
        });
        Ok(())
    }

    /// The bits that the checkpoint claims: 8 where it claims nothing, or 0.
    fn weight_bits(&mut self, key: &str) -> Result<()> {
        match self.state.current(key) {
            None => {
                self.set_one(key, 8.0)?;
                if let Some(masks) = self.masks {
                    let mask = one(self.checkpoint, 8.0)?;
                    self.checkpoint.graph.set(masks, key, mask)?;
                }
            }
            Some(id) => {
                let tensor = self.checkpoint.tensor(id).map_err(|error| error.within(key))?;
                if tensor.read_f64()?.first().is_some_and(|bits| bits.trunc() == 0.0) {
                    self.set_one(key, 8.0)?;
                }
            }
        }
        Ok(())
    }
}
