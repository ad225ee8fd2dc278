//! scratch
use cscope_capture::FileSource;
use cscope_enrich::*;
use cscope_filter::*;
use std::io::Write;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let view = if a[2] == "pairs" { View::Pairs } else { View::Merged };
    let mut i = Inspector::new(Box::new(FileSource::open(&a[1]).unwrap()), view);
    let f = Filter::parse(&a[3], &FilterOptions { exact_types: true, ..Default::default() }).unwrap_or_else(|e| panic!("{}", e.render(true)));
    let mut p = Format::parse(a.get(4).map_or(Preset::Default.text(), |s| s), &TextOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(true)));
    let mut o = Vec::new();
    loop {
        match i.step().unwrap() {
            Item::Event(cx) => {
                if cx.visibility == Visibility::Shown && f.matches(&cx) && p.write(&cx, &mut o) { o.push(b'\n'); }
            }
            Item::End => break,
            _ => {}
        }
    }
    std::io::stdout().write_all(&o).unwrap();
}
