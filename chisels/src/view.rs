//! The engine behind the chisels that show what there is at one moment: threads, descriptors, sockets, containers.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Needs, TextOptions};

use crate::listing::{Column, Form, Listing};
use crate::subject::table_filter;
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Ready, Settings};

/// The declaration of a view. A filter among its arguments chooses the rows.
pub(crate) struct View {
    pub(crate) columns: &'static [Column],
    /// A rule stands under the titles.
    pub(crate) rule: bool,
    /// Parts of the model that the rows are made of.
    pub(crate) needs: Needs,
    /// The first event that comes is the moment; otherwise it is the end of the capture.
    pub(crate) at_first_event: bool,
    /// Writes the rows.
    pub(crate) rows: fn(&Choice, &State, &mut Listing<'_>),
}

/// Which rows are shown, and how users are.
#[derive(Clone)]
pub(crate) struct Choice {
    filter: Option<Filter>,
    user: FieldRef,
    text: TextOptions,
}

impl Choice {
    /// True when something passes the filter.
    pub(crate) fn takes(&self, cx: &EventCx<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(cx))
    }

    /// The name of the thread's user, or the number when the name is not known.
    pub(crate) fn user(&self, cx: &EventCx<'_>) -> Vec<u8> {
        let mut name = Vec::new();
        let known = self.user.write(cx, &self.text, &mut name);
        if !known || name.is_empty() {
            name = cx.thread.map(|t| t.info.uid.to_string()).unwrap_or_default().into_bytes();
        }
        name
    }
}

/// The argument of a view.
pub(crate) const fn filter(doc: &'static str) -> ChiselArg {
    ChiselArg { name: "filter", kind: ArgKind::Filter, required: false, doc }
}

struct Viewer {
    name: &'static str,
    view: &'static View,
    choice: Choice,
    form: Form,
    refresh: bool,
    shown: bool,
}

/// Makes a declaration ready to run; `words` holds the filter.
pub(crate) fn ready(
    info: &'static ChiselInfo,
    view: &'static View,
    words: &[String],
    settings: &Settings,
) -> Result<Ready, Error> {
    let filter = table_filter(info.name, words, &settings.filter)?;
    let user = FieldRef::parse("user.name").map_err(|e| Error::filter(info.name, e))?;
    let needs = filter.as_ref().map_or(view.needs, |filter| view.needs.or(filter.pushdown().needs));
    let viewer = Viewer {
        name: info.name,
        view,
        choice: Choice { filter, user, text: settings.text },
        form: settings.into(),
        refresh: settings.refresh,
        shown: false,
    };
    Ok(Ready { chisel: Box::new(viewer), filter: None, refresh: true, once: true, needs })
}

impl Chisel for Viewer {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        if self.view.at_first_event && !self.refresh { Flow::Stop } else { Flow::Continue }
    }

    fn on_interval(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let mut listing = Listing::new(self.name, self.view.columns, self.form, ts, out);
        if self.view.rule {
            listing.rule();
        }
        (self.view.rows)(&self.choice, state, &mut listing);
        listing.end();
    }

    fn on_end(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        if !self.shown {
            self.on_interval(ts, state, out);
        }
    }

    fn fork(&self) -> Option<Box<dyn Chisel>> {
        let Self { name, view, form, refresh, shown, .. } = *self;
        let choice = self.choice.clone();
        let fork = || -> Box<dyn Chisel> { Box::new(Self { name, view, choice, form, refresh, shown }) };
        (!view.at_first_event).then(fork)
    }
}

#[cfg(test)]
mod tests {
    use cscope_filter::Needs;

    use crate::{Settings, find};

    #[test]
    fn a_view_needs_what_its_filter_reads() {
        let needs = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            find("lsof").unwrap().ready(&words, &Settings::default()).unwrap().needs
        };
        assert!(!needs(&[]).intersects(Needs::MEMORY.or(Needs::CONTAINERS)));
        assert!(
            needs(&["thread.vmsize > 9000 or container.name = web"])
                .has(Needs::MEMORY.or(Needs::CONTAINERS).or(Needs::FDS))
        );
    }
}
