//! Time and memory of single cases.

use std::alloc::System;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Tests of this program take turns: the allocator counts what all threads allocate.
pub fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Most memory that a case may take.
const MEMORY: usize = 100 << 20;
/// A case that takes longer hangs. How long cases really take is printed, not tested: other programs run besides.
const HANGS: Duration = Duration::from_secs(5);

/// What happened to the cases of one kind.
pub struct Table {
    kind: String,
    cases: usize,
    errors: usize,
    time: Duration,
    memory: usize,
}

impl Table {
    /// No case yet.
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            cases: 0,
            errors: 0,
            time: Duration::ZERO,
            memory: 0,
        }
    }

    /// Runs one case, which says whether its input was taken. A panic, a hang or too much memory names the case.
    #[track_caller]
    pub fn case(&mut self, name: &dyn Fn() -> String, run: impl FnOnce() -> bool) {
        ALLOCATOR.reset_peak_memory();
        let start = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(run));
        let (time, memory) = (start.elapsed(), ALLOCATOR.get_peak_memory());
        let Ok(taken) = done else {
            panic!("{}: {} panicked", self.kind, name());
        };
        assert!(time < HANGS, "{}: {} took {time:?}", self.kind, name());
        assert!(memory < MEMORY, "{}: {} took {memory} bytes", self.kind, name());
        self.cases += 1;
        self.errors += usize::from(!taken);
        self.time = self.time.max(time);
        self.memory = self.memory.max(memory);
    }

    /// Prints the row of the table, with `--nocapture`.
    pub fn print(&self) {
        println!(
            "| {} | {} | {} | {} | {:.1} ms | {:.1} MB |",
            self.kind,
            self.cases,
            self.errors,
            self.cases - self.errors,
            self.time.as_secs_f64() * 1e3,
            self.memory as f64 / 1e6
        );
    }

    /// How many cases were refused, and how many there were.
    pub fn counts(&self) -> (usize, usize) {
        (self.errors, self.cases)
    }
}
