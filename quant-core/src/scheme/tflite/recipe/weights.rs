//! Constants: the scales that an algorithm gives them, and their integers.

use std::rc::Rc;

use quant_ir::TensorId;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_numeric::round::half_even_f64;

use super::coding::{Scales, Uniform, limits};
use super::entry::{Algorithm, Granularity, TensorConfig};
use super::hessian::Hessian;
use super::params;
use super::rules::{Channels, Rule};
use super::slices::Slices;
use super::{gptq, hadamard, octav, recovery};

/// Scales of MSE: times the root of the mean square, for weights of 8 and of 4 bits.
const MSE: [(u8, f32); 2] = [(8, 0.05408), (4, 0.37755)];

/// A float constant that an operator reads.
pub struct Constant<'a> {
    /// Its number, for errors.
    pub id: TensorId,
    /// Its name, for errors.
    pub name: &'a str,
    /// Its dimensions.
    pub shape: &'a [usize],
    /// Its values.
    pub values: &'a [f32],
    /// The line of the operator that reads it, when it has weights.
    pub rule: Option<&'a Rule>,
    /// Whether the operator transposes its second input.
    pub adj_y: bool,
    /// What GPTQ knows of the activation beside it.
    pub hessian: Option<&'a Hessian>,
    /// Whether a recovery is checked.
    pub checked: bool,
}

impl Constant<'_> {
    fn place(&self) -> Place {
        Place::tensor("constant", self.name).numbered(self.id.0)
    }

    fn is_weights(&self) -> bool {
        self.rule.is_some_and(|rule| rule.weights.is_some())
    }

    /// The dimension with a scale for each index.
    fn axis(&self, granularity: Granularity) -> Result<Option<usize>> {
        let weights = self.rule.and_then(|rule| rule.weights);
        let (Granularity::Channel, Some(weights)) = (granularity, weights) else {
            return Ok(None);
        };
        let rank = self.shape.len();
        let axis = match weights.channels {
            Channels::At(axis) => Some(axis),
            Channels::Matrix => rank.checked_sub(if self.adj_y { 2 } else { 1 }),
        };
        match axis.filter(|axis| *axis < rank) {
            Some(axis) => Ok(Some(axis)),
            None => Err(Error::new(
                self.place(),
                Problem::Shape(format!(
                    "shape {:?} has no dimension for output channels",
                    self.shape
                )),
                "give the weights the rank that their operator asks for",
            )),
        }
    }

    /// Which values share a scale.
    fn slices(&self, granularity: Granularity) -> Result<(Slices, Option<usize>)> {
        let wrong = |what: String, hint: &str| Err(Error::new(self.place(), Problem::Shape(what), hint));
        if let Granularity::Block(block) = granularity {
            let block = usize::from(block);
            return match self.shape {
                [_, row] if row % block == 0 => Ok((Slices::blocks(self.values.len(), block), None)),
                _ => wrong(
                    format!("rows of shape {:?} are no blocks of {block}", self.shape),
                    "give its operator another granularity",
                ),
            };
        }
        let axis = self.axis(granularity)?;
        let slices = axis.and_then(|axis| Slices::along(self.shape, axis));
        Ok((slices.unwrap_or_else(|| Slices::one(self.values.len())), axis))
    }

    /// Its integers, with scales as the algorithm chooses them.
    ///
    /// # Errors
    /// A value that no scale can hold, a shape that has no such slices, what the algorithm cannot do.
    pub fn quantize(&self, config: TensorConfig, algorithm: Algorithm, compat: bool) -> Result<Uniform> {
        let mut hadamard = None;
        let rotated;
        let (values, algorithm) = match algorithm {
            Algorithm::Hadamard | Algorithm::DecomposedHadamard => {
                let row = self.shape.last().copied().filter(|_| self.shape.len() > 1);
                let Some(row) = row else {
                    let hint = "give its operator another algorithm";
                    let what = format!("shape {:?} has no rows to rotate", self.shape);
                    return Err(Error::new(self.place(), Problem::Shape(what), hint));
                };
                let size = hadamard::size(row, config.max_hadamard);
                rotated = hadamard::rotate(self.values, size);
                // A row of an odd number of values has no larger matrix than that of 1.
                hadamard = (size > 1).then_some(size);
                (rotated.as_slice(), Algorithm::Octav)
            }
            // The original gives up there, although nobody asked for clipped operands of ADD.
            Algorithm::Octav if !config.symmetric && !compat && !self.is_weights() => {
                (self.values, Algorithm::MinMax)
            }
            Algorithm::Octav | Algorithm::Mse | Algorithm::Recovery | Algorithm::Gptq
                if !config.symmetric =>
            {
                let what = if compat {
                    format!(
                        "Failed to get quantization parameters for tensor: {}. Error: Unsupported symmetry: False. {} \
                         supports symmetric quantization only for now.",
                        self.name,
                        algorithm.key()
                    )
                } else {
                    format!("{} makes no integers with a zero point", algorithm.key())
                };
                return Err(Error::unsupported(self.place(), what, "set `symmetric`"));
            }
            _ => (self.values, algorithm),
        };
        let (slices, axis) = self.slices(config.granularity)?;
        let Some(ranges) = slices.ranges(values) else {
            let at = values.iter().position(|value| !value.is_finite()).unwrap_or(0);
            return Err(Error::new(
                self.place(),
                Problem::Unscalable {
                    element: at,
                    value: values[at],
                },
                "clip the constant before quantizing",
            ));
        };
        let bounds = ranges.iter().map(|(min, max)| min.abs().max(max.abs()));
        let (low, high) = limits(config.bits, true);
        let mut scales: Vec<f32> = match algorithm {
            Algorithm::Octav => {
                let clip = octav::clip(values, slices, config.bits, axis.is_some() || config.is_block());
                let clipped = bounds.zip(&clip).map(|(bound, clip)| {
                    let scale = bound.max(params::MIN_BOUND).min(*clip) / high as f32;
                    if compat {
                        scale
                    } else {
                        scale.max(params::MIN_BOUND / high as f32)
                    }
                });
                clipped.collect()
            }
            Algorithm::Mse => self.mse(config, slices, compat)?,
            Algorithm::Recovery => recovery::scales(values, slices),
            _ => bounds
                .map(|bound| params::symmetric(bound, config.bits))
                .collect(),
        };
        let mut zero_point = vec![0; scales.len()];
        if !config.symmetric {
            let rows = ranges.iter().map(|(min, max)| {
                params::one(*min, *max, false, low as f32, high as f32).unwrap_or((f32::INFINITY, 0))
            });
            (scales, zero_point) = rows.unzip();
        }
        if config.is_block() {
            scales
                .iter_mut()
                .for_each(|scale| *scale = params::block_scale(*scale, compat));
        }
        if let Some(slice) = scales.iter().position(|scale| !scale.is_finite()) {
            let (min, max) = ranges[slice];
            let hint = "clip the constant before quantizing";
            return Err(Error::new(
                self.place(),
                Problem::UnboundedRange { min, max },
                hint,
            ));
        }
        // LiteRT's kernels for 4-bit weights take −8 for something else; what was given as integers stays.
        let mends = config.bits == 4 && !compat && algorithm != Algorithm::Recovery;
        let narrow = config.symmetric && (config.bits >= 8 || mends);
        let mut uniform = Uniform {
            bits: config.bits,
            signed: true,
            symmetric: config.symmetric,
            narrow,
            scale: Scales::Single(scales),
            zero_point,
            axis,
            block: config.granularity.block(),
            hadamard,
            rank: self.shape.len(),
            data: None,
        };
        let integers = match algorithm {
            Algorithm::Gptq => {
                let Some(hessian) = self.hessian else {
                    return Err(Error::new(
                        self.place(),
                        Problem::Missing("GPTQ knows nothing of the activation beside it".to_owned()),
                        "gather its Hessian from data first, as `quant run --recipe` does",
                    ));
                };
                gptq::quantize(values, slices, &uniform, hessian)
                    .map_err(|error| error.within(self.place()))?
            }
            _ => params::integers(values, slices, &uniform),
        };
        if algorithm == Algorithm::Recovery && self.checked {
            recovery::check(values, slices, &uniform, &integers)
                .map_err(|error| error.within(self.place()))?;
        }
        uniform.data = Some(Rc::new(params::pack(uniform.dtype(), &integers)));
        Ok(uniform)
    }

    fn mse(&self, config: TensorConfig, slices: Slices, compat: bool) -> Result<Vec<f32>> {
        let factor = MSE.iter().find(|(bits, _)| *bits == config.bits);
        let Some((_, factor)) = factor.filter(|_| !config.is_block()) else {
            return Err(Error::unsupported(
                self.place(),
                format!("MSE makes no integers of {} bits, and no blocks", config.bits),
                "use 8 or 4 bits and a scale for each tensor or channel, or another algorithm",
            ));
        };
        let squares: Vec<f32> = self.values.iter().map(|value| value * value).collect();
        let size = slices.size(squares.len()) as f32;
        let sums = slices.sums(&squares, |_, _| true);
        let scales = sums.iter().map(|(sum, _)| {
            let scale = factor * (sum / size).sqrt();
            let (_, high) = limits(config.bits, true);
            if compat {
                scale
            } else {
                scale.max(params::MIN_BOUND / high as f32)
            }
        });
        Ok(scales.collect())
    }
}

impl Uniform {
    /// The same integers' parameters for a constant of another tensor, with its integers: what a same-scale operator
    /// asks of a constant operand.
    #[must_use]
    pub fn of_constant(&self, values: &[f32]) -> Self {
        let slices = Slices::one(values.len());
        let data = match &self.scale {
            Scales::Single(_) => params::integers(values, slices, self),
            Scales::Scalar(scale) => {
                let (low, high) = self.limits();
                let zero_point = self.zero_point[0] as f64;
                let integer = |value: &f32| {
                    let q = f64::from(*value) / scale + zero_point;
                    half_even_f64(q).clamp(low, high) as i16
                };
                values.iter().map(integer).collect()
            }
        };
        Self {
            data: Some(Rc::new(params::pack(self.dtype(), &data))),
            ..self.clone()
        }
    }
}

impl TensorConfig {
    /// Whether each block has a scale.
    pub fn is_block(&self) -> bool {
        self.granularity.block() != 0
    }
}

impl Granularity {
    /// Values of a block; 0 for none.
    pub fn block(self) -> usize {
        match self {
            Self::Block(block) => usize::from(block),
            Self::Tensor | Self::Channel => 0,
        }
    }
}
