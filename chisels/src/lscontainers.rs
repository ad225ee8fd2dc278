//! `lscontainers`: the containers that are known.

use cscope_enrich::{Container, State};
use cscope_filter::Needs;

use crate::listing::Listing;
use crate::view::{Choice, View};
use crate::{ChiselInfo, Make};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "lscontainers",
    category: "System State",
    summary: "Containers with type, image, name and id",
    doc: "Prints the containers that are known at the end of the capture. Live it shows the present.",
    args: &[],
    make: Make::View(View {
        columns: &[
            ("container.type", "container.type", 15),
            ("container.image", "container.image", 16),
            ("container.name", "container.name", 20),
            ("container.id", "container.id", 13),
        ],
        rule: true,
        needs: Needs::CONTAINERS,
        at_first_event: false,
        rows,
    }),
};

fn rows(_choice: &Choice, state: &State, listing: &mut Listing<'_>) {
    let mut containers: Vec<&Container> = state.containers().iter().collect();
    containers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    for container in containers {
        listing.text(container.engine.name().as_bytes());
        listing.text(&container.image);
        listing.text(&container.name);
        listing.text(&container.id);
    }
}
