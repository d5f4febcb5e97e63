//! Walking the elements of one channel of a constant.

use quant_case::Granularity;

use crate::error::{Error, Result};
use crate::ir::Tensor;

/// How a constant falls apart into channels: `[outer, channels, inner]`.
#[derive(Clone, Copy, Debug)]
pub struct Channels {
    count: usize,
    inner: usize,
}

impl Channels {
    /// The channels of `tensor` along `axis`; one channel that holds everything for [`Granularity::Layer`].
    ///
    /// # Errors
    /// The tensor has no such dimension.
    pub fn of(tensor: &Tensor, axis: usize, granularity: Granularity) -> Result<Self> {
        let dims = |d: &[i32]| d.iter().map(|&d| d.max(0) as usize).product::<usize>();
        if granularity == Granularity::Layer {
            return Ok(Self {
                count: 1,
                inner: dims(&tensor.shape),
            });
        }
        let count = *tensor.shape.get(axis).ok_or_else(|| {
            Error::invalid(
                format!("weights `{}`", tensor.name),
                format!(
                    "shape {:?} has no dimension {axis} for output channels",
                    tensor.shape
                ),
                "give the filter the rank that its operator asks for",
            )
        })?;
        Ok(Self {
            count: count.max(0) as usize,
            inner: dims(&tensor.shape[axis + 1..]),
        })
    }

    /// Number of channels.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The elements of one channel, in order.
    pub fn values<'a>(&self, data: &'a [f32], channel: usize) -> impl Iterator<Item = f32> + 'a {
        let (count, inner) = (self.count, self.inner.max(1));
        data.chunks(inner)
            .skip(channel)
            .step_by(count.max(1))
            .flatten()
            .copied()
    }

    /// Replaces each element of one channel.
    pub fn update(&self, data: &mut [f32], channel: usize, mut with: impl FnMut(f32) -> f32) {
        let (count, inner) = (self.count, self.inner.max(1));
        for x in data
            .chunks_mut(inner)
            .skip(channel)
            .step_by(count.max(1))
            .flatten()
        {
            *x = with(*x);
        }
    }

    /// The channel of each element, in order.
    pub fn channel_of(&self, element: usize) -> usize {
        element / self.inner.max(1) % self.count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::DType;

    #[test]
    fn channels_of_each_axis() {
        let tensor = Tensor::new("w", DType::Float32, vec![2, 3, 2]);
        let data: Vec<f32> = (0u8..12).map(f32::from).collect();
        let rows: [(usize, &[f32]); 3] = [
            (0, &[6., 7., 8., 9., 10., 11.]),
            (1, &[2., 3., 8., 9.]),
            (2, &[1., 3., 5., 7., 9., 11.]),
        ];
        for (axis, second) in rows {
            let channels = Channels::of(&tensor, axis, Granularity::Channel).unwrap();
            assert_eq!(
                channels.values(&data, 1).collect::<Vec<_>>(),
                second,
                "axis {axis}"
            );
            for (element, x) in data.iter().enumerate() {
                let in_second = channels.channel_of(element) == 1;
                assert_eq!(in_second, second.contains(x), "axis {axis}, element {element}");
            }
        }
        let layer = Channels::of(&tensor, 0, Granularity::Layer).unwrap();
        assert_eq!((layer.count(), layer.values(&data, 0).count()), (1, 12));
        assert!(Channels::of(&tensor, 3, Granularity::Channel).is_err());
    }
}
