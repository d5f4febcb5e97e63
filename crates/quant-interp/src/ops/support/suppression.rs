//! Choosing boxes that do not overlap, best score first.
//!
//! Hard suppression drops a box that overlaps a chosen one by the threshold or more; soft suppression (Bodla et al. 2017)
//! makes its score smaller: `score · exp(−overlap² / 2σ)` for each chosen one. Which of equal scores comes first is up to the
//! heap that the runtime keeps candidates in, and this one is like it.

use super::elementwise;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Data;

/// What is asked for.
struct Wanted {
    most: usize,
    overlap: f32,
    score: f32,
    sigma: f32,
}

/// The chosen boxes with their scores.
pub struct Chosen {
    /// Numbers of the boxes.
    pub indices: Vec<i32>,
    /// Their scores after suppression.
    pub scores: Vec<f32>,
    /// How many boxes the outputs have room for.
    pub room: usize,
}

/// A box that may be chosen.
#[derive(Clone, Copy)]
struct Candidate {
    index: usize,
    score: f32,
    /// How many chosen boxes it has been compared with.
    compared: usize,
}

/// Inputs are boxes `[n, 4]` of two corners, scores `[n]`, how many are wanted at most, the thresholds of overlap and
/// score, and σ where `soft`.
///
/// # Errors
/// Inputs of other shapes, less than no boxes, a negative σ.
pub fn choose(call: &Call<'_>, soft: bool) -> Result<Chosen> {
    let wanted = wanted(call, soft)?;
    let (boxes, scores) = boxes(call)?;
    let mut queue = Queue::default();
    for (index, score) in scores
        .iter()
        .enumerate()
        .filter(|(_, score)| **score > wanted.score)
    {
        queue.push(Candidate {
            index,
            score: *score,
            compared: 0,
        });
    }
    let room = wanted.most;
    let most = queue.0.len().min(room);
    let (mut chosen, mut scores) = (Vec::new(), Vec::new());
    while chosen.len() < most
        && let Some(mut candidate) = queue.pop()
    {
        let before = candidate.score;
        if suppressed(&mut candidate, boxes, &chosen, &wanted) {
            continue;
        }
        candidate.compared = chosen.len();
        if candidate.score == before {
            chosen.push(candidate.index);
            scores.push(candidate.score);
        }
        // Also one that was chosen: it drops out when it meets itself.
        if candidate.score > wanted.score {
            queue.push(candidate);
        }
    }
    let indices = chosen.into_iter().map(|index| index as i32).collect();
    Ok(Chosen {
        indices,
        scores,
        room,
    })
}

/// The number that the outputs have room for.
///
/// # Errors
/// It is negative, or no number.
pub fn room(call: &Call<'_>) -> Result<usize> {
    let most = call.int(2)?;
    usize::try_from(most).map_err(|_| {
        Error::new(
            call.place(),
            Problem::Operand(format!("at most {most} boxes are wanted")),
            "give a number ≥ 0",
        )
    })
}

fn wanted(call: &Call<'_>, soft: bool) -> Result<Wanted> {
    let one = |index: usize| match call.f32(index)? {
        (_, &[x]) => Ok(x),
        (shape, _) => Err(Error::new(
            call.place(),
            Problem::InputShape {
                index,
                found: shape.to_vec(),
                expected: None,
            },
            "give one number",
        )),
    };
    let sigma = if soft { one(5)? } else { 0.0 };
    if sigma < 0.0 || sigma.is_nan() {
        return Err(Error::new(
            call.place(),
            Problem::Operand(format!("σ is {sigma}")),
            "give 0 for hard suppression, or a positive number",
        ));
    }
    Ok(Wanted {
        most: room(call)?,
        overlap: one(3)?,
        score: one(4)?,
        sigma,
    })
}

fn boxes<'a>(call: &Call<'a>) -> Result<(&'a [[f32; 4]], &'a [f32])> {
    let (Data::F32(boxes), Data::F32(scores)) = (&call.input(0)?.data, &call.input(1)?.data) else {
        return Err(elementwise::wrong_type(call, "float32 boxes and scores"));
    };
    let (shape, of_scores) = (&call.input(0)?.shape, &call.input(1)?.shape);
    if let (&[count, 4], &[scored]) = (shape.as_slice(), of_scores.as_slice())
        && count == scored
    {
        return Ok((boxes.as_chunks().0, scores));
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "boxes of shape {shape:?} and scores of shape {of_scores:?}"
        )),
        "give [n, 4] and [n]",
    ))
}

/// Compares a candidate with the boxes chosen since the last time, the latest first; whether it is out for good.
fn suppressed(candidate: &mut Candidate, boxes: &[[f32; 4]], chosen: &[usize], wanted: &Wanted) -> bool {
    for other in chosen[candidate.compared..].iter().rev() {
        let overlap = overlap(boxes[candidate.index], boxes[*other]);
        if overlap >= wanted.overlap {
            return true;
        }
        if wanted.sigma > 0.0 {
            candidate.score *= (-0.5 / wanted.sigma * overlap * overlap).exp();
        }
        if candidate.score <= wanted.score {
            break;
        }
    }
    false
}

/// The area that two boxes share, as a part of the area that they cover; 0 for boxes without area.
fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let corners = |x: [f32; 4]| [x[0].min(x[2]), x[1].min(x[3]), x[0].max(x[2]), x[1].max(x[3])];
    let area = |x: [f32; 4]| (x[2] - x[0]) * (x[3] - x[1]);
    let (a, b) = (corners(a), corners(b));
    if area(a) <= 0.0 || area(b) <= 0.0 {
        return 0.0;
    }
    let side = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    let shared = side(0, 2) * side(1, 3);
    shared / (area(a) + area(b) - shared)
}

/// A binary heap by score. Of equal scores, one that comes in stays below, and the one on the right rises.
#[derive(Default)]
struct Queue(Vec<Candidate>);

impl Queue {
    fn push(&mut self, candidate: Candidate) {
        self.0.push(candidate);
        self.rise(self.0.len() - 1, candidate);
    }

    /// Takes the best. The hole that it leaves sinks along the better children to a leaf, where the last one fills it.
    fn pop(&mut self) -> Option<Candidate> {
        let last = self.0.pop()?;
        let Some(best) = self.0.first().copied() else {
            return Some(last);
        };
        let mut hole = 0;
        loop {
            let (left, right) = (2 * hole + 1, 2 * hole + 2);
            let child = match (self.0.get(left), self.0.get(right)) {
                (Some(a), Some(b)) if b.score < a.score => left,
                (Some(_), Some(_)) => right,
                (Some(_), None) => left,
                _ => break,
            };
            self.0[hole] = self.0[child];
            hole = child;
        }
        self.rise(hole, last);
        Some(best)
    }

    /// Puts a candidate into the place `at`, or above it where it is better.
    fn rise(&mut self, mut at: usize, candidate: Candidate) {
        while at > 0 && self.0[(at - 1) / 2].score < candidate.score {
            self.0[at] = self.0[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        self.0[at] = candidate;
    }
}
