//! Records on several threads: each is worked on by one thread, and what comes of them is taken in their order.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quant_ir::error::{Error, Problem, Result};

/// Records of a wave for each thread, at most. What comes of the records of one wave is in memory at once, and no more; at
/// its end threads wait for the last record.
pub(crate) const WAVE: usize = 64;

/// Refuses to work on no thread.
pub(crate) fn check(threads: usize) -> Result<()> {
    match threads {
        0 => Err(Error::new(
            "threads",
            Problem::Option("0 run nothing".into()),
            "give at least 1",
        )),
        _ => Ok(()),
    }
}

/// Does `work` on every record, and hands what it makes to `take`, record after record. At most `threads` threads of
/// the current rayon pool take the next record each, or share the work within operators when there are fewer records
/// than threads; one thread is the caller's. A wave has at most `wave` records for each thread, and never more than
/// [`WAVE`]. `room` makes what a thread needs while it works, given how many threads
/// an operator may use.
///
/// # Errors
/// Of the first record that fails, whatever the number of threads.
pub(crate) fn in_order<R: Send, T: Send>(
    records: Range<usize>,
    threads: usize,
    wave: usize,
    room: impl Fn(usize) -> R + Sync,
    work: impl Fn(usize, &mut R) -> Result<T> + Sync,
    mut take: impl FnMut(usize, T) + Send,
) -> Result<()> {
    let threads = match threads {
        1 => 1,
        _ => threads.min(rayon::current_num_threads()),
    };
    if threads > 1 && records.len() >= threads {
        return rayon::scope(|_| waves(records, threads, wave.clamp(1, WAVE), || room(1), &work, take));
    }
    let one_by_one = || {
        let mut room = room(threads);
        for index in records {
            take(index, work(index, &mut room)?);
        }
        Ok(())
    };
    match threads {
        1 => one_by_one(),
        _ => rayon::scope(|_| one_by_one()),
    }
}

/// As [`in_order`], with up to `most` neighbouring records at once for each thread: as many as leave every thread four turns.
/// `work` makes one thing of each of its records.
pub(crate) fn in_groups<R: Send, T: Send>(
    records: Range<usize>,
    most: usize,
    threads: usize,
    wave: usize,
    room: impl Fn(usize) -> R + Sync,
    work: impl Fn(Range<usize>, &mut R) -> Result<Vec<T>> + Sync,
    mut take: impl FnMut(usize, T) + Send,
) -> Result<()> {
    let turns = if threads == 1 { 1 } else { 4 * threads };
    let group = (records.len() / turns).clamp(1, most.max(1));
    let of = |number: usize| {
        let first = records.start + number * group;
        first..records.end.min(first + group)
    };
    in_order(
        0..records.len().div_ceil(group),
        threads,
        (wave / group).max(1),
        room,
        |number, room| work(of(number), room),
        |number, made| of(number).zip(made).for_each(|(index, made)| take(index, made)),
    )
}

/// Wave after wave: nothing that is done grows with the number of records.
fn waves<R: Send, T: Send>(
    records: Range<usize>,
    threads: usize,
    wave: usize,
    room: impl Fn() -> R + Sync,
    work: impl Fn(usize, &mut R) -> Result<T> + Sync,
    mut take: impl FnMut(usize, T),
) -> Result<()> {
    let rooms = Mutex::new(Vec::new());
    for start in records.clone().step_by(wave * threads) {
        let end = records.end.min(start.saturating_add(wave * threads));
        let (next, failed) = (AtomicUsize::new(start), AtomicUsize::new(end));
        let done = Mutex::new(Vec::with_capacity(end - start));
        let run = || {
            let mut mine = Vec::new();
            let mut room = locked(&rooms).pop().unwrap_or_else(&room);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                // Records before one that failed may fail, too, and then it is they that are told.
                if index >= failed.load(Ordering::Relaxed) {
                    break;
                }
                let made = work(index, &mut room);
                if made.is_err() {
                    failed.fetch_min(index, Ordering::Relaxed);
                }
                mine.push((index, made));
            }
            locked(&rooms).push(room);
            locked(&done).extend(mine);
        };
        rayon::scope(|scope| (0..threads).for_each(|_| scope.spawn(|_| run())));
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(index, _)| *index);
        for (index, made) in done {
            take(index, made?);
        }
    }
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works on so many threads of a pool, and gives what was taken.
    fn taken(records: Range<usize>, threads: usize, bad: &[usize]) -> (Vec<usize>, Option<String>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap();
        let mut taken = Vec::new();
        let done = pool.install(|| {
            in_order(
                records,
                threads,
                WAVE,
                |threads| threads,
                |index, _| {
                    if bad.contains(&index) {
                        return Err(Error::invalid(format!("record {index}"), "bad", ""));
                    }
                    Ok(index * 3)
                },
                |index, made| {
                    assert_eq!(made, index * 3);
                    taken.push(index);
                },
            )
        });
        (taken, done.err().map(|error| error.to_string()))
    }

    #[test]
    fn records_are_taken_in_their_order() {
        for threads in [1, 2, 7, 1000] {
            for records in [0..0, 0..1, 0..6, 5..12, 3..2000] {
                let wanted: Vec<usize> = records.clone().collect();
                assert_eq!(taken(records, threads, &[]), (wanted, None), "{threads} threads");
            }
        }
    }

    #[test]
    fn the_first_record_that_fails_is_told() {
        for threads in [1, 2, 7] {
            for _ in 0..50 {
                let (taken, error) = taken(0..2000, threads, &[701, 702, 703, 705, 1900]);
                assert_eq!(taken, (0..701).collect::<Vec<_>>());
                assert!(error.unwrap().contains("record 701"));
            }
        }
    }

    #[test]
    fn fewer_records_than_threads_share_them_within_operators() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for (records, threads, within) in [(2, 3, 3), (3, 3, 1), (2, 9, 3), (1, 1, 1), (9, 2, 1), (1, 2, 2)] {
            let mut told = Vec::new();
            let work = |_, room: &mut usize| Ok(*room);
            pool.install(|| {
                in_order(
                    0..records,
                    threads,
                    WAVE,
                    |within| within,
                    work,
                    |_, made| told.push(made),
                )
            })
            .unwrap();
            assert_eq!(
                told,
                vec![within; records],
                "{records} records, {threads} threads"
            );
        }
    }

    #[test]
    fn groups_have_neighbours_and_all_records() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for (records, most, threads, largest) in [
            (0..11, 4, 1, 4),
            (5..7, 4, 1, 2),
            (0..32, 4, 2, 4),
            (3..12, 4, 2, 1),
            (0..0, 4, 1, 0),
            (0..99, 3, 3, 3),
            // Every thread has four turns.
            (0..24, 9, 2, 3),
            (0..40, 99, 1, 40),
        ] {
            let (mut taken, sizes) = (Vec::new(), Mutex::new(Vec::new()));
            let work = |group: Range<usize>, (): &mut ()| {
                locked(&sizes).push(group.len());
                Ok(group.collect())
            };
            let take = |index: usize, made: usize| {
                assert_eq!(index, made);
                taken.push(made);
            };
            pool.install(|| in_groups(records.clone(), most, threads, WAVE, |_| (), work, take))
                .unwrap();
            assert_eq!(taken, records.collect::<Vec<_>>());
            assert_eq!(locked(&sizes).iter().copied().max().unwrap_or(0), largest);
        }
    }

    #[test]
    fn one_thread_is_the_callers() {
        let mut made_on = Vec::new();
        let work = |_, (): &mut ()| Ok(std::thread::current().id());
        in_order(0..3, 1, WAVE, |_| (), work, |_, thread| made_on.push(thread)).unwrap();
        assert_eq!(made_on, vec![std::thread::current().id(); 3]);
    }

    #[test]
    fn no_thread_does_nothing() {
        assert!(check(0).unwrap_err().to_string().contains("give at least 1"));
        assert!(check(1).is_ok());
    }

    /// What comes of a record, counted while it is in memory.
    struct Made<'c>(&'c AtomicUsize);

    impl Drop for Made<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn no_more_than_a_wave_is_in_memory() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for wave in [WAVE, 3] {
            most_in_memory(&pool, wave);
        }
    }

    /// Groups of four in a wave of nine records for each thread: two groups each.
    #[test]
    fn groups_are_no_more_than_a_wave_either() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let (alive, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |group: Range<usize>, (): &mut ()| {
            if group.start == 0 {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            let made = group.map(|_| {
                most.fetch_max(alive.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                Made(&alive)
            });
            Ok(made.collect())
        };
        pool.install(|| in_groups(0..5000, 4, 3, 9, |_| (), work, |_, made| drop(made)))
            .unwrap();
        let most = most.into_inner();
        // While the first group takes its time, the others of its wave are done.
        assert!((3 * 4..=3 * 8).contains(&most), "{most} records");
    }

    fn most_in_memory(pool: &rayon::ThreadPool, wave: usize) {
        let (alive, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |index: usize, (): &mut ()| {
            // The first record of all is slow; the others must not run ahead of it.
            if index == 0 {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            most.fetch_max(alive.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            Ok(Made(&alive))
        };
        pool.install(|| in_order(0..5000, 3, wave, |_| (), work, |_, made| drop(made)))
            .unwrap();
        assert_eq!(alive.into_inner(), 0);
        let most = most.into_inner();
        assert!((1..=3 * wave).contains(&most), "{most} records");
    }
}
