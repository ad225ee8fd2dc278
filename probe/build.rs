//! Compiles the BPF programs and generates their skeletons.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use libbpf_cargo::SkeletonBuilder;

const PROGRAMS: [&str; 4] = ["probe", "extra", "snapshot", "flight"];

fn main() {
    println!("cargo:rerun-if-changed=bpf");
    println!("cargo:rerun-if-env-changed=CLANG");
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang".into());
    if Command::new(&clang).arg("--version").output().is_err() {
        panic!(
            "cannot run `{clang}`, which compiles the BPF programs of live capture.\n\
             On Debian: sudo apt-get install -y clang libelf-dev zlib1g-dev make pkg-config\n\
             (CLANG=/path/to/clang picks another one; `cargo build --no-default-features` builds cscope \
             without live capture.)"
        );
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for name in PROGRAMS {
        let source = format!("bpf/{name}.bpf.c");
        let skeleton = out.join(format!("{name}.skel.rs"));
        if let Err(e) = SkeletonBuilder::new()
            .source(&source)
            .clang(&clang)
            .clang_args(["-Wall", "-Werror", "-mcpu=v3"])
            .build_and_generate(&skeleton)
        {
            let _ = fs::remove_file(&skeleton);
            panic!("compiling {source} failed: {e:?}");
        }
    }
}
