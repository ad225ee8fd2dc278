//! Joining and normalising paths, without asking any file system: no symbolic links, no mounts.

/// Longer results are replaced by [`TOO_LONG`].
pub(crate) const MAX_PATH: usize = 1024;

/// Stands for a path that is longer than [`MAX_PATH`].
pub(crate) const TOO_LONG: &[u8] = b"/DIR_TOO_LONG/FILENAME_TOO_LONG";

/// Stands for the directory of a descriptor nothing is known of.
pub(crate) const UNKNOWN_DIR: &[u8] = b"<UNKNOWN>";

/// Writes `path`, seen from directory `dir`, into `out`: `.`, `..` and doubled slashes are resolved, `..` at the
/// root stays there, a final slash is dropped. An absolute `path` stands alone.
pub(crate) fn join(dir: &[u8], path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if path.first() == Some(&b'/') && is_plain(path) {
        out.extend_from_slice(path);
    } else if path.first() == Some(&b'/') {
        append(path, out);
    } else {
        append(dir, out);
        append(path, out);
    }
    if out.len() > MAX_PATH {
        out.clear();
        out.extend_from_slice(TOO_LONG);
    }
}

/// True for an absolute path in which there is nothing to resolve: no slash stands in front of another one, a dot or
/// the end.
fn is_plain(path: &[u8]) -> bool {
    let pairs = path.iter().zip(path.get(1..).unwrap_or_default());
    // Without a way out in the middle it becomes vector instructions.
    path.last() != Some(&b'/')
        && pairs.fold(true, |plain, (at, next)| plain & !(*at == b'/' && matches!(next, b'/' | b'.')))
}

/// Appends the components of `path`; a leading slash counts only at the start.
fn append(path: &[u8], out: &mut Vec<u8>) {
    if out.is_empty() && path.first() == Some(&b'/') {
        out.push(b'/');
    }
    for part in path.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => pop(out),
            part => {
                if !matches!(out.last(), None | Some(b'/')) {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
}

/// Drops the last component; the root stays.
fn pop(out: &mut Vec<u8>) {
    match out.iter().rposition(|&b| b == b'/') {
        Some(0) => out.truncate(1),
        Some(at) => out.truncate(at),
        None => out.clear(),
    }
}

/// `dir` with exactly one final slash, as working directories are kept.
pub(crate) fn with_slash(dir: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(dir.len() + 1);
    out.extend_from_slice(dir);
    if out.last() != Some(&b'/') {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(dir: &str, path: &str) -> String {
        let mut out = Vec::new();
        join(dir.as_bytes(), path.as_bytes(), &mut out);
        String::from_utf8(out).expect("ascii")
    }

    #[test]
    fn relative_and_absolute() {
        assert_eq!(joined("/home/u/", "a/b"), "/home/u/a/b");
        assert_eq!(joined("/home/u", "a"), "/home/u/a");
        assert_eq!(joined("/home/u/", "/etc//passwd"), "/etc/passwd");
        assert_eq!(joined("/home/u/", "../../../../x/./y/"), "/x/y");
        assert_eq!(joined("/", "."), "/");
        assert_eq!(joined("", "a"), "a");
        assert_eq!(joined("<UNKNOWN>", "a"), "<UNKNOWN>/a");
    }

    #[test]
    fn long_paths_are_replaced() {
        let long = "d/".repeat(600);
        assert_eq!(joined("/", &long).as_bytes(), TOO_LONG);
        let most = format!("/{}", "d".repeat(MAX_PATH - 1));
        assert_eq!(joined("/", &most), most);
        assert_eq!(joined("/", &format!("{most}d")).as_bytes(), TOO_LONG);
    }
}
