//! Which buffer holds which activation: planned once from lifetimes, so that runs allocate nothing.

use quant_ir::DType;

/// An activation that wants a buffer.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Its tensor.
    pub tensor: usize,
    /// The type of its elements; others need other buffers.
    pub dtype: DType,
    /// Elements.
    pub size: usize,
    /// The operator that writes it.
    pub from: usize,
    /// The last operator that reads it.
    pub to: usize,
}

/// The buffers of a graph.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For each tensor the number of its buffer.
    pub slots: Vec<Option<usize>>,
    /// How many buffers there are.
    pub buffers: usize,
}

impl Plan {
    /// The largest activations choose first; each takes the buffer that is free while it lives and nearest to it in
    /// size. Buffers of more than twice its size are left alone: growing them back would cost more time than the
    /// memory is worth.
    pub fn new(tensors: usize, mut spans: Vec<Span>) -> Self {
        spans.sort_by_key(|span| (std::cmp::Reverse(span.size), span.tensor));
        let mut slots = vec![None; tensors];
        // For each buffer the size of its smallest user, and all users.
        let mut buffers: Vec<(usize, Vec<Span>)> = Vec::new();
        for span in spans {
            let apart =
                |other: &Span| other.dtype == span.dtype && (other.to < span.from || span.to < other.from);
            let free = buffers
                .iter()
                .enumerate()
                .filter(|(_, (_, users))| users.iter().all(apart) && users[0].size <= 2 * span.size)
                .min_by_key(|(_, (size, _))| *size);
            let chosen = free.map_or(buffers.len(), |(index, _)| index);
            if chosen == buffers.len() {
                buffers.push((span.size, Vec::new()));
            }
            let (size, users) = &mut buffers[chosen];
            *size = (*size).min(span.size);
            users.push(span);
            slots[span.tensor] = Some(chosen);
        }
        Self {
            slots,
            buffers: buffers.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_share_and_others_do() {
        let span = |tensor, size, from, to| Span {
            tensor,
            dtype: if tensor == 5 { DType::Int8 } else { DType::Float32 },
            size,
            from,
            to,
        };
        let spans = [
            (0, 30, 0, 1),
            (1, 40, 1, 2),
            (2, 20, 2, 3),
            (4, 25, 3, 4),
            (3, 9, 4, 5),
            (5, 20, 5, 6),
        ];
        let spans = spans.map(|(tensor, size, from, to)| span(tensor, size, from, to));
        let Plan { slots, buffers } = Plan::new(6, spans.to_vec());
        // The small one could have shared, and would have made a buffer shrink and grow in every run.
        assert_eq!(buffers, 5);
        assert_eq!(slots, [Some(1), Some(0), Some(2), Some(4), Some(1), Some(3)]);
    }
}
