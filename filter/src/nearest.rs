//! Names close to a misspelt one.

/// The candidates nearest to `word`, nearest first: at most three, and none that differs in more than about a
/// third of its letters.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if word.is_empty() || word.len() > 64 {
        return Vec::new();
    }
    let limit = (word.len() / 3).max(1);
    let mut close: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|c| c.len().abs_diff(word.len()) <= limit)
        .map(|c| (distance(word.as_bytes(), c.as_bytes()), c))
        .filter(|(d, _)| *d <= limit)
        .collect();
    close.sort();
    close.dedup();
    close.into_iter().map(|(_, c)| c).take(3).collect()
}

/// Number of insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = last.clone();
    for (i, x) in a.iter().enumerate() {
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(!x.eq_ignore_ascii_case(y));
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before.clone_from(&last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

/// `did you mean a or b?`, when there is something near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near: Vec<String> = nearest(word, candidates).into_iter().map(|n| format!("`{n}`")).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", crate::error::one_of(&near)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["proc.name", "proc.pname", "proc.pid", "fd.name", "evt.type"];
        assert_eq!(nearest("proc.nmae", names), ["proc.name", "proc.pname"]);
        assert_eq!(nearest("evt.typ", names), ["evt.type"]);
        assert!(nearest("something.else", names).is_empty());
        assert!(nearest("", names).is_empty());
    }
}
