//! How many events pass a filter, against the counts of other tools.

use std::collections::BTreeMap;

use cscope_enrich::{View, Visibility};
use cscope_filter::{Filter, FilterOptions};

use crate::support::{captures, walk_file};

struct Row {
    tool: String,
    filter: Filter,
    expected: usize,
    found: usize,
}

#[test]
fn counts_of_filters() {
    let Some(folder) = captures() else { return };
    let tsv = std::fs::read_to_string(folder.join("filters.tsv")).expect("filters.tsv");
    let options = FilterOptions { exact_types: true, ..FilterOptions::default() };
    let mut by_capture: BTreeMap<(String, bool), Vec<Row>> = BTreeMap::new();
    let mut uncountable = 0;
    for line in tsv.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [capture, tool, filter, count] = cells[..] else { panic!("{line}") };
        let Ok(expected) = count.parse() else {
            uncountable += 1;
            continue;
        };
        let filter = Filter::parse(filter, &options).unwrap_or_else(|e| panic!("{}", e.render(false)));
        let pairs = tool.starts_with("sysdig");
        let row = Row { tool: tool.to_owned(), filter, expected, found: 0 };
        by_capture.entry((capture.to_owned(), pairs)).or_default().push(row);
    }
    let verbose = std::env::var_os("CSCOPE_COUNTS").is_some();
    let mut share: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for ((capture, pairs), rows) in &mut by_capture {
        let view = if *pairs { View::Pairs } else { View::Merged };
        walk_file(folder.join(&*capture), view, |cx| {
            // libs HEAD shows procinfo events, sysdig hides them.
            let procinfo = cx.event.info().is_some_and(|i| i.name == "procinfo");
            let shown = cx.visibility == Visibility::Shown || (!*pairs && procinfo);
            if shown {
                for row in rows.iter_mut() {
                    row.found += usize::from(row.filter.matches(cx));
                }
            }
        });
        for row in rows {
            let kind = if capture.contains("merged") { "merged" } else { "pairs or old" };
            let (right, all) = share.entry(format!("{} on {kind}", row.tool)).or_default();
            *all += 1;
            *right += usize::from(row.found == row.expected);
            if verbose && row.found != row.expected {
                eprintln!(
                    "{capture}\t{}\t{}\t{}\tours {}",
                    row.tool,
                    row.filter.text(),
                    row.expected,
                    row.found
                );
            }
        }
    }
    eprintln!("{uncountable} rows are errors or crashes of the other tool");
    for (tool, (right, all)) in &share {
        eprintln!("{tool}: {right} of {all} agree");
    }
    assert!(share.values().map(|s| s.1).sum::<usize>() > 800);
    let (right, all) = share["libs HEAD sinsp-example on merged"];
    assert!(right * 100 >= all * 90, "{right} of {all}");
}
