//! Patterns on bytes: globs, paths below given ones, search without regard to case.

use rustc_hash::FxHashMap;

/// True when `text` as a whole matches the glob: `*` any bytes, `?` one byte, `[a-z]` one of these,
/// `[!a-z]` none of these, a backslash makes the next byte plain. `fold`: letters match in any case.
/// Takes at most `pattern.len() * text.len()` steps.
pub(crate) fn glob(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if let Some(length) = one(&pattern[p..], text[t], fold) {
            p += length;
            t += 1;
        } else if let Some((after, start)) = star {
            p = after;
            t = start + 1;
            star = Some((after, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

/// Length of the pattern element at the front of `pattern` when it matches the byte.
fn one(pattern: &[u8], byte: u8, fold: bool) -> Option<usize> {
    let same = |a: u8| if fold { a.eq_ignore_ascii_case(&byte) } else { a == byte };
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', escaped, ..] => same(*escaped).then_some(2),
        [b'[', rest @ ..] => match set(rest, byte, fold) {
            Some((matched, length)) => matched.then_some(1 + length),
            None => same(b'[').then_some(1),
        },
        [plain, ..] => same(*plain).then_some(1),
        [] => None,
    }
}

/// Whether the set behind a `[` holds the byte, and its length including the `]`; `None` when it has no end.
fn set(pattern: &[u8], byte: u8, fold: bool) -> Option<(bool, usize)> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let mut i = usize::from(negated);
    let first = i;
    let mut found = false;
    loop {
        let mut low = *pattern.get(i)?;
        if low == b']' && i > first {
            return Some((found != negated, i + 1));
        }
        if low == b'\\' {
            i += 1;
            low = *pattern.get(i)?;
        }
        let mut high = low;
        i += 1;
        if pattern.get(i) == Some(&b'-') && !matches!(pattern.get(i + 1), None | Some(b']')) {
            i += 1;
            if pattern[i] == b'\\' {
                i += 1;
            }
            high = *pattern.get(i)?;
            i += 1;
        }
        let within = |b: u8| low <= b && b <= high;
        found |= within(byte);
        found |= fold && (within(byte.to_ascii_lowercase()) || within(byte.to_ascii_uppercase()));
    }
}

/// True when `text` holds `needle`, which is in lower case, with letters in any case.
pub(crate) fn contains_folded(text: &[u8], needle: &[u8]) -> bool {
    let Some(&first) = needle.first() else { return true };
    let Some(last_start) = text.len().checked_sub(needle.len()) else { return false };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), &text[..=last_start])
        .any(|i| text[i..i + needle.len()].eq_ignore_ascii_case(needle))
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&b| b == b'/').filter(|c| !c.is_empty())
}

fn has_wildcard(component: &[u8]) -> bool {
    component.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\'))
}

/// Paths, compared by component: a path matches when it equals one of them or lies below one.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathSet {
    absolute: PathNode,
    relative: PathNode,
}

#[derive(Debug, Clone, Default)]
struct PathNode {
    end: bool,
    plain: FxHashMap<Box<[u8]>, PathNode>,
    globs: Vec<(Box<[u8]>, PathNode)>,
}

impl PathSet {
    /// The set of these paths, whose components may be globs.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut set = Self::default();
        for path in paths {
            if path.is_empty() {
                set.absolute.end = true;
                set.relative.end = true;
                continue;
            }
            let mut node = if path.starts_with(b"/") { &mut set.absolute } else { &mut set.relative };
            for component in components(path) {
                node = if has_wildcard(component) {
                    let found = node.globs.iter().position(|(g, _)| **g == *component);
                    let index = found.unwrap_or_else(|| {
                        node.globs.push((component.into(), PathNode::default()));
                        node.globs.len() - 1
                    });
                    &mut node.globs[index].1
                } else {
                    node.plain.entry(component.into()).or_default()
                };
            }
            node.end = true;
        }
        set
    }

    /// True when the path is one of the set or below one.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        let node = if path.starts_with(b"/") { &self.absolute } else { &self.relative };
        node.matches(path)
    }
}

impl PathNode {
    fn matches(&self, path: &[u8]) -> bool {
        if self.end {
            return true;
        }
        let start = path.iter().position(|&b| b != b'/').unwrap_or(path.len());
        let path = &path[start..];
        let length = path.iter().position(|&b| b == b'/').unwrap_or(path.len());
        let (component, rest) = path.split_at(length);
        if component.is_empty() {
            return false;
        }
        self.plain.get(component).is_some_and(|n| n.matches(rest))
            || self.globs.iter().any(|(g, n)| glob(g, component, false) && n.matches(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text) in [
            ("*", ""),
            ("*.log", "/var/a.log"),
            ("a*b*c", "axxbyyc"),
            ("?b[c-e]", "xbd"),
            ("[!a]", "b"),
            ("[]x]", "]"),
            ("a\\*", "a*"),
            ("**a", "a"),
            ("[a", "[a"),
            ("[a-]", "-"),
            ("", ""),
        ] {
            assert!(glob(pattern.as_bytes(), text.as_bytes(), false), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "b"), ("*.log", "log"), ("?", ""), ("[!a]", "a"), ("a*", "ba"), ("", "x"), ("a\\*", "ab")]
        {
            assert!(!glob(pattern.as_bytes(), text.as_bytes(), false), "{pattern} {text}");
        }
        assert!(glob(b"A[B-C]*", b"abX", true));
        let slow = [b"*a".repeat(50), b"b".to_vec()].concat();
        assert!(!glob(&slow, &b"a".repeat(10_000), false));
    }

    #[test]
    fn paths() {
        let set = PathSet::new([&b"/etc"[..], b"/opt/*/bin", b"var/log/"]);
        for yes in ["/etc", "/etc/passwd", "/etc/", "//etc/x", "/opt/x/bin/ls", "var/log/x"] {
            assert!(set.matches(yes.as_bytes()), "{yes}");
        }
        for no in ["/etcx", "etc", "/opt/bin", "/var/log", "", "/"] {
            assert!(!set.matches(no.as_bytes()), "{no}");
        }
        assert!(PathSet::new([&b""[..]]).matches(b"anything"));
        assert!(PathSet::new([&b"/"[..]]).matches(b"/x"));
        assert!(!PathSet::new([]).matches(b"/x"));
    }

    #[test]
    fn search_without_case() {
        assert!(contains_folded(b"Hello World", b"lo w"));
        assert!(contains_folded(b"x", b""));
        assert!(!contains_folded(b"Hello", b"hello!"));
        assert!(!contains_folded(b"", b"a"));
    }
}
