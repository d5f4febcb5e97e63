//! Operators that stayed float, as people and programs read of them.

use std::fmt::Write as _;

use quant_core::ir::head;
use quant_core::scheme::{Kept, Why};
use serde_json::{Value, json};

use crate::table::shortened;

/// Lines of a summary at most.
const LINES: usize = 12;

/// A line for each kind of operator and reason; nothing when none stayed float.
pub fn lines(kept: &[Kept]) -> String {
    let mut groups: Vec<(&Kept, usize)> = Vec::new();
    for one in kept {
        // One tensor or another that has no range is one reason.
        let same = |other: &Kept| match (&other.why, &one.why) {
            (Why::NoRange(_), Why::NoRange(_)) => other.kind == one.kind,
            (a, b) => a == b && other.kind == one.kind,
        };
        match groups.iter_mut().find(|(other, _)| same(other)) {
            Some((_, count)) => *count += 1,
            None => groups.push((one, 1)),
        }
    }
    let mut text = String::new();
    for (at, (first, count)) in groups.iter().take(LINES).enumerate() {
        let more = match count {
            1 => String::new(),
            _ => format!(" and {} more", count - 1),
        };
        let (word, name) = (if at == 0 { "float" } else { "" }, shortened(head(&first.output)));
        let _ = writeln!(text, "{word:<12} {} (`{name}`{more}): {}", first.kind, first.why);
    }
    if groups.len() > LINES {
        let others: usize = groups[LINES..].iter().map(|(_, count)| count).sum();
        let _ = writeln!(
            text,
            "{:<12} and {others} operators of other kinds; --json has them all",
            ""
        );
    }
    text
}

/// All of them.
pub fn json(kept: &[Kept]) -> Value {
    let one = |kept: &Kept| {
        json!({
            "graph": kept.graph,
            "operator": kept.operator,
            "kind": kept.kind,
            "output": kept.output,
            "why": kept.why.to_string(),
            "asked": kept.is_asked(),
        })
    };
    kept.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(operator: usize, kind: &str, why: Why) -> Kept {
        Kept {
            graph: 0,
            operator,
            kind: kind.to_owned(),
            output: format!("t{operator};fused"),
            why,
        }
    }

    #[test]
    fn operators_of_one_kind_and_reason_are_one_line() {
        let range = |name: &str| Why::NoRange(name.to_owned());
        let mut all = vec![
            kept(0, "SIN", Why::NoRule),
            kept(1, "ADD", Why::Asked),
            kept(2, "SIN", Why::NoRule),
            kept(3, "ADD", range("a")),
            kept(4, "ADD", range("b")),
        ];
        assert_eq!(
            lines(&all),
            "float        SIN (`t0` and 1 more): the scheme has no rule for it\n             ADD (`t1`): it was asked to \
             stay float\n             ADD (`t3` and 1 more): `a` has no recorded range\n"
        );
        assert_eq!(lines(&[]), "");
        all.extend((5..20).map(|at| kept(at, &format!("KIND_{at}"), Why::NoRule)));
        let text = lines(&all);
        assert_eq!(text.lines().count(), LINES + 1);
        assert!(
            text.ends_with("             and 6 operators of other kinds; --json has them all\n"),
            "{text}"
        );
        assert_eq!(json(&all).as_array().unwrap().len(), all.len());
    }
}
