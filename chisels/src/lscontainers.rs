//! `lscontainers`: the containers that are known.

use cscope_enrich::{Container, EventCx, State};
use cscope_filter::Needs;

use crate::listing::{Column, Form, Listing};
use crate::{Chisel, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "lscontainers",
    category: "System State",
    summary: "Containers with type, image, name and id",
    doc: "Prints the containers that are known at the end of the capture. Live it shows the present.",
    args: &[],
    make: Make::Own(ready),
};

const COLUMNS: [Column; 4] = [
    ("container.type", "container.type", 15),
    ("container.image", "container.image", 16),
    ("container.name", "container.name", 20),
    ("container.id", "container.id", 13),
];

struct Lscontainers {
    form: Form,
    shown: bool,
}

fn ready(_words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let chisel = Box::new(Lscontainers { form: settings.into(), shown: false });
    Ok(Ready { chisel, filter: None, refresh: true, once: true, needs: Needs::CONTAINERS })
}

impl Lscontainers {
    fn show(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let mut listing = Listing::new(INFO.name, &COLUMNS, self.form, ts, out);
        listing.rule();
        let mut containers: Vec<&Container> = state.containers().iter().collect();
        containers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        for container in containers {
            listing.text(container.engine.name().as_bytes());
            listing.text(&container.image);
            listing.text(&container.name);
            listing.text(&container.id);
        }
        listing.end();
    }
}

impl Chisel for Lscontainers {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }

    fn on_interval(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.show(ts, state, out);
    }

    fn on_end(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        if !self.shown {
            self.show(ts, state, out);
        }
    }
}
