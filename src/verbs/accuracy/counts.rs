//! Right and wrong answers, counted.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::table::table;

/// Classes that the text shows.
const SHOWN: usize = 10;

/// What a model said of one example.
pub struct Outcome {
    class: usize,
    /// The class of the highest score, the first of several.
    taken_for: Option<usize>,
    /// Classes that stand before the right one; of equal scores the first does.
    before: usize,
}

impl Outcome {
    /// What scores say of an example of a class.
    pub fn of(class: usize, scores: &[f64]) -> Self {
        let own = scores.get(class).copied().unwrap_or(f64::NAN);
        let mut best: Option<(usize, f64)> = None;
        let mut before = 0;
        for (at, score) in scores.iter().copied().enumerate() {
            if best.is_none_or(|(_, best)| score > best) {
                best = Some((at, score));
            }
            before += usize::from(score > own || score == own && at < class);
        }
        // Nothing can be said where scores are no numbers.
        let numbers = scores.iter().all(|score| !score.is_nan());
        Self {
            class,
            taken_for: best.filter(|_| numbers).map(|(at, _)| at),
            before: if numbers { before } else { usize::MAX },
        }
    }
}

impl Outcome {
    /// Whether the highest score is that of the right class.
    pub fn is_right(&self) -> bool {
        self.before == 0
    }
}

/// Examples of a class.
#[derive(Clone, Copy, Default)]
struct Class {
    examples: usize,
    top1: usize,
    top5: usize,
}

impl Class {
    fn add(&mut self, before: usize) {
        self.examples += 1;
        self.top1 += usize::from(before < 1);
        self.top5 += usize::from(before < 5);
    }
}

/// All answers.
#[derive(Default)]
pub struct Counts {
    all: Class,
    classes: BTreeMap<usize, Class>,
    /// Examples by their class and what they were taken for.
    taken_for: BTreeMap<(usize, usize), usize>,
    /// Examples with a score that is no number.
    pub not_numbers: usize,
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

impl Counts {
    /// Adds an example.
    pub fn add(&mut self, outcome: &Outcome) {
        self.all.add(outcome.before);
        self.classes.entry(outcome.class).or_default().add(outcome.before);
        match outcome.taken_for {
            Some(other) => *self.taken_for.entry((outcome.class, other)).or_default() += 1,
            None => self.not_numbers += 1,
        }
    }

    /// The class that a class is most often taken for, but for itself, and how often.
    fn confused(&self, class: usize) -> Option<(usize, usize)> {
        let others = self.taken_for.range((class, 0)..=(class, usize::MAX));
        let others = others.filter(|((_, other), _)| *other != class);
        // The first of several.
        let most = others.rev().max_by_key(|(_, count)| **count);
        most.map(|((_, other), count)| (*other, *count))
    }

    /// How many examples there are.
    pub fn examples(&self) -> usize {
        self.all.examples
    }

    /// Top-1 and top-5, in percent.
    pub fn percents(&self) -> [f64; 2] {
        [self.all.top1, self.all.top5].map(|right| percent(right, self.all.examples))
    }

    /// For people: the two rates, and the classes that do worst.
    pub fn text(&self) -> String {
        let all = self.all;
        let line = |right: usize| {
            format!(
                "{:.2} %  ({right} of {})",
                percent(right, all.examples),
                all.examples
            )
        };
        let mut text = format!("top-1  {}\ntop-5  {}\n\n", line(all.top1), line(all.top5));
        let rate = |class: &Class| percent(class.top1, class.examples);
        let mut classes: Vec<(&usize, &Class)> = self.classes.iter().collect();
        classes.sort_by(|(_, a), (_, b)| rate(a).total_cmp(&rate(b)));
        let row = |(name, class): &(&usize, &Class)| {
            let confused = self.confused(**name);
            vec![
                name.to_string(),
                class.examples.to_string(),
                format!("{:.2}", rate(class)),
                confused.map_or_else(|| "-".to_owned(), |(other, count)| format!("{other} ({count})")),
            ]
        };
        let rows: Vec<Vec<String>> = classes.iter().take(SHOWN).map(row).collect();
        text += &table(&["class", "examples", "top-1 %", "taken for"], &rows);
        if classes.len() > SHOWN {
            let _ = writeln!(
                text,
                "and {} classes that do no worse; --json has all",
                classes.len() - SHOWN
            );
        }
        text
    }

    /// For programs: everything.
    pub fn json(&self) -> Value {
        let rate = |right: usize, of: usize| json!({"right": right, "percent": percent(right, of)});
        let classes: Vec<Value> = (self.classes.iter())
            .map(|(name, class)| {
                json!({
                    "class": name,
                    "examples": class.examples,
                    "top1": rate(class.top1, class.examples),
                    "top5": rate(class.top5, class.examples),
                })
            })
            .collect();
        let confusion: Vec<Value> = (self.taken_for.iter())
            .map(|((class, other), count)| json!({"class": class, "taken_for": other, "examples": count}))
            .collect();
        json!({
            "examples": self.all.examples,
            "top1": rate(self.all.top1, self.all.examples),
            "top5": rate(self.all.top5, self.all.examples),
            "classes": classes,
            "confusion": confusion,
            "not_numbers": self.not_numbers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_go_to_the_first() {
        let before = |class, scores: &[f64]| Outcome::of(class, scores).before;
        let scores = [0.5, 2.0, 2.0, 1.0, -1.0, 0.0, 0.5];
        let all: Vec<usize> = (0..7).map(|class| before(class, &scores)).collect();
        // numpy.argsort(-scores, kind="stable").argsort()
        assert_eq!(all, [3, 0, 1, 2, 6, 5, 4]);
        assert_eq!(Outcome::of(2, &scores).taken_for, Some(1), "numpy.argmax");
        let nan = Outcome::of(0, &[1.0, f64::NAN]);
        assert_eq!((nan.taken_for, nan.before), (None, usize::MAX));
    }

    #[test]
    fn rates_and_confusion() {
        let mut counts = Counts::default();
        for (class, scores) in [
            (0, [3.0, 2.0, 1.0]),
            (0, [1.0, 2.0, 3.0]),
            (0, [1.0, 3.0, 2.0]),
            (2, [0.0, 0.0, 1.0]),
        ] {
            counts.add(&Outcome::of(class, &scores));
        }
        let json = counts.json();
        assert_eq!(json["top1"], json!({"right": 2, "percent": 50.0}));
        assert_eq!(json["top5"]["right"], 4);
        assert_eq!(counts.confused(0), Some((1, 1)));
        assert_eq!(counts.confused(2), None);
        assert!(
            counts
                .text()
                .starts_with("top-1  50.00 %  (2 of 4)\ntop-5  100.00 %  (4 of 4)\n\nclass")
        );
    }
}
