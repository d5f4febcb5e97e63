//! The independent oracle: recomputes every golden in plain f64.
