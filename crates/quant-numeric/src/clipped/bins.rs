//! Counts of values in narrow bins.

use rayon::prelude::*;

use super::places::{MOST, ONE, PLACE, PLACES, Places, count};
use super::{BLOCK, RUN};
use crate::round::half_even_f32;

/// Bins of one width over a range that holds 0, which is the centre of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// Width of a bin, greater than 0.
    pub width: f32,
    /// The bin whose centre is 0.
    pub zero: usize,
    /// How many there are, at most [`Bins::MOST`].
    pub count: usize,
}

impl Bins {
    /// The number of bins whose places a float still tells apart.
    pub const MOST: usize = MOST;

    /// How far a value may be from where its place says that it is, in widths: two places.
    pub const DOUBT: f64 = 2.0 / PLACES as f64;

    /// Bins over `low`…`high`, which lie around 0; the end that is further from it is the centre of a bin.
    pub fn over(low: f32, high: f32) -> Self {
        let most = (Self::MOST - 8) as f32;
        let reach = high.max(-low);
        // Bins between 0 and the further end.
        let far = half_even_f32(most * (reach / (high - low))).max(1.0);
        let width = reach / far;
        let below = (-low / width).ceil() as usize + 1;
        let above = (high / width).ceil() as usize + 1;
        Self {
            width,
            zero: below,
            count: below + above + 1,
        }
    }

    /// How many values of all parts lie in each bin, and the sum of their distances from its centre, in widths. Values beyond
    /// the range are `beyond`'s, in their order. On the threads of the current rayon pool.
    pub fn tally(self, parts: &[&[f32]], range: [f32; 2]) -> Tally {
        self.tallied(parts, range, counted)
    }

    /// What [`Self::tally`] does on machines without AVX-512, on any machine: tests compare both.
    #[doc(hidden)]
    pub fn tally_in_two_tables(self, parts: &[&[f32]], range: [f32; 2]) -> Tally {
        self.tallied(parts, range, in_two_tables)
    }

    fn tallied(self, parts: &[&[f32]], [low, high]: [f32; 2], counted: Counted) -> Tally {
        let threads = rayon::current_num_threads().max(1);
        let all: usize = parts.iter().map(|part| part.len()).sum();
        // A bin of a table holds 2²⁸ values.
        let share = all.div_ceil(threads).next_multiple_of(RUN).clamp(BLOCK, 1 << 27);
        let pieces: Vec<&[f32]> = parts.iter().flat_map(|part| part.chunks(share)).collect();
        let place = Places {
            width: self.width,
            zero: self.zero,
            low,
            high,
        };
        let found: Vec<_> = pieces.par_iter().map(|values| counted(values, place)).collect();
        let mut tally = Tally::new(self);
        for (tables, beyond) in found {
            tally.beyond.extend(beyond);
            for table in tables.chunks(Self::MOST) {
                for (bin, number) in tally.bins.iter_mut().zip(table) {
                    let (count, places) = (number >> 36, number % ONE);
                    bin.0 += count;
                    // Places are counted from the lower edge. The numbers are whole: no sum is rounded.
                    bin.1 += places as f64 / PLACES as f64 - count as f64 / 2.0;
                }
            }
        }
        tally
    }
}

/// Where values lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Of each bin: the number of its values, and the sum of their distances from its centre in widths.
    pub bins: Vec<(u64, f64)>,
    /// Values outside the range.
    pub beyond: Vec<f32>,
}

impl Tally {
    /// Nothing counted yet in so many bins.
    pub fn new(bins: Bins) -> Self {
        Self {
            bins: vec![(0, 0.0); bins.count],
            beyond: Vec::new(),
        }
    }

    /// Adds what was counted of other values in the same bins. The numbers are whole: no sum is rounded.
    pub fn add(&mut self, more: Self) {
        for (bin, more) in self.bins.iter_mut().zip(more.bins) {
            bin.0 += more.0;
            bin.1 += more.1;
        }
        self.beyond.extend(more.beyond);
    }
}

/// Makes tables, one behind the other, and finds values beyond the range.
type Counted = fn(&[f32], Places) -> (Vec<u64>, Vec<f32>);

fn counted(values: &[f32], place: Places) -> (Vec<u64>, Vec<f32>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V4::try_new() {
        let (mut table, mut beyond) = (vec![0; Bins::MOST], Vec::new());
        if let Some(table) = table.first_chunk_mut() {
            let beyond = &mut beyond;
            simd.vectorize(super::compressed::Compressed {
                simd,
                values,
                place,
                table,
                beyond,
            });
        }
        return (table, beyond);
    }
    in_two_tables(values, place)
}

fn in_two_tables(values: &[f32], place: Places) -> (Vec<u64>, Vec<f32>) {
    let (mut tables, mut beyond) = (vec![0; 2 * Bins::MOST], Vec::new());
    if let ([one, two], _) = tables.as_chunks_mut() {
        pulp::Arch::new().dispatch(Spread {
            values,
            place,
            tables: [one, two],
            beyond: &mut beyond,
        });
    }
    (tables, beyond)
}

/// Two tables, so that equal neighbours do not wait for each other.
struct Spread<'a> {
    values: &'a [f32],
    place: Places,
    tables: [&'a mut [u64; Bins::MOST]; 2],
    beyond: &'a mut Vec<f32>,
}

impl pulp::NullaryFnOnce for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let place = self.place;
        let [factor, origin] = place.terms();
        let [one, two] = self.tables;
        let mut places = [0; RUN];
        for run in self.values.chunks(RUN) {
            let mut outside = 0;
            for (to, &x) in places.iter_mut().zip(run) {
                outside += u32::from(x < place.low) + u32::from(x > place.high);
                *to = (x * factor + origin).to_bits() & PLACE;
            }
            if outside == 0 {
                let (pairs, rest) = places[..run.len()].as_chunks::<2>();
                for [a, b] in pairs {
                    count(one, *a);
                    count(two, *b);
                }
                rest.iter().for_each(|a| count(one, *a));
                continue;
            }
            for (&x, &a) in run.iter().zip(&places) {
                if place.is_beyond(x) {
                    self.beyond.push(x);
                } else {
                    count(one, a);
                }
            }
        }
    }
}
