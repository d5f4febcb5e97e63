//! `test_inputs`: the records of a case.

use std::fs;

use quant_case::list::Row;
use quant_case::recipe::Recipe;
use quant_case::records;

use super::{Scanner, absent};

impl Scanner {
    /// Checks that the records are `0.txt`, `1.txt`, … without a gap, and that each fits the recipe, if that can be
    /// read; whether they are and do.
    pub(super) fn inputs(&mut self, row: &Row, place: &str, recipe: Option<&Recipe>) -> bool {
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
        let mut fit = true;
        for number in &numbers {
            let path = folder.join(format!("{number}.txt"));
            let shown = self.show(&path);
            let checked = match (fs::read_to_string(&path), recipe) {
                (Ok(text), Some(recipe)) => {
                    records::check(recipe, &text).map_err(|what| format!("{shown}: {what}"))
                }
                (Ok(_), None) => Ok(()),
                (Err(error), _) => Err(absent(&shown, &error, "write the record")),
            };
            if let Err(what) = checked {
                self.error(place, &what);
                fit = false;
            }
        }
        let gap = (0..).zip(&numbers).find(|(wanted, found)| wanted != *found);
        let missing = match gap {
            Some((wanted, _)) => wanted,
            None if numbers.is_empty() => 0,
            None => return fit,
        };
        let what = format!(
            "{shown}/{missing}.txt is missing; write records 0.txt, 1.txt, … without a gap, one line for each graph input"
        );
        self.error(place, &what);
        false
    }
}
