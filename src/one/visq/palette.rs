//! Colours for errors: ColorBrewer's YlOrRd in nine steps, from light yellow to dark red.

use serde_json::{Value, json};

const COLORS: [&str; 9] = [
    "#ffffcc", "#ffeda0", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#bd0026", "#800026",
];

/// A colour and the errors that have it.
pub struct Color {
    /// The least error.
    pub from: f64,
    /// The greatest.
    pub to: f64,
    /// Red, green and blue as `#rrggbb`.
    pub rgb: &'static str,
}

impl Color {
    /// As visq writes it.
    pub fn json(&self) -> Value {
        json!({"b": self.from, "e": self.to, "c": self.rgb})
    }
}

/// Nine equal parts of a range; of no range, or one of one value, a range of length 1 from there.
pub fn of(range: Option<(f64, f64)>) -> Vec<Color> {
    let (min, max) = range.unwrap_or((0.0, 1.0));
    let max = if min < max { max } else { min + 1.0 };
    let step = (max - min) / COLORS.len() as f64;
    let slots = COLORS.iter().enumerate();
    slots
        .map(|(at, &rgb)| Color {
            from: min + at as f64 * step,
            to: min + (at + 1) as f64 * step,
            rgb,
        })
        .collect()
}

/// The colour of an error: the first slot that holds it, the last beyond all.
pub fn rgb(colors: &[Color], error: f64) -> &'static str {
    let found = colors.iter().find(|color| error <= color.to).or(colors.last());
    found.map_or(COLORS[0], |color| color.rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots() {
        let colors = of(Some((1.0, 10.0)));
        assert_eq!((colors[0].from, colors[0].to, colors[8].to), (1.0, 2.0, 10.0));
        let rows = [
            (0.5, 0),
            (1.0, 0),
            (2.0, 0),
            (2.1, 1),
            (9.5, 8),
            (10.0, 8),
            (11.0, 8),
        ];
        for (error, slot) in rows {
            assert_eq!(rgb(&colors, error), COLORS[slot], "{error}");
        }
        assert_eq!(of(Some((2.0, 2.0)))[8].to, 3.0);
    }
}
