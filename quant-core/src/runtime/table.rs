//! The table that `tools/make_litert_rules.py` measured, one row for an operator in one type of activations and weights.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a runtime does with an operator in certain types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It is right, whatever the scales.
    Any,
    /// It is right when all activations, constants among them, have one scale and zero point.
    Same,
    /// It is right when the outputs have this scale and zero point.
    Fixed(f32, i64),
    /// It runs and is not right.
    Wrong,
    /// It is refused.
    None,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'t> {
    /// Which inputs are activations, as in `0,1`; `*` is all.
    operands: &'t str,
    /// Type of the activations, as in `uint8`; of operators between two types `uint8>int16`.
    pub activations: &'t str,
    /// Type and granularity of the weights, as in `int8 channel`; `-` for operators without.
    pub weights: &'t str,
    /// First and last version of the operator's code that is taken, when it is taken at all.
    pub versions: Option<(i32, i32)>,
    /// As the runtime comes, with its delegates.
    pub default: Verdict,
    /// Without delegates, which do not take every node.
    pub plain: Verdict,
}

const TABLE: &str = include_str!("litert.tsv");

/// The rows of each operator, parsed once: a model has many operators.
static ROWS: LazyLock<BTreeMap<&str, Vec<Row<'static>>>> = LazyLock::new(|| {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for line in TABLE.lines() {
        if let (Some((operator, _)), Some(row)) = (line.split_once('\t'), row(line)) {
            rows.entry(operator).or_default().push(row);
        }
    }
    rows
});

/// The rows of an operator.
pub fn rows(operator: &str) -> impl Iterator<Item = Row<'static>> {
    ROWS.get(operator).into_iter().flatten().copied()
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    next()?; // the operator
    Some(Row {
        operands: next()?,
        activations: next()?,
        weights: next()?,
        versions: versions(next()?),
        default: verdict(next()?)?,
        plain: verdict(next()?)?,
    })
}

fn versions(cell: &str) -> Option<(i32, i32)> {
    let (first, last) = cell.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn verdict(cell: &str) -> Option<Verdict> {
    let mut words = cell.split(' ');
    Some(match words.next()? {
        "any" => Verdict::Any,
        "same" => Verdict::Same,
        "fixed" => Verdict::Fixed(words.next()?.parse().ok()?, words.next()?.parse().ok()?),
        "wrong" => Verdict::Wrong,
        "none" => Verdict::None,
        _ => return None,
    })
}

impl Row<'_> {
    /// Numbers of the inputs that are activations, of `count` inputs.
    pub fn operands(&self, count: usize) -> Vec<usize> {
        match self.operands {
            "*" => (0..count).collect(),
            list => list.split(',').filter_map(|number| number.parse().ok()).collect(),
        }
    }

    /// The weaker of what the runtime does with delegates and without: which nodes they take depends on the machine.
    pub fn verdict(&self) -> Verdict {
        match (self.default, self.plain) {
            (Verdict::Any, plain) => plain,
            (default, _) => default,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert!(lines > 400, "{lines}");
        assert!(TABLE.starts_with("# What ai-edge-litert 2.3.0 runs"));
        let names = (0..256).filter_map(|code| quant_ir::Builtin(code).name());
        let rows: Vec<Row<'_>> = names.flat_map(rows).collect();
        assert_eq!(rows.len(), lines);
        for row in rows {
            assert!(!row.operands(2).is_empty(), "{row:?}");
            assert_eq!(row.plain == Verdict::None, row.versions.is_none(), "{row:?}");
        }
    }
}
