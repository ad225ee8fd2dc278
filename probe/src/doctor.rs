//! What live capture needs from the machine, and what to do about each thing that is missing.

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as live capture needs it.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// The command that mends it, when `ok` is false and one is known.
    pub fix: Option<String>,
}

/// Looks at everything live capture needs from this machine and this process.
pub fn doctor() -> Vec<Check> {
    let btf = "/sys/kernel/btf/vmlinux";
    let readable = std::fs::File::open(btf);
    vec![Check {
        name: "kernel type information (BTF)",
        ok: readable.is_ok(),
        detail: match readable {
            Ok(_) => btf.to_owned(),
            Err(e) => format!("{btf}: {e}"),
        },
        fix: None,
    }]
}
