//! The search over values that come batch by batch, up to three times.
//!
//! The first pass finds the extremes and with them the candidates, the second counts values in bins, the third computes the
//! losses of the candidates that may be the least. Between them a few hundred kilobytes are kept, and the share of the values
//! that lies outside the percentiles.

use quant_ir::Result;
use quant_numeric::clipped::{Bins, Grid, Tally, add_squared_errors, extremes};

use super::bounds;
use super::candidates::{Found, Search, factors, factors_of, grid, least, rank};
use super::ranked::Ranked;
use crate::algorithm::infinite;

/// Below so many values the definition itself is quick enough.
const FEW: usize = 1 << 17;

/// A search that is told of all values once in each pass.
#[derive(Clone, Debug)]
pub struct Stream {
    search: Search,
    /// Values in all.
    count: usize,
    /// Upper and lower end that factor 1 means.
    ends: [f32; 2],
    grids: Vec<Grid>,
    pass: Pass,
}

#[derive(Clone, Debug)]
enum Pass {
    Ends {
        greatest: Ranked,
        least: Ranked,
        range: [f32; 2],
    },
    Bins {
        bins: Bins,
        span: [f32; 2],
        tally: Tally,
    },
    Losses {
        losses: Vec<f64>,
        /// The candidates that are computed, and their sums.
        near: Vec<usize>,
        grids: Vec<Grid>,
        sums: Vec<f64>,
    },
    Over(Found),
}

impl Stream {
    /// A search of `count` values.
    pub fn new(search: Search, count: usize) -> Self {
        let rank = |percentile| rank(count.max(1), percentile);
        Self {
            search,
            count,
            ends: [0.0; 2],
            grids: Vec::new(),
            pass: Pass::Ends {
                greatest: Ranked::greatest(rank(search.max_percentile)),
                least: Ranked::least(rank(search.min_percentile)),
                range: [f32::INFINITY, f32::NEG_INFINITY],
            },
        }
    }

    /// More values of this pass, in the order of every pass. On the threads of the current rayon pool.
    ///
    /// # Errors
    /// NaN or infinity.
    pub fn see(&mut self, values: &[f32]) -> Result<()> {
        match &mut self.pass {
            Pass::Ends {
                greatest,
                least,
                range,
            } => {
                let runs = extremes(values).ok_or_else(infinite)?;
                for [low, high] in &runs {
                    *range = [range[0].min(*low), range[1].max(*high)];
                }
                greatest.see(values, &runs);
                least.see(values, &runs);
            }
            Pass::Bins { bins, span, tally } => tally.add(bins.tally(&[values], *span)),
            Pass::Losses { grids, sums, .. } => add_squared_errors(sums, values, grids),
            Pass::Over(_) => {}
        }
        Ok(())
    }

    /// All values were seen: goes on to the next pass, or to what was [`found`](Self::found).
    pub fn end_of_pass(&mut self) {
        let nothing = Pass::Over(self.result(Vec::new()));
        self.pass = match std::mem::replace(&mut self.pass, nothing) {
            Pass::Ends { .. } if self.count == 0 => {
                self.candidates();
                self.definition()
            }
            Pass::Ends {
                greatest,
                least,
                range,
            } => {
                self.ends = [greatest.value().max(0.0), least.value().min(0.0)];
                self.candidates();
                match bounds::span(&self.grids, range) {
                    Some(span) if self.count > FEW => {
                        let bins = Bins::over(span[0], span[1]);
                        let tally = Tally::new(bins);
                        Pass::Bins { bins, span, tally }
                    }
                    _ => self.definition(),
                }
            }
            Pass::Bins { bins, tally, .. } => match bounds::of(bins, &tally, &self.grids) {
                Some(bounds) => self.near(&bounds),
                None => self.definition(),
            },
            Pass::Losses {
                mut losses,
                near,
                sums,
                ..
            } => {
                for (index, sum) in near.into_iter().zip(sums) {
                    losses[index] = self.mean(sum);
                }
                Pass::Over(self.result(losses))
            }
            over @ Pass::Over(_) => over,
        };
    }

    /// What was found; nothing while another pass is wanted.
    pub fn found(&self) -> Option<&Found> {
        match &self.pass {
            Pass::Over(found) => Some(found),
            _ => None,
        }
    }

    fn candidates(&mut self) {
        let [max, min] = self.ends;
        let grids = factors(&self.search).map(|factor| grid(factor, max, min, &self.search));
        self.grids = grids.collect();
    }

    /// `mean((round(clip(x) / scale) · scale − x)²)` of every candidate.
    fn definition(&self) -> Pass {
        Pass::Losses {
            losses: vec![0.0; self.grids.len()],
            near: (0..self.grids.len()).collect(),
            grids: self.grids.clone(),
            sums: vec![0.0; self.grids.len()],
        }
    }

    /// That of the candidates that may be the least.
    fn near(&self, bounds: &[bounds::Bound]) -> Pass {
        let limit = bounds
            .iter()
            .map(|bound| bound.at_most)
            .fold(f64::INFINITY, f64::min);
        let losses: Vec<f64> = bounds
            .iter()
            .map(|bound| self.mean(bound.at_least.midpoint(bound.at_most)))
            .collect();
        let near: Vec<usize> = (0..bounds.len())
            .filter(|index| bounds[*index].at_least <= limit)
            .collect();
        if near.len() == 1 {
            return Pass::Over(self.result(losses));
        }
        Pass::Losses {
            losses,
            grids: near.iter().map(|index| self.grids[*index]).collect(),
            sums: vec![0.0; near.len()],
            near,
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.count.max(1) as f64
    }

    fn result(&self, losses: Vec<f64>) -> Found {
        let [max_init, min_init] = self.ends;
        let best = if losses.is_empty() { 0 } else { least(&losses) };
        let factor = factors(&self.search).nth(best).unwrap_or(1.0);
        Found {
            max_init,
            min_init,
            losses,
            best,
            factors: factors_of(factor, max_init, min_init, &self.search),
        }
    }
}
