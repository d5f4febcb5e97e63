//! The tables are sorted and name each operator once.

use super::*;

#[test]
fn entries_are_sorted_and_unique() {
    let lower = |o: &OperatorSchema| o.kind.to_lowercase();
    for table in [OPERATORS, elementwise::TABLE] {
        assert!(table.is_sorted_by_key(lower));
    }
    let kinds: std::collections::BTreeSet<String> = all().map(lower).collect();
    assert_eq!(kinds.len(), all().count());
}
