//! THE list of chisels.

use crate::{ChiselInfo, Error, fdcount_by, lscontainers, lsof, netstat, ps, spy_users, top};

/// Chisels with a file of their own; the others are declarations in `top`.
const PROGRAMS: &[ChiselInfo] =
    &[fdcount_by::INFO, lscontainers::INFO, lsof::INFO, netstat::INFO, ps::INFO, spy_users::INFO];

/// All chisels.
pub fn all() -> impl Iterator<Item = &'static ChiselInfo> {
    top::TABLES.iter().chain(PROGRAMS)
}

/// The chisel of this name.
///
/// # Errors
/// There is none; the message names the nearest.
pub fn find(name: &str) -> Result<&'static ChiselInfo, Error> {
    all().find(|c| c.name == name).ok_or_else(|| {
        let nearest = all().map(|c| (distance(name, c.name), c.name)).min();
        let hint = match nearest {
            Some((distance, other)) if distance <= 3.max(name.len() / 3) => {
                format!(", did you mean `{other}`?")
            }
            _ => String::new(),
        };
        Error::Unknown { name: name.to_owned(), hint }
    })
}

/// Number of letters to change, add or remove to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let cost = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = cost.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let mut names: Vec<_> = all().map(|c| c.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            assert_eq!(find(name).unwrap().name, name);
        }
    }

    #[test]
    fn a_typo_gets_a_hint() {
        let message = find("topfile_bytes").unwrap_err().to_string();
        assert!(message.contains("did you mean `topfiles_bytes`?"), "{message}");
        assert!(!find("zzzz").unwrap_err().to_string().contains("did you mean"));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
