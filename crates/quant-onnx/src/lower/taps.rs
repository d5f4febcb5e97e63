//! Which elements of an image an element of a resized one is made of.

/// Where an element of the result comes from: places, each with its weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taps(pub Vec<(usize, f32)>);

/// How places are computed.
pub(super) struct Rule {
    pub mode: String,
    pub coordinates: String,
    pub nearest: String,
    pub cubic: f32,
    pub exclude: bool,
}

#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)] // places in an image of less than 2^20 elements
impl Rule {
    /// The place in the input of an element of the output.
    fn place(&self, at: usize, size: usize, out: usize, scale: f32) -> Option<f32> {
        let x = at as f32;
        let half = || (x + 0.5) / scale - 0.5;
        Some(match self.coordinates.as_str() {
            "align_corners" | "pytorch_half_pixel" if out == 1 => 0.0,
            "asymmetric" => x / scale,
            "align_corners" => x * (size - 1) as f32 / (out - 1) as f32,
            "half_pixel" | "pytorch_half_pixel" => half(),
            "half_pixel_symmetric" => {
                let adjustment = out as f32 / (scale * size as f32);
                size as f32 / 2.0 * (1.0 - adjustment) + half()
            }
            _ => return None,
        })
    }

    /// Where each element comes from.
    pub fn taps(&self, size: usize, out: usize, scale: f32) -> Option<Vec<Taps>> {
        let last = size as f32 - 1.0;
        let clamped = |place: f32| place.clamp(0.0, last) as usize;
        let each = (0..out).map(|at| {
            let place = self.place(at, size, out, scale)?;
            Some(Taps(match self.mode.as_str() {
                "nearest" => {
                    let near = match self.nearest.as_str() {
                        "floor" => place.floor(),
                        "ceil" => place.ceil(),
                        "round_prefer_ceil" => (place + 0.5).floor(),
                        "round_prefer_floor" => (place - 0.5).ceil(),
                        _ => return None,
                    };
                    vec![(clamped(near), 1.0)]
                }
                "linear" => {
                    let place = place.clamp(0.0, last);
                    let low = place.floor();
                    vec![
                        (clamped(low), 1.0 - (place - low)),
                        (clamped(low + 1.0), place - low),
                    ]
                }
                "cubic" => {
                    let low = place.floor();
                    let weights = cubic(place - low, self.cubic);
                    let places = [-1.0, 0.0, 1.0, 2.0].map(|by| low + by);
                    let inside = |place: f32| !self.exclude || (0.0..=last).contains(&place);
                    let mut taps: Vec<(usize, f32)> = places
                        .iter()
                        .zip(weights)
                        .map(|(place, weight)| (clamped(*place), if inside(*place) { weight } else { 0.0 }))
                        .collect();
                    let sum: f32 = taps.iter().map(|(_, weight)| weight).sum();
                    if self.exclude {
                        taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
                    }
                    taps
                }
                _ => return None,
            }))
        });
        each.collect()
    }
}

/// Weights of the four elements around a place (Keys, 1981).
#[allow(clippy::arithmetic_side_effects)] // floats
fn cubic(x: f32, a: f32) -> [f32; 4] {
    let far = |x: f32| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    let near = |x: f32| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    [far(x + 1.0), near(x), near(1.0 - x), far(2.0 - x)]
}

/// What a model's operators take, by their options: align_corners, half_pixel_centers.
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)] // places in an image of less than 2^20 elements
pub(super) fn of_model(linear: bool, size: usize, out: usize, (align, half): (bool, bool)) -> Vec<Taps> {
    let scale = if align && out > 1 {
        (size - 1) as f32 / (out - 1) as f32
    } else {
        size as f32 / out as f32
    };
    let last = size as f32 - 1.0;
    let each = (0..out).map(|at| {
        let offset = if half { 0.5 } else { 0.0 };
        let place = (at as f32 + offset) * scale;
        if !linear {
            let near = if align {
                (place + 0.5).floor()
            } else {
                place.floor()
            };
            return Taps(vec![(near.clamp(0.0, last) as usize, 1.0)]);
        }
        let place = (place - offset).clamp(0.0, last);
        let low = place.floor();
        let high = (low + 1.0).min(last);
        Taps(vec![
            (low as usize, 1.0 - (place - low)),
            (high as usize, place - low),
        ])
    });
    each.collect()
}

/// Whether both are the same but for rounding.
#[allow(clippy::arithmetic_side_effects)] // floats
pub(super) fn alike(a: &[Taps], b: &[Taps]) -> bool {
    let heavy = |taps: &Taps| -> Vec<(usize, f32)> {
        taps.0
            .iter()
            .copied()
            .filter(|(_, weight)| weight.abs() > 1e-6)
            .collect()
    };
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            let (a, b) = (heavy(a), heavy(b));
            let same = |((p, w), (q, v)): (&(usize, f32), &(usize, f32))| p == q && (w - v).abs() < 1e-6;
            a.len() == b.len() && a.iter().zip(&b).all(same)
        })
}
