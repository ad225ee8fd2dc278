//! Captures that come to an early end, and what becomes of the command beside them.

use crate::harness::{run, scratch};
use crate::running::able;

#[test]
fn a_command_waits_for_the_capture_file() {
    if !able("a capture file that cannot be made") {
        return;
    }
    let tmp = scratch();
    let side = tmp.path().join("side");
    let name = side.to_str().expect("text");
    for flags in [&[][..], &["--user", "nobody"]] {
        let ran = run([flags, &["-w", "/nodir/x.scap.zst", "--", "touch", name]].concat());
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("cannot create /nodir/x.scap.zst"), "{}", ran.err);
        assert!(!side.exists(), "{flags:?}");
    }
}
