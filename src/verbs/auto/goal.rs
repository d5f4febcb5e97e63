//! What a search is to reach.

use quant_core::interp::Profile;
use serde_json::{Value, json};

use super::judge::Score;
use super::trail::{Got, Tried};
use crate::execution::runtime;

/// What a search is to reach.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
pub struct Goal {
    /// The score may be so many points below the float model's: percent of right answers with --labels; without them percent of
    /// answers that are the float model's, or of the outputs' energy; with --evaluator what it prints
    #[arg(long, value_name = "P")]
    max_drop: Option<f64>,
    /// The file has no more than so many bytes: the best that fits is taken
    #[arg(long, value_name = "B")]
    max_bytes: Option<u64>,
    /// The model computes in integers, as that runtime does: litert-reference, litert or one
    #[arg(long, value_name = "RUNTIME", value_parser = runtime)]
    pub runtime: Option<Profile>,
}

impl Goal {
    /// Points that may be lost; without a word of it none, but where other things are asked.
    fn drop(&self) -> Option<f64> {
        self.max_drop
    }

    /// Whether a goal can be reached by being good enough; else the best is looked for.
    pub fn is_enough(&self) -> bool {
        self.max_drop.is_some()
    }

    /// Whether numbers are what they can be.
    pub fn is_sound(&self) -> bool {
        self.max_drop.is_none_or(|drop| drop.is_finite() && drop >= 0.0)
    }

    /// Whether a model may be taken, however good it is.
    pub fn fits(&self, got: &Got) -> bool {
        let wanted = self
            .runtime
            .map(|profile| format!("integers of {}", profile.name()));
        self.max_bytes.is_none_or(|most| got.bytes <= most)
            && wanted.is_none_or(|wanted| got.score.executed == wanted)
    }

    /// Whether it is reached.
    pub fn is_met(&self, got: &Got, float: &Score) -> bool {
        // What is 0.5 in decimals is not always so in binary.
        let drop = self.drop().map_or(f64::INFINITY, |drop| drop + 1e-9);
        self.fits(got) && float.value - got.score.value <= drop
    }

    /// Which of two is better: first what may be taken, then the score, then how near the outputs are, then the smaller file,
    /// then the first.
    pub fn is_better(&self, new: &Got, old: &Got) -> bool {
        let key = |got: &Got| (self.fits(got), got.score.value, got.score.sqnr);
        let ((a, score_a, sqnr_a), (b, score_b, sqnr_b)) = (key(new), key(old));
        let order = a
            .cmp(&b)
            .then(score_a.total_cmp(&score_b))
            .then(sqnr_a.total_cmp(&sqnr_b));
        order.then(old.bytes.cmp(&new.bytes)).is_gt()
    }

    /// The number of the one to take: of those that reach the goal the one with the fewest float operators, then the fewest of int16, then the smallest,
    /// then the best; when none does, the best of all.
    pub fn best(&self, tried: &[Tried], float: &Score) -> Option<usize> {
        let got = |at: &usize| tried[*at].got.as_ref().ok();
        let all = || (0..tried.len()).filter(|at| got(at).is_some());
        let better = |a: usize, b: usize| match (got(&a), got(&b)) {
            (Some(new), Some(old)) if self.is_better(new, old) => a,
            _ => b,
        };
        let met = all().filter(|at| self.is_enough() && got(at).is_some_and(|got| self.is_met(got, float)));
        let cost = |at: &usize| (tried[*at].candidate.apart.cost(), got(at).map(|got| got.bytes));
        let least = met.clone().map(|at| cost(&at)).min();
        let met = met.filter(|at| Some(cost(at)) == least);
        let of_met = met.reduce(|old, new| better(new, old));
        of_met.or_else(|| all().reduce(|old, new| better(new, old)))
    }

    /// It as JSON.
    pub fn json(&self, judged: &str) -> Value {
        json!({
            "judged": judged,
            "max_drop": self.max_drop,
            "max_bytes": self.max_bytes,
            "runtime": self.runtime.map(Profile::name),
        })
    }
}
