//! Which elements of ADD and MUL LiteRT's own kernels compute in vectors, where they round and wrap otherwise than in the rest.

/// Elements that one call of an inner loop computes, and how many of them stand in whole vectors.
pub struct Vectors {
    chunk: usize,
    whole: usize,
    /// Whether one of the two operands is a single element for the whole chunk.
    pub scalar: bool,
}

impl Vectors {
    /// Of two shapes; `both` elements are in a vector where both operands go on, `one` where one of them stays. Shapes that need
    /// more than five loops (`ProcessBroadcastShapes`) have no vectors.
    pub fn of(a: &[usize], b: &[usize], (both, one): (usize, usize)) -> Self {
        if a == b {
            let chunk = a.iter().product();
            return Self::new(chunk, both, false);
        }
        let none = Self::none();
        let rank = a.len().max(b.len());
        let dim = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
        let mut dims: Vec<(usize, usize)> = (0..rank).map(|at| (dim(a, at), dim(b, at))).collect();
        // The one that is repeated first, from behind, stands first.
        match dims.iter().rev().find(|(p, q)| p != q) {
            Some((1, _)) | None => {}
            Some((_, 1)) => dims.iter_mut().for_each(|(p, q)| std::mem::swap(p, q)),
            Some(_) => return none,
        }
        let mut left = dims.into_iter().rev().peekable();
        let mut along = |wanted: &dyn Fn(usize, usize) -> bool| {
            let mut size = 1;
            while let Some((p, q)) = left.next_if(|(p, q)| wanted(*p, *q)) {
                size *= p.max(q);
            }
            size
        };
        let (same, first, second) = (
            |p: usize, q: usize| p == q,
            |p: usize, _: usize| p == 1,
            |_: usize, q: usize| q == 1,
        );
        let inner = along(&same);
        let repeated = along(&first);
        along(&same);
        along(&second);
        along(&same);
        if left.next().is_some() {
            return none;
        }
        match inner {
            1 => Self::new(repeated, one, true),
            inner => Self::new(inner, both, false),
        }
    }

    /// No element is in a vector.
    pub fn none() -> Self {
        Self::new(1, 2, false)
    }

    fn new(chunk: usize, lanes: usize, scalar: bool) -> Self {
        Self {
            chunk: chunk.max(1),
            whole: chunk / lanes * lanes,
            scalar,
        }
    }

    /// Whether an element of the output is in a vector.
    pub fn has(&self, at: usize) -> bool {
        at % self.chunk < self.whole
    }
}

/// The zero point is added in 16 bits, which wrap.
pub fn narrow(result: i32, zero: i32) -> i32 {
    i32::from((result as i16).wrapping_add(zero as i16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_loops() {
        let of = |a: &[usize], b: &[usize]| {
            let vectors = Vectors::of(a, b, (16, 8));
            (vectors.chunk, vectors.whole, vectors.scalar)
        };
        assert_eq!(of(&[2, 3, 7], &[2, 3, 7]), (42, 32, false));
        assert_eq!(of(&[2, 3, 7], &[7]), (7, 0, false));
        assert_eq!(of(&[2, 3, 20], &[1, 1, 20]), (20, 16, false));
        assert_eq!(of(&[2, 3, 5], &[1]), (30, 24, true));
        assert_eq!(of(&[2, 1, 5, 7], &[2, 3, 1, 7]), (7, 0, false));
        // Repeated by turns.
        assert_eq!(of(&[1, 4, 1, 17], &[3, 1, 5, 17]), (1, 0, false));
    }
}
