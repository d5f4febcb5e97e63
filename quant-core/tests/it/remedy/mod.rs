//! Remedies: each keeps what it is to keep, and wins back what it is to win.

mod equalize;
mod net;
