//! Progress on a terminal; nothing elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// A bar over records, behind a word for what is done with them, on the standard error when that is a terminal.
pub fn bar(doing: &'static str, count: usize) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(count as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} records, {eta} left") {
        bar.set_style(style);
    }
    bar.with_message(doing).with_finish(ProgressFinish::AndClear)
}
