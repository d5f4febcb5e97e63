//! Parameters of activations from their ranges.

use std::collections::BTreeMap;

use super::integer::Integer;
use super::number::Float;
use super::options::{Options, Override};
use super::params::{Params, Rule, restricted};
use super::ranges::{Range, Ranges};

/// How a tensor is quantized.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantized {
    pub integer: Integer,
    pub float: Float,
    /// One, or one for each channel.
    pub params: Vec<Params>,
    pub axis: Option<usize>,
}

/// Parameters of all tensors with a range.
pub(crate) fn activations(ranges: &Ranges, options: &Options) -> BTreeMap<String, Quantized> {
    let all = ranges.iter().map(|(name, range)| {
        let own = options.overrides.get(name).and_then(|own| own.first());
        (
            name.clone(),
            activation(*range, own.copied().unwrap_or_default(), options),
        )
    });
    all.collect()
}

fn activation(range: Range, own: Override, options: &Options) -> Quantized {
    let integer = own.integer.unwrap_or(options.activation);
    let symmetric = own.symmetric.unwrap_or(options.activation_symmetric);
    let low = own.low.unwrap_or(range.low);
    let high = own.high.unwrap_or(range.high);
    let own_params = own.params.map(|(scale, zero_point)| Params { scale, zero_point });
    let mut float = range.float;
    let params = if let Some(params) = own_params {
        params
    } else if options.restricted && integer == Integer::U8 && !symmetric {
        let mut params = restricted(low, high, options.shortest);
        // onnxruntime's is f32, whatever the model is.
        if options.faithful {
            float = Float::F32;
        }
        params.scale = float.nearest(f64::from(params.scale));
        params
    } else {
        let rule = Rule {
            integer,
            float,
            symmetric,
            reduced: own.reduced.unwrap_or(false),
            shortest: options.shortest,
        };
        rule.params(low, high)
    };
    Quantized {
        integer,
        float,
        params: vec![params],
        axis: None,
    }
}
