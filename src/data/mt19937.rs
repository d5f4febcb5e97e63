//! Random records as C++ programs make them with `std::mt19937` and the distributions of libstdc++.
//!
//! The generator is of Matsumoto and Nishimura, "Mersenne Twister" (ACM TOMACS 8, 1998). A float in a…b is
//! `(x / 2³²) · (b − a) + a` in single precision, below 1 before it is scaled. An integer is taken by the
//! multiplication of Lemire, "Fast Random Integer Generation in an Interval" (ACM TOMACS 29, 2019), as in libstdc++
//! from GCC 11 on.

use quant_core::ir::{DType, Tensor};
use quant_core::record::Records;
use quant_core::value::{Data, Value};
use quant_core::{Error, Place, Problem, Result};

use super::elements;

/// Words of the generator's state, and the distance of the words that are mixed.
const WORDS: usize = 624;
const DISTANCE: usize = 397;

/// The generator, seeded with 5489 as C++ does when nothing is said.
struct Mt19937 {
    state: Vec<u32>,
    next: usize,
}

impl Mt19937 {
    fn new() -> Self {
        let mut state = vec![5489_u32];
        for index in 1..WORDS as u32 {
            let last = state[state.len() - 1];
            state.push(
                1_812_433_253_u32
                    .wrapping_mul(last ^ last >> 30)
                    .wrapping_add(index),
            );
        }
        Self { state, next: WORDS }
    }

    fn next(&mut self) -> u32 {
        if self.next == WORDS {
            for at in 0..WORDS {
                let joined = self.state[at] & 0x8000_0000 | self.state[(at + 1) % WORDS] & 0x7fff_ffff;
                let twisted = joined >> 1 ^ if joined & 1 == 0 { 0 } else { 0x9908_b0df };
                self.state[at] = self.state[(at + DISTANCE) % WORDS] ^ twisted;
            }
            self.next = 0;
        }
        let mut x = self.state[self.next];
        self.next += 1;
        x ^= x >> 11;
        x ^= x << 7 & 0x9d2c_5680;
        x ^= x << 15 & 0xefc6_0000;
        x ^ x >> 18
    }

    /// Uniform in −5…5.
    fn float(&mut self) -> f32 {
        let unit = (self.next() as f32 / 4_294_967_296.0).min(1.0_f32.next_down());
        unit * 10.0 + -5.0
    }

    /// Uniform in 0…limit − 1.
    fn below(&mut self, limit: u32) -> u32 {
        let threshold = limit.wrapping_neg() % limit;
        loop {
            let product = u64::from(self.next()) * u64::from(limit);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }
}

/// Random records: floats in −5…5, integers in 0…100, bools; the same on every machine.
pub struct Mt19937Records {
    inputs: Vec<(DType, Vec<usize>)>,
    count: usize,
}

impl Mt19937Records {
    /// `count` records for a model.
    ///
    /// # Errors
    /// An input of unknown shape, or of a type that has no random values.
    pub fn new(inputs: &[Tensor], count: usize) -> Result<Self> {
        let input = |input: &Tensor| {
            let known = [DType::Float32, DType::Int32, DType::Int64, DType::Bool];
            if !known.contains(&input.dtype) {
                return Err(Error::new(
                    Place::tensor("input", &input.name),
                    Problem::UnsupportedType(format!("there is no random data of type {}", input.dtype)),
                    "give data from a file",
                ));
            }
            Ok((input.dtype, elements::shape(input)?))
        };
        let inputs = inputs.iter().map(input).collect::<Result<_>>()?;
        Ok(Self { inputs, count })
    }
}

impl Records for Mt19937Records {
    fn len(&self) -> usize {
        self.count
    }

    /// One stream of numbers runs through all records, so those before `index` are made again.
    fn get(&self, index: usize) -> Result<Vec<Value>> {
        let mut random = Mt19937::new();
        let mut record = Vec::new();
        for _ in 0..=index {
            record.clear();
            for (dtype, shape) in &self.inputs {
                let all = 0..shape.iter().product::<usize>();
                let data = match dtype {
                    DType::Int32 => Data::I32(all.map(|_| random.below(101) as i32).collect()),
                    DType::Int64 => Data::I64(all.map(|_| i64::from(random.below(101))).collect()),
                    DType::Bool => Data::Bool(all.map(|_| random.below(2) == 1).collect()),
                    _ => Data::F32(all.map(|_| random.float()).collect()),
                };
                let shape = shape.clone();
                record.push(Value { shape, data });
            }
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_that_of_the_standard() {
        let mut random = Mt19937::new();
        // [rand.predef]: the 10000th number of a default-seeded mt19937 is 4123659995.
        let last = (0..10_000).map(|_| random.next()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn distributions_are_those_of_libstdcxx() {
        // What a program compiled by g++ 12.2 prints: six floats, eight int32, eight int64, sixteen bools, one after
        // the other, then sums over three million floats and as many integers.
        let mut random = Mt19937::new();
        let floats: Vec<u32> = (0..6).map(|_| random.float().to_bits()).collect();
        assert_eq!(
            floats,
            [
                0x4049_6c54,
                0xc069_4b72,
                0x4081_da7a,
                0x4056_67cc,
                0xc06e_ba7b,
                0x4096_09a6
            ]
        );
        let integers: Vec<u32> = (0..16).map(|_| random.below(101)).collect();
        assert_eq!(
            integers,
            [92, 22, 63, 31, 9, 55, 28, 19, 55, 100, 96, 100, 97, 97, 15, 73]
        );
        let bools: Vec<u32> = (0..16).map(|_| random.below(2)).collect();
        assert_eq!(bools, [1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
        let sum = |sum: u64, x: u32| sum.wrapping_mul(31).wrapping_add(u64::from(x));
        let floats = (0..3_000_000).fold(0, |total, _| sum(total, random.float().to_bits()));
        assert_eq!(floats, 5_950_298_546_925_995_318);
        let integers = (0..3_000_000).fold(0, |total, _| sum(total, random.below(101)));
        assert_eq!(integers, 4_967_435_901_311_088_215);
    }
}
