//! Tables on the standard output: the first column to the left, numbers to the right.

/// Lines of columns that are as wide as their longest cell, with two blanks between them. Names in the first column are
/// [`shortened`], or on a terminal as long as there is room.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = terminal_size::terminal_size_of(std::io::stdout());
    fitted(head, rows, width.map(|(width, _)| usize::from(width.0)))
}

/// The least that is left of a first column.
const LEAST: usize = 12;

fn fitted(head: &[&str], rows: &[Vec<String>], most: Option<usize>) -> String {
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let mut widths = vec![0; head.len()];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = usize::max(*width, cell.chars().count());
        }
    }
    let name = |name: &str| match most {
        None => shortened(name),
        Some(most) => {
            let others: usize = widths.iter().skip(1).map(|width| width + 2).sum();
            cut(&plain(name), most.saturating_sub(others).max(LEAST))
        }
    };
    let mut lines: Vec<Vec<String>> = std::iter::once(&head).chain(rows).cloned().collect();
    let mut first = 0;
    for line in &mut lines {
        if let Some(cell) = line.first_mut() {
            *cell = name(cell);
            first = usize::max(first, cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate();
        let line = cells.map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<first$}"),
            _ => format!("{cell:>width$}"),
        });
        let line = line.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A name on one line, whatever it holds.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A name in so many characters: its beginning and its end, which says more; of names that a converter joined, those of
/// the first.
fn cut(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let first = name.split(';').next().unwrap_or_default();
    let letters: Vec<char> = first.chars().collect();
    if letters.len() < most {
        return format!("{first}…");
    }
    // In a little room, the end alone.
    let front = if most < 24 { 0 } else { (most - 1) / 3 };
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
    let plain = plain(name);
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
        let rows = ["model/block_1/depthwise/Relu6;model/bn/sub", "1.0000"].map(str::to_owned);
        let of = |most| fitted(&["tensor", "mae"], &[rows.to_vec()], most);
        let row = |most| of(most).lines().nth(1).unwrap().to_owned();
        assert_eq!(of(Some(80)), of(None));
        assert_eq!(row(Some(40)), "model/block_1/depthwise/Relu6…  1.0000");
        assert_eq!(row(Some(32)), "model/b…/depthwise/Relu6  1.0000");
        assert_eq!(row(Some(3)), "…hwise/Relu6  1.0000");
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
