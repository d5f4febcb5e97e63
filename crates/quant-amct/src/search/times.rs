//! A table of layer times, and what models take by it.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Error, Problem, Result};

use super::batch::{Clock, LayerTime, Timing};
use crate::json::Json;

/// The columns of a table, those that may be missing last.
const COLUMNS: [&str; 5] = [
    "layer",
    "float_us",
    "quant_us",
    "quant_node_us",
    "dequant_node_us",
];

/// The times of a layer, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Row {
    /// As floats.
    pub float: f64,
    /// In integers, without the two nodes.
    pub quantized: f64,
    /// Of the node that quantizes its input.
    pub quant_node: f64,
    /// Of the node that dequantizes its output.
    pub dequant_node: f64,
}

/// Layer times by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times(pub BTreeMap<String, Row>);

impl Times {
    /// Reads a table: CSV whose first line names the columns, or (where the text begins with `[`) JSON, a list of objects.
    /// `layer`, `float_us`, `quant_us` must be there, `quant_node_us` and `dequant_node_us` are 0 where they are not.
    ///
    /// # Errors
    /// `Parse`, with the row: another column, a time that is missing or no number from 0 on, a layer that is there twice.
    pub fn read(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut times = Self::default();
        if text.trim_start().starts_with('[') {
            let list = Json::read(text).map_err(|error| wrong("", error.to_string()))?;
            let Json::List(rows) = list else {
                return Err(wrong("", "no list of layers".to_owned()));
            };
            for (index, row) in rows.iter().enumerate() {
                let at = format!("row {}", index + 1);
                let Json::Object(members) = row else {
                    return Err(wrong(&at, "is no object".to_owned()));
                };
                let cell = |value: &Json| match value {
                    Json::Text(text) => text.clone(),
                    Json::Int(value) => value.to_string(),
                    Json::Float(value) => value.to_string(),
                    other => other.write(),
                };
                let cells = members.iter().map(|(key, value)| (key.as_str(), cell(value)));
                times.row(&at, cells)?;
            }
            return Ok(times);
        }
        let mut lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let cells = |line: &str| -> Vec<String> {
            let cell = |cell: &str| cell.trim().trim_matches('"').to_owned();
            line.split(',').map(cell).collect()
        };
        let Some((_, head)) = lines.next() else {
            return Err(wrong("", "it has no rows".to_owned()));
        };
        let head = cells(head);
        for (number, line) in lines {
            let (at, cells) = (format!("line {}", number + 1), cells(line));
            if cells.len() != head.len() {
                let what = format!("{} cells under {} columns", cells.len(), head.len());
                return Err(wrong(&at, what));
            }
            times.row(&at, head.iter().map(String::as_str).zip(cells))?;
        }
        Ok(times)
    }

    fn row<'a>(&mut self, at: &str, cells: impl Iterator<Item = (&'a str, String)>) -> Result<()> {
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for (column, cell) in cells {
            if !COLUMNS.contains(&column) {
                return Err(wrong(at, format!("`{column}` is no column")));
            }
            if found.insert(column, cell).is_some() {
                return Err(wrong(at, format!("`{column}` is there twice")));
            }
        }
        let layer = found.get("layer").filter(|layer| !layer.is_empty()).cloned();
        let layer = layer.ok_or_else(|| wrong(at, "it has no `layer`".to_owned()))?;
        let time = |column: &str, needed: bool| match found.get(column).map(String::as_str) {
            None | Some("") if !needed => Ok(0.0),
            None => Err(wrong(at, format!("layer `{layer}` has no `{column}`"))),
            Some(cell) => {
                let time = cell.parse().ok();
                let time = time.filter(|time: &f64| time.is_finite() && *time >= 0.0);
                time.ok_or_else(|| {
                    let what = format!("`{column}` of layer `{layer}` is `{cell}`, no number from 0 on");
                    wrong(at, what)
                })
            }
        };
        let row = Row {
            float: time("float_us", true)?,
            quantized: time("quant_us", true)?,
            quant_node: time("quant_node_us", false)?,
            dequant_node: time("dequant_node_us", false)?,
        };
        if self.0.insert(layer.clone(), row).is_some() {
            return Err(wrong(at, format!("layer `{layer}` is there twice")));
        }
        Ok(())
    }
}

fn wrong(at: &str, what: String) -> Error {
    let hint = "columns are layer, float_us, quant_us and, if known, quant_node_us, dequant_node_us";
    Error::new(at.to_owned(), Problem::Parse(what), hint)
}

/// What models take by a table: the sum of their layers.
#[derive(Clone, Debug, PartialEq)]
pub struct ByTable {
    /// The layers.
    pub rows: Vec<Row>,
    /// What each layer reads: layers with the same number share one node that quantizes it. The dearest of them is counted,
    /// to equal shares.
    pub inputs: Vec<usize>,
}

impl Clock for ByTable {
    fn time(&mut self, quantized: &[bool]) -> Result<Timing> {
        let mut sharing: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let on = (0..self.rows.len()).filter(|index| quantized[*index]);
        for index in on.clone() {
            let (cost, readers) = sharing.entry(self.inputs[index]).or_default();
            *cost = cost.max(self.rows[index].quant_node);
            *readers += 1.0;
        }
        let on: BTreeSet<usize> = on.collect();
        let layer = |(index, row): (usize, &Row)| {
            let share = match sharing.get(&self.inputs[index]).filter(|_| on.contains(&index)) {
                Some((cost, readers)) => cost / readers,
                None => row.quant_node,
            };
            LayerTime {
                float: row.float,
                quantized: row.quantized + share + row.dequant_node,
            }
        };
        let layers: Vec<LayerTime> = self.rows.iter().enumerate().map(layer).collect();
        let time = |(index, time): (usize, &LayerTime)| {
            if on.contains(&index) {
                time.quantized
            } else {
                time.float
            }
        };
        Ok(Timing {
            total: layers.iter().enumerate().map(time).sum(),
            layers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::batch_roll_back;
    use super::*;

    #[test]
    fn tables_are_read_in_both_forms() {
        let csv = "layer,quant_us,float_us,quant_node_us\na/conv,1.5,4,\n\n\"b\",2,3,0.5\n";
        let json = r#"[{"layer": "a/conv", "float_us": 4, "quant_us": 1.5},
            {"layer": "b", "float_us": 3, "quant_us": 2, "quant_node_us": 0.5}]"#;
        let times = Times::read(csv).unwrap();
        assert_eq!(times, Times::read(json).unwrap());
        let b = Row {
            float: 3.0,
            quantized: 2.0,
            quant_node: 0.5,
            dequant_node: 0.0,
        };
        assert_eq!(times.0["b"], b);
    }

    #[test]
    fn what_is_wrong_in_a_table_is_told_with_its_row() {
        for (text, what) in [
            ("", "it has no rows"),
            ("layer,float_us,time\na,1,2", "line 2: `time` is no column"),
            ("layer,float_us\na,1", "layer `a` has no `quant_us`"),
            ("layer,float_us,quant_us\na,1", "2 cells under 3 columns"),
            ("layer,float_us,quant_us\na,1,-2", "is `-2`, no number from 0 on"),
            (
                "layer,float_us,quant_us\na,1,NaN",
                "is `NaN`, no number from 0 on",
            ),
            (
                "layer,float_us,quant_us\na,1,2\na,1,2",
                "line 3: layer `a` is there twice",
            ),
            ("layer,float_us,quant_us\n,1,2", "it has no `layer`"),
            ("[1]", "row 1: is no object"),
            ("[{}", "EOF"),
            (
                r#"[{"layer": "a", "float_us": null, "quant_us": 1}]"#,
                "is `null`",
            ),
        ] {
            let error = Times::read(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn a_shared_node_is_counted_once() {
        let row = |float, quantized, quant_node| Row {
            float,
            quantized,
            quant_node,
            dequant_node: 1.0,
        };
        let mut table = ByTable {
            rows: vec![row(5.0, 5.0, 4.0), row(6.5, 2.0, 4.0), row(20.0, 2.0, 4.0)],
            inputs: vec![0, 0, 1],
        };
        let all = table.time(&[true; 3]).unwrap();
        assert_eq!(all.total, (5.0 + 2.0 + 2.0) + (4.0 + 4.0) + 3.0);
        let found = batch_roll_back(3, 9, &mut table).unwrap();
        // The first goes by its half of the node, the second by the whole of it.
        assert_eq!(found.quantized, [false, false, true]);
        assert_eq!((found.rounds.len(), found.total), (3, 18.5));
    }
}
