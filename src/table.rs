//! Tables on the standard output: the first column to the left, numbers to the right.

/// Lines of columns that are as wide as their longest cell, with two blanks between them. On a terminal, the first
/// column gives way when they do not fit.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = terminal_size::terminal_size_of(std::io::stdout());
    fitted(head, rows, width.map(|(width, _)| usize::from(width.0)))
}

/// The least that is left of a first column.
const LEAST: usize = 16;

fn fitted(head: &[&str], rows: &[Vec<String>], most: Option<usize>) -> String {
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    if let (Some(most), [first, others @ ..]) = (most, &mut widths[..]) {
        let others: usize = others.iter().map(|width| width + 2).sum();
        *first = usize::min(*first, most.saturating_sub(others).max(LEAST));
    }
    let mut text = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let cells = row.iter().zip(&widths).enumerate();
        let line = cells.map(|(at, (cell, &width))| match at {
            0 => format!("{:<width$}", cut(cell, width)),
            _ => format!("{cell:>width$}"),
        });
        let line = line.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A name in so many characters: its beginning and its end, which says more.
fn cut(name: &str, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.to_owned();
    }
    let front = (most - 1) / 3;
    let back = letters.len() - (most - 1 - front);
    letters[..front]
        .iter()
        .chain(&['…'])
        .chain(&letters[back..])
        .collect()
}

/// A number of five digits; a dash for none.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(value) if !value.is_finite() => format!("{value}"),
        Some(value) if (1e-3..1e5).contains(&value.abs()) => {
            let whole = value.abs().log10().floor().max(0.0) as usize;
            format!("{value:.*}", 5usize.saturating_sub(whole))
        }
        Some(value) => format!("{value:.4e}"),
    }
}

/// A name that fits a line, on one line whatever it holds; converters join the names of everything that they fused.
pub fn shortened(name: &str) -> String {
    const LONGEST: usize = 48;
    let plain: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match plain.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let rows = [
            vec!["é".to_owned(), "1".to_owned()],
            vec!["long name".to_owned(), "–".to_owned()],
        ];
        assert_eq!(
            table(&["a", "mae"], &rows),
            "a          mae\né            1\nlong name    –\n"
        );
    }

    #[test]
    fn a_terminal_cuts_the_first_column() {
        let rows = [vec![
            "model/block_1/depthwise/Relu6".to_owned(),
            "1.0000".to_owned(),
        ]];
        let of = |most| fitted(&["tensor", "mae"], &rows, most);
        assert_eq!(of(Some(80)), of(None));
        assert_eq!(
            of(Some(30)),
            "tensor                     mae\nmodel/b…epthwise/Relu6  1.0000\n"
        );
        assert_eq!(of(Some(3)).lines().nth(1), Some("model…wise/Relu6  1.0000"));
    }

    #[test]
    fn numbers() {
        for (value, text) in [
            (None, "–"),
            (Some(0.0), "0"),
            (Some(1.0), "1.00000"),
            (Some(-23.373_677), "-23.3737"),
            (Some(12345.678), "12345.7"),
            (Some(0.000_123_456), "1.2346e-4"),
            (Some(f64::INFINITY), "inf"),
            (Some(f64::NAN), "NaN"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"x".repeat(60)).chars().count(), 49);
    }
}
