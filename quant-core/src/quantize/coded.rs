//! What a coding makes of floats: integers, or floats that become integers and floats again when somebody asks for them.

use std::any::Any;

use crate::scheme::setting::Encoding;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Bytes, Computed, Content, Float, QuantParam};
use quant_numeric::affine::Affine;
use quant_numeric::channels::Channels;
use quant_numeric::coding::Coding;

/// How a constant becomes integers of an encoding, one range a channel.
///
/// # Errors
/// No loops make such integers.
pub fn coding(name: &str, encoding: Encoding, channels: Channels, ranges: Vec<Affine>) -> Result<Coding> {
    let Some(dtype) = encoding.integers() else {
        return Err(Error::new(
            Place::tensor("constant", name),
            Problem::UnsupportedType(format!("no constants are made of {encoding}")),
            "use uint8 with a zero point, or int16, int8 or int4 without",
        ));
    };
    Ok(Coding {
        dtype,
        channels,
        ranges,
    })
}

/// The parameters of a constant with one range for each channel, or one for all.
pub fn parameters(ranges: &[Affine], quantized_dimension: i32) -> QuantParam {
    QuantParam {
        min: ranges.iter().map(|range| range.nudged_min).collect(),
        max: ranges.iter().map(|range| range.nudged_max).collect(),
        scale: ranges.iter().map(|range| range.scale).collect(),
        zero_point: ranges.iter().map(|range| range.zero_point).collect(),
        quantized_dimension,
        details: None,
    }
}

/// The integers that `coding` makes of floats (see [`Coding::quantize`]).
pub fn integers(coding: &Coding, floats: &[Float], clipped: bool) -> Content {
    let mut integers = quant_schema::zeros(coding.bytes(floats.len()));
    coding.quantize(floats, clipped, &mut integers);
    Content::Plain(Bytes::new(integers))
}

/// The floats of a fake-quantized constant. Stage 3 makes its integers of the floats before.
#[derive(Debug)]
pub struct FakeQuantized {
    source: Content,
    coding: Coding,
}

impl FakeQuantized {
    /// What `coding` makes of `source`, which holds floats.
    pub fn new(source: Content, coding: Coding) -> Self {
        Self { source, coding }
    }

    /// What quantizing the floats of `content` with `coding` makes, without making the fake-quantized ones; `None` when
    /// the content is no fake-quantized constant, when it has been through another coding, or when its floats are no
    /// numbers (a range wider than the largest float has ends that are none).
    pub fn quantize(content: &Content, coding: &Coding) -> Option<Content> {
        let Content::Computed(computed) = content else {
            return None;
        };
        let fake = computed.as_any().downcast_ref::<Self>()?;
        let same = fake.coding == *coding && coding.ends_are_finite();
        let source = Some(&fake.source).filter(|_| same)?;
        Some(integers(coding, &source.floats()?, true))
    }
}

impl Computed for FakeQuantized {
    fn source(&self) -> &Content {
        &self.source
    }

    fn make(&self, source: &[Float], start: usize, floats: &mut [Float]) {
        self.coding.fake_quantize(source, start, floats);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;
    use std::sync::Arc;

    /// Floats in a piece of [`Content::pieces`].
    const PIECE: usize = 1 << 20;
    use quant_numeric::affine::asymmetric_u8;
    use quant_types::QuantType;

    #[test]
    fn pieces_make_the_bytes() {
        // What repeats is made once: 253 floats, and the same as halves.
        let floats = (0..253_u8).map(|i| f32::from(i) / 50.0 - 2.0);
        let halves: Vec<u8> = floats
            .clone()
            .flat_map(|x| f16::from_f32(x).to_le_bytes())
            .collect();
        let floats: Vec<u8> = floats.flat_map(f32::to_le_bytes).collect();
        let coding = Coding {
            dtype: QuantType::Uint8,
            channels: Channels::new(3, 1),
            ranges: vec![
                asymmetric_u8(-1.0, 2.0),
                asymmetric_u8(0.0, 3.0),
                asymmetric_u8(-5.0, 0.0),
            ],
        };
        for count in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 7] {
            let first = |bytes: &[u8]| {
                let element = bytes.len() / 253;
                bytes.repeat(count.div_ceil(253))[..count * element].to_vec()
            };
            let halves = Content::Halves(first(&halves).into());
            let fake = |source| Content::Computed(Arc::new(FakeQuantized::new(source, coding.clone())));
            // The floats of halves are computed, too: as if they had stood there.
            let plain = fake(halves.bytes().into_owned().into()).bytes().into_owned();
            for (made, plain) in [
                (halves.clone(), None),
                (fake(first(&floats).into()), None),
                (fake(halves), Some(plain)),
            ] {
                let mut pieced = Vec::new();
                let done: std::result::Result<(), ()> = made.pieces(|piece| {
                    pieced.extend_from_slice(piece);
                    Ok(())
                });
                assert_eq!(done, Ok(()));
                assert!(pieced == *made.bytes(), "{count}");
                assert!(plain.is_none_or(|plain| pieced == plain), "{count}");
                assert_eq!(made.len(), pieced.len());
                assert!(made == Content::from(pieced), "{count}");
            }
        }
    }
}
