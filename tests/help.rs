//! The help texts say what is true: each example of theirs runs.

use crate::fixture::capture;
use crate::harness::{cscope, finish, run, scratch};

/// Runs every example of a topic over a capture; gives their number.
fn examples(topic: &str) -> usize {
    let dir = scratch();
    let file = capture(dir.path(), "trace.scap.zst");
    let text = run(["help", topic]).ok().out;
    let examples: Vec<&str> = text.lines().filter(|l| l.starts_with("    cscope ")).collect();
    for example in &examples {
        let script = format!("cscope() {{ \"$CSCOPE\" -r \"$CAPTURE\" \"$@\"; }}\n{}", example.trim());
        let mut command = std::process::Command::new("sh");
        command.arg("-c").arg(script).env("CSCOPE", cscope().get_program()).env("CAPTURE", &file);
        let ran = finish(&mut command);
        assert!(ran.code == Some(0) && ran.err.is_empty(), "{example}: {}", ran.err);
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    examples.len()
}

#[test]
fn the_examples_run() {
    assert!(examples("filter") >= 15);
    assert!(examples("format") >= 8);
}

#[test]
fn topics_are_told() {
    assert!(run(["help"]).ok().out.contains("filter"));
    let none = run(["help", "nothing"]);
    assert!(none.code == Some(1) && none.err.contains("filter"), "{}", none.err);
}
