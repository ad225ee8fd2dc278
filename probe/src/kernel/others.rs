//! Other captures of this program on the machine. Two that show what the other writes would never come to rest, so
//! the kernel side leaves out all processes that run our executable: those that are there already, found here, and
//! those that start later, found at their exec.

use std::fs;
use std::os::unix::fs::MetadataExt;

use libbpf_rs::{MapCore, MapFlags};

use crate::skel::ProbeSkel;

/// Leaves out the processes that run our executable now. Those we may not look at are not captures of ours.
pub(super) fn leave_out(skel: &mut ProbeSkel<'_>) {
    let file = |path: &str| fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    let Some(own) = file("/proc/self/exe") else { return };
    let Ok(processes) = fs::read_dir("/proc") else { return };
    let mut found = false;
    for entry in processes.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if pid != std::process::id()
            && file(&format!("/proc/{pid}/exe")) == Some(own)
            && skel.maps.hidden.update(&pid.to_ne_bytes(), &[1], MapFlags::ANY).is_ok()
        {
            found = true;
        }
    }
    if found && let Some(bss) = skel.maps.bss_data.as_deref_mut() {
        bss.others = 1;
    }
}
