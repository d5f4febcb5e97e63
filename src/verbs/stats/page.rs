//! The page of a recording, self-contained.

use serde_json::Value;

/// Where the data goes.
const PAGE: &str = include_str!("page.html");

/// The page.
pub fn html(found: &Value) -> String {
    // Nothing in a name can end the script.
    PAGE.replacen("{{FOUND}}", &found.to_string().replace('<', "\\u003c"), 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_name_ends_the_script() {
        let page = super::html(&serde_json::json!({ "tensors": [{ "name": "</script>" }] }));
        assert!(page.contains(r#""\u003c/script>""#) && !page.contains("{{FOUND}}"));
        assert_eq!(page.matches("</script>").count(), 1);
    }
}
