//! Joining and normalising paths.

/// Longest joined path.
const LIMIT: usize = 1024;
/// Stands for a path that is longer.
const TOO_LONG: &[u8] = b"/DIR_TOO_LONG/FILENAME_TOO_LONG";

/// Appends `path` as seen from the directory `base`, without `.`, `..` and doubled slashes. An absolute
/// `path` stands alone; `..` at the root stays there. A result of more than 1,024 bytes is replaced by a
/// fixed text.
pub fn join_path(base: &[u8], path: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let base = if path.first() == Some(&b'/') { b"" } else { base };
    let absolute = base.first().or(path.first()) == Some(&b'/');
    push_parts(base, absolute, start, out);
    push_parts(path, absolute, start, out);
    if out.len() == start {
        out.push(b'/');
    }
    if out.len() - start > LIMIT {
        out.truncate(start);
        out.extend_from_slice(TOO_LONG);
    }
}

/// Appends the components of `path` to the normalised path that begins at `start`.
fn push_parts(path: &[u8], absolute: bool, start: usize, out: &mut Vec<u8>) {
    for part in path.split(|&c| c == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                let parent = out.get(start..).and_then(|text| memchr::memrchr(b'/', text));
                out.truncate(start + parent.unwrap_or(0));
            }
            part => {
                if absolute || out.len() > start {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
}
