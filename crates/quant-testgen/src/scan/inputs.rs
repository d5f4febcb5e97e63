//! `test_inputs`: the records of a case.

use quant_case::recipe::Recipe;
use quant_case::record_files::Files;
use quant_case::row::Row;

use super::{Scanner, absent};

impl Scanner {
    /// Checks that the records are `0.txt`, `1.txt`, … (or `.npy`) without a gap, and that each fits the recipe, if that can be
    /// read; whether they are and do.
    pub(super) fn inputs(&mut self, row: &Row, place: &str, recipe: Option<&Recipe>) -> bool {
        let folder = self.layout.inputs(row);
        let shown = self.show(&folder);
        let files = match Files::find(&folder) {
            Ok(files) => files,
            Err(error) => {
                let hint = "write one record a file (0.txt, 1.txt, …), one line for each graph input";
                self.error(place, &absent(&shown, &error, hint));
                return false;
            }
        };
        self.claims.folder(&folder, place);
        for path in files.paths() {
            self.claims.file(path.to_owned(), place);
        }
        let mut fit = true;
        for text in files.texts(recipe, true) {
            if let Err((path, what)) = text {
                self.error(place, &format!("{}: {what}", self.show(&path)));
                fit = false;
            }
        }
        let Some(missing) = files.gap() else {
            return fit;
        };
        let what = format!(
            "{shown}/{missing}.txt is missing; write records 0.txt, 1.txt, … without a gap, one line for each graph input"
        );
        self.error(place, &what);
        false
    }
}
