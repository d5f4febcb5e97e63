//! `test_inputs`: the records of a case.

use std::fs;

use quant_case::list::Row;

use super::{Scanner, absent};

impl Scanner {
    /// Checks that the records are `0.txt`, `1.txt`, … without a gap; whether they are.
    pub(super) fn inputs(&mut self, row: &Row, place: &str) -> bool {
        let folder = self.layout.inputs(row);
        let shown = self.show(&folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let way_out = "write one record a file (0.txt, 1.txt, …), one line for each graph input";
                self.error(place, &absent(&shown, &error, way_out));
                return false;
            }
        };
        self.claims.folder(&folder, place);
        let mut numbers: Vec<u32> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let number: u32 = name.strip_suffix(".txt")?.parse().ok()?;
                (name == format!("{number}.txt")).then_some(number)
            })
            .collect();
        numbers.sort_unstable();
        for number in &numbers {
            self.claims.file(folder.join(format!("{number}.txt")), place);
        }
        let gap = (0..).zip(&numbers).find(|(wanted, found)| wanted != *found);
        let missing = match gap {
            Some((wanted, _)) => wanted,
            None if numbers.is_empty() => 0,
            None => return true,
        };
        let what =
            format!("{shown}/{missing}.txt is missing; number the records 0.txt, 1.txt, … without a gap");
        self.error(place, &what);
        false
    }
}
