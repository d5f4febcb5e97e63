//! Which instructions this machine has.

use pulp::NullaryFnOnce;

use super::lanes::{Lanes, Work};
use super::plain::Plain;
#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512, Vnni};

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub struct Machine(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain(Plain),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Vnni(Vnni),
}

impl Machine {
    /// All that this machine has, the best one last.
    pub fn all() -> Vec<Self> {
        let all = [
            Some(Kind::Plain(Plain)),
            #[cfg(target_arch = "x86_64")]
            Avx2::try_new().map(Kind::Avx2),
            #[cfg(target_arch = "x86_64")]
            Avx512::try_new().map(Kind::Avx512),
            #[cfg(target_arch = "x86_64")]
            Vnni::try_new().map(Kind::Vnni),
        ];
        all.into_iter().flatten().map(Self).collect()
    }

    /// The best one.
    pub fn best() -> Self {
        Self::all().pop().unwrap_or(Self(Kind::Plain(Plain)))
    }

    pub(super) fn dispatch<W: Work>(self, work: W) -> W::Output {
        match self.0 {
            Kind::Plain(lanes) => lanes.vectorize(With { lanes, work }),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(lanes) => lanes.vectorize(With { lanes, work }),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(lanes) => lanes.vectorize(With { lanes, work }),
            #[cfg(target_arch = "x86_64")]
            Kind::Vnni(lanes) => lanes.vectorize(With { lanes, work }),
        }
    }

    /// Words in a vector.
    pub(super) fn lanes(self) -> usize {
        struct Count;
        impl Work for Count {
            type Output = usize;

            #[inline(always)]
            fn run<L: Lanes>(self, _: L) -> usize {
                L::COUNT
            }
        }
        self.dispatch(Count)
    }
}

struct With<L, W> {
    lanes: L,
    work: W,
}

impl<L: Lanes, W: Work> NullaryFnOnce for With<L, W> {
    type Output = W::Output;

    #[inline(always)]
    fn call(self) -> W::Output {
        self.work.run(self.lanes)
    }
}
