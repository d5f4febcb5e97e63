//! Remedies: each keeps what it is to keep, and wins back what it is to win.

mod correct;
mod equalize;
mod net;
