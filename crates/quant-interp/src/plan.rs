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
    /// For each buffer the elements of the largest activation in it.
    pub buffers: Vec<usize>,
}

/// Elements that a buffer is made for before an activation of that size is there, which nobody has checked yet.
const ROOM: usize = 1 << 24;

impl Plan {
    /// Elements that a buffer is made for, so that it does not grow in steps. Late operators have small ones, and need none.
    pub fn room(&self, buffer: usize) -> usize {
        self.buffers.get(buffer).copied().unwrap_or(0).min(ROOM)
    }

    /// The largest activations choose first, and none makes a buffer of its own where one is free while it lives, so that
    /// the buffers together are about as large as what lives at one time. Of several it takes that which grows least from one
    /// activation to the next: what is in it is in cache as well.
    pub fn new(tensors: usize, mut spans: Vec<Span>) -> Self {
        spans.sort_by_key(|span| (std::cmp::Reverse(span.size), span.tensor));
        let mut slots = vec![None; tensors];
        // For each buffer its users, in the order of the run.
        let mut buffers: Vec<Vec<Span>> = Vec::new();
        for span in spans {
            let places = buffers.iter().enumerate();
            let places = places.filter_map(|(index, users)| {
                let (at, growth) = place(users, span)?;
                Some((growth, index, at))
            });
            let (_, chosen, at) = places.min().unwrap_or((0, buffers.len(), 0));
            if chosen == buffers.len() {
                buffers.push(Vec::new());
            }
            buffers[chosen].insert(at, span);
            slots[span.tensor] = Some(chosen);
        }
        Self {
            slots,
            buffers: buffers
                .iter()
                .map(|users| users.iter().map(|user| user.size).max().unwrap_or(0))
                .collect(),
        }
    }
}

/// Where among a buffer's users an activation fits, and by how many elements more the buffer grows in each run when it is there. A
/// run begins with what the one before left.
fn place(users: &[Span], span: Span) -> Option<(usize, usize)> {
    let at = users.partition_point(|user| user.from < span.from);
    let (before, behind) = (at.checked_sub(1).map(|at| users[at]), users.get(at).copied());
    let apart =
        before.is_none_or(|user| user.to < span.from) && behind.is_none_or(|user| span.to < user.from);
    let (first, last) = (users.first()?, users.last()?);
    if !apart || first.dtype != span.dtype {
        return None;
    }
    let (before, behind) = (before.unwrap_or(*last).size, behind.unwrap_or(*first).size);
    let added = span.size.saturating_sub(before) + behind.saturating_sub(span.size);
    Some((at, added - behind.saturating_sub(before)))
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
        // Both 25 and 9 take the buffer of what is nearest to them in size.
        assert_eq!(buffers, [40, 30, 20, 20]);
        assert_eq!(slots, [Some(1), Some(0), Some(2), Some(2), Some(1), Some(3)]);
    }
}
