//! The original's search traces, probe by probe and line by line.

use quant_amct::json::Json;
use quant_amct::search::{Probe, binary_search, ranked, ranking_json, record_json};
use quant_ir::Result;
use serde_json::Value;

use crate::reference::{self, Tally};

struct Recorded<'a> {
    probes: std::slice::Iter<'a, Value>,
    allowed_loss: f64,
    log: Vec<String>,
    different: Vec<String>,
}

impl Probe for Recorded<'_> {
    fn measure(&mut self, rolled_back: &[&str]) -> Result<f64> {
        let Some(probe) = self.probes.next() else {
            self.different.push(format!("{rolled_back:?} was not tried"));
            return Ok(0.0);
        };
        let theirs = probe["rolled_back"].as_array().expect("names").iter();
        if !theirs
            .map(|name| name.as_str().expect("a name"))
            .eq(rolled_back.iter().copied())
        {
            self.different
                .push(format!("{rolled_back:?} for {}", probe["rolled_back"]));
        }
        Ok(probe["accuracy"].as_f64().expect("accuracy"))
    }

    fn judge(&mut self, original: f64, new: f64) -> (bool, f64) {
        (original - new < self.allowed_loss, original - new)
    }

    fn say(&mut self, line: &str) {
        self.log.push(line.to_owned());
    }
}

fn ranking(case: &Value) -> Vec<(String, f64)> {
    serde_json::from_value(case["ranking"].clone()).expect("pairs")
}

fn compare(case: &Value) -> Vec<String> {
    let number = |key: &str| case[key].as_f64().expect(key);
    let mut probe = Recorded {
        probes: case["probes"].as_array().expect("probes").iter(),
        allowed_loss: number("allowed_loss"),
        log: Vec::new(),
        different: Vec::new(),
    };
    // A metric that does not accept itself ends the run before the search.
    if let Some(error) = case["error"].as_str() {
        let (ok, _) = probe.judge(number("original_accuracy"), number("original_accuracy"));
        return if ok {
            vec![format!("no error for {error}")]
        } else {
            Vec::new()
        };
    }
    let outcome = binary_search(
        &ranking(case),
        number("original_accuracy"),
        number("global_accuracy"),
        &mut probe,
    );
    let outcome = outcome.expect("an outcome");
    let mut different = probe.different;
    different.extend(probe.probes.next().map(|probe| format!("{probe} was not tried")));
    let mut quantized: Vec<(&str, bool)> = outcome
        .trials
        .last()
        .expect("a trial")
        .layers
        .iter()
        .map(|(n, on)| (n.as_str(), *on))
        .collect();
    let theirs = case["final_quantized"].as_object().expect("final_quantized");
    quantized.retain(|(name, on)| theirs.get(*name) != Some(&Value::Bool(*on)));
    different.extend(quantized.into_iter().map(|(name, on)| format!("{name} is {on}")));
    if outcome.rolled_back.is_some() && case["saved_accuracy"].as_f64() != Some(outcome.saved) {
        different.push(format!("saved {}", outcome.saved));
    }
    let lines = case["log"]
        .as_array()
        .expect("log")
        .iter()
        .map(|line| line.as_str().expect("a line"));
    let theirs: Vec<&str> = lines
        .map(|line| line.rsplit_once("[AMCT]: ").expect("a line of the tool").1)
        .filter(|line| !line.ends_with("is stored in dir: SAVE_DIR"))
        .collect();
    for (index, theirs) in theirs.iter().enumerate() {
        let mine = probe.log.get(index).map_or("", String::as_str);
        // Said on failure, too, by the original.
        let failed =
            outcome.rolled_back.is_none() && *theirs == "Fine search finish, automatic calibration succeed!";
        if mine != *theirs && !failed {
            different.push(format!("line {index}: {mine}\n  for {theirs}"));
        }
    }
    if probe.log.len() != theirs.len() {
        different.push(format!("{} lines for {}", probe.log.len(), theirs.len()));
    }
    different
}

/// All searches of `search`.
pub fn all(folder: &std::path::Path) -> Tally {
    let folder = folder.join("search");
    let file = reference::json(&folder.join("binary_search.json"));
    let cases = file["cases"].as_array().expect("cases");
    let mut tally = Tally::default();
    for case in cases {
        tally.searches += 1;
        let named = |what: String| format!("{}: {what}", case["case"]);
        tally.different.extend(compare(case).into_iter().map(named));
        files(&folder, case, &mut tally.different);
    }
    tally
}

/// The files that the original left behind, where it did.
fn files(folder: &std::path::Path, case: &Value, different: &mut Vec<String>) {
    let folder = folder.join(case["case"].as_str().expect("a name"));
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(format!("accuracy_based_auto_calibration_{name}.json")))
    };
    let Ok(theirs) = read("ranking_information") else {
        return;
    };
    if ranking_json(&ranked(ranking(case))) != theirs {
        different.push(format!("{}: ranking file", case["case"]));
    }
    let mut probe = Recorded {
        probes: case["probes"].as_array().expect("probes").iter(),
        allowed_loss: case["allowed_loss"].as_f64().expect("a number"),
        log: Vec::new(),
        different: Vec::new(),
    };
    let number = |key: &str| case[key].as_f64().expect(key);
    let outcome = binary_search(
        &ranking(case),
        number("original_accuracy"),
        number("global_accuracy"),
        &mut probe,
    );
    // Its record is objects glued together; ours is a list of them.
    let theirs = format!("[{}]", read("record").expect("a record").replace("}{", "},{"));
    let mine = record_json(&outcome.expect("an outcome").trials);
    if Json::read(&mine).ok() != Json::read(&theirs).ok() {
        different.push(format!("{}: record file", case["case"]));
    }
}
