//! The page: one file that needs nothing else, with the numbers as data and a script that draws them.

use serde_json::Value;

const PAGE: &str = include_str!("page.html");

/// The page of a report.
pub fn html(report: &Value) -> String {
    // Nothing in a name can end the block of data, or begin a comment in it.
    let data = report.to_string().replace('<', "\\u003c");
    PAGE.replacen("{{data}}", &data, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one looks for first, and what is left of it on a narrow screen.
    #[test]
    fn the_table_stands_before_the_graph_and_keeps_its_numbers() {
        let at = |part: &str| PAGE.find(part).unwrap();
        assert!(at("<h2>Tensors</h2>") < at("<h2>Graph</h2>"));
        assert!(at("@media (max-width: 640px)") < at("td:not(.keep) { display: none; }"));
        assert!(at("const kept = [\"name\", \"added\", state.metric, \"sqnr\"];") > 0);
    }

    #[test]
    fn names_cannot_leave_the_data() {
        let name = "</script><script>alert(1)</script><!-- {{data}}";
        let page = html(&serde_json::json!({ "tensors": [{ "name": name }] }));
        let (_, data) = page
            .split_once("<script type=\"application/json\" id=\"data\">")
            .unwrap();
        let (data, rest) = data.split_once("</script>").unwrap();
        let read: Value = serde_json::from_str(data).unwrap();
        assert_eq!(read["tensors"][0]["name"], name);
        assert!(!rest.contains("alert(1)"));
        assert!(!page.contains("://") || !page.replace("http://www.w3.org/2000/svg", "").contains("://"));
    }
}
