//! Planes of fewer samples than pixels, grown to all of them.

use super::segments::{Component, Frame};

/// The samples of a component.
pub struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// Samples that belong to the picture; those behind them fill blocks.
    width: usize,
    height: usize,
    /// Pixels for a sample, along a row and a column.
    wide: usize,
    high: usize,
}

impl Plane {
    pub fn new(samples: Vec<u8>, component: &Component, frame: &Frame) -> Self {
        Self {
            samples,
            stride: component.columns * 8,
            width: component.width,
            height: component.height,
            wide: frame.horizontal / component.horizontal,
            high: frame.vertical / component.vertical,
        }
    }

    fn line(&self, y: usize) -> &[u8] {
        &self.samples[y.min(self.height - 1) * self.stride..][..self.width]
    }

    /// A row of pixels, which may be a few longer than the picture.
    ///
    /// Between two samples, a pixel is three quarters of the nearer one and a quarter of the farther one; halves go up and down
    /// by turns, where both axes are halved sixteenths do. The first and the last sample stand for what is beyond them. Rows of
    /// up to two samples, and planes of a third or a quarter, are repeated.
    pub fn row(&self, y: usize, out: &mut Vec<u8>) {
        out.clear();
        let near = self.line(y / self.high);
        // The other row of a halved plane that a pixel lies between.
        let lower = y % 2 == 1;
        let other = || {
            self.line(if lower {
                y / 2 + 1
            } else {
                (y / 2).saturating_sub(1)
            })
        };
        let sum = |(near, far): (&u8, &u8)| 3 * u16::from(*near) + u16::from(*far);
        match (self.wide, self.high) {
            (1, 1) => out.extend(near),
            (1, 2) => {
                let up = 1 + u16::from(lower);
                out.extend(near.iter().zip(other()).map(|pair| ((sum(pair) + up) >> 2) as u8));
            }
            (2, 1) if self.width > 2 => {
                let wide: Vec<u16> = near.iter().map(|x| u16::from(*x)).collect();
                between(&wide, [1, 2], 2, out);
            }
            (2, 2) if self.width > 2 => {
                let sums: Vec<u16> = near.iter().zip(other()).map(sum).collect();
                between(&sums, [8, 7], 4, out);
            }
            (wide, _) => near.iter().for_each(|x| out.resize(out.len() + wide, *x)),
        }
    }
}

/// Two pixels for each value, towards the one before and the one behind, rounded so.
fn between(values: &[u16], [up, down]: [u16; 2], shift: u32, out: &mut Vec<u8>) {
    let last = values.len() - 1;
    out.resize(2 * values.len(), 0);
    let (pairs, _) = out.as_chunks_mut::<2>();
    for (window, pair) in values.windows(3).zip(&mut pairs[1..]) {
        let near = 3 * window[1];
        *pair = [
            (near + window[0] + up) >> shift,
            (near + window[2] + down) >> shift,
        ]
        .map(|x| x as u8);
    }
    pairs[0] = [
        (4 * values[0] + up) >> shift,
        (3 * values[0] + values[1] + down) >> shift,
    ]
    .map(|x| x as u8);
    let end = 3 * values[last] + values[last - 1];
    pairs[last] = [(end + up) >> shift, (4 * values[last] + down) >> shift].map(|x| x as u8);
}
