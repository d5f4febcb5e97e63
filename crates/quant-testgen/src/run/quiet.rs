//! Calling what may panic without its panic message: the runner has said all in its own.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether `f` came to its end. A panic in it prints nothing; panics of other threads print as ever.
pub(super) fn succeeds(f: impl FnOnce()) -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    QUIET.set(false);
    result.is_ok()
}

/// Ends a test that has failed. The harness keeps what is printed and shows it below the test's name; a panic message
/// would put a place in this crate before it, and a backtrace that says nothing behind it.
pub(super) fn fail(what: &str) -> ! {
    eprintln!("{what}");
    panic::resume_unwind(Box::new("the message is above"))
}
