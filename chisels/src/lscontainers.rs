//! `lscontainers`: the containers that are known.

use cscope_enrich::{Container, EventCx, State};
use cscope_filter::Needs;

use crate::line::{column, last, safe};
use crate::{Chisel, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "lscontainers",
    category: "System State",
    summary: "Containers with type, image, name and id",
    doc: "Prints the containers that are known at the end of the capture. Live it shows the present.",
    args: &[],
    make: Make::Own(ready),
};

/// Titles and widths of the columns.
const COLUMNS: [(&str, usize); 4] =
    [("container.type", 15), ("container.image", 16), ("container.name", 20), ("container.id", 13)];

struct Lscontainers {
    raw: bool,
    shown: bool,
}

fn ready(_words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let chisel = Box::new(Lscontainers { raw: settings.raw, shown: false });
    Ok(Ready { chisel, filter: None, refresh: true, once: true, needs: Needs::CONTAINERS })
}

impl Lscontainers {
    fn show(&mut self, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        for (title, width) in COLUMNS {
            column(title.as_bytes(), width, out);
        }
        last(b"", out);
        for (_, width) in COLUMNS {
            column("-".repeat(width - 1).as_bytes(), width, out);
        }
        last(b"", out);
        let mut containers: Vec<&Container> = state.containers().iter().collect();
        containers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut cell = Vec::new();
        for container in containers {
            let kind = container.engine.name();
            let cells: [&[u8]; 4] = [kind.as_bytes(), &container.image, &container.name, &container.id];
            for (text, (_, width)) in cells.into_iter().zip(COLUMNS) {
                cell.clear();
                safe(text, self.raw, &mut cell);
                column(&cell, width, out);
            }
            last(b"", out);
        }
    }
}

impl Chisel for Lscontainers {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }

    fn on_interval(&mut self, _ts: u64, state: &State, out: &mut Vec<u8>) {
        self.show(state, out);
    }

    fn on_end(&mut self, _ts: u64, state: &State, out: &mut Vec<u8>) {
        if !self.shown {
            self.show(state, out);
        }
    }
}
