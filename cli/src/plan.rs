//! From flags to what is to be done: filter, line format, chisels, and what they need of the source.

use std::io::IsTerminal;

use anyhow::Context;
use cscope_chisels::{Ready, Settings};
use cscope_filter::{
    DataFormat, Filter, FilterOptions, Format, Library, Needs, Preset, Pushdown, TextOptions, TimeStyle,
};

use crate::args::{Args, Colour, Parsed, TimeType};
use crate::narrow::Narrowing;
use crate::output::Output;
use crate::printer::Printer;

/// What the user wants to see and why.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Events that count; `None` means all.
    pub(crate) filter: Option<Filter>,
    /// Lines; `None` when chisels or a capture file take the events.
    pub(crate) printer: Option<Printer>,
    /// Chisels in order.
    pub(crate) chisels: Vec<Ready>,
    /// Parts of the model that all of them read.
    pub(crate) needs: Needs,
    /// What live capture leaves out.
    pub(crate) narrowing: Narrowing,
    /// Pictures are drawn on the second screen of the terminal.
    pub(crate) in_place: bool,
}

impl Plan {
    /// Reads filter (these words), format and chisels.
    ///
    /// # Errors
    /// A [`cscope_filter::FilterError`] for filter and format; else a sentence.
    pub(crate) fn new(parsed: &Parsed, filter: &str, out: &Output) -> anyhow::Result<Self> {
        let args = &parsed.args;
        let text = text_options(args, !parsed.chisels.is_empty(), out.is_terminal());
        let options = FilterOptions { exact_types: args.exact_types, text };
        let library = library(args)?;
        let filter = match filter {
            words if words.trim().is_empty() && !library.has_conditions() => None,
            words => Some(Filter::parse_with(words, &options, &library)?),
        };
        let colour = coloured(args.colour, out.is_terminal());
        let live = args.read.is_empty();
        let refresh = live && out.is_terminal() && !parsed.chisels.is_empty() && args.command.is_empty();
        let settings = Settings {
            containers: matches!(preset(args), Some(Preset::Container | Preset::Kubernetes)),
            json: args.json,
            refresh,
            colour,
            raw: args.raw_output,
            text,
            filter: options,
        };
        let mut chisels = Vec::new();
        for chisel in &parsed.chisels {
            chisels.push(cscope_chisels::find(chisel.name)?.ready(&chisel.words, &settings)?);
        }
        let quiet = args.quiet || args.write.is_some() || !chisels.is_empty();
        let printer = if quiet { None } else { Some(Printer::new(line_format(args, colour, &text)?, args)) };
        let mut needs = filter.as_ref().map_or(Needs::default(), |f| f.pushdown().needs);
        for more in chisels.iter().map(|c| c.needs).chain(printer.as_ref().map(Printer::needs)) {
            needs = needs.or(more);
        }
        let in_place = refresh && chisels.iter().all(|c| c.refresh);
        let mut plan = Self { filter, printer, chisels, needs, narrowing: Narrowing::default(), in_place };
        plan.narrowing = Narrowing::new(args, &plan);
        Ok(plan)
    }

    /// What can make a difference to what is shown or written at all.
    pub(crate) fn pushdown(&self, args: &Args) -> Pushdown {
        let mut wanted = self.filter.as_ref().map_or_else(Pushdown::all, |f| f.pushdown().clone());
        // Where only chisels take events they decide with, unless what they pass over is counted.
        let only_chisels =
            !self.chisels.is_empty() && args.write.is_none() && !args.summary && args.count.is_none();
        // A look at the state that waits for an event of the filter needs that event.
        let awaits = self.filter.is_some() && self.chisels.iter().any(|c| c.once);
        if only_chisels && !awaits {
            let mut by_chisels = Pushdown::none();
            self.chisels.iter().for_each(|chisel| by_chisels.unite(chisel.pushdown()));
            wanted.intersect(by_chisels);
        }
        wanted
    }

    /// True when all events go into one capture file and nothing else is made of them: nobody looks at the model.
    /// A file that follows another begins with it.
    pub(crate) fn only_keeps(&self, args: &Args) -> bool {
        args.write.is_some()
            && !args.rotates()
            && args.suppress_comm.is_empty()
            && self.filter.is_none()
            && self.chisels.is_empty()
            && self.printer.is_none()
    }
}

/// What the files of `-f` define.
///
/// # Errors
/// One of them cannot be read, or is none.
pub(crate) fn library(args: &Args) -> anyhow::Result<Library> {
    let mut library = Library::default();
    for path in &args.filter_file {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
        let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{name} is no text file"))?;
        library.add(&name, &text)?;
    }
    Ok(library)
}

/// The preset chosen with `-p`.
fn preset(args: &Args) -> Option<Preset> {
    match args.format.as_deref()? {
        "c" | "container" => Some(Preset::Container),
        "k" | "kubernetes" => Some(Preset::Kubernetes),
        _ => None,
    }
}

fn line_format(args: &Args, colour: bool, text: &TextOptions) -> anyhow::Result<Format> {
    let plain = args.json || args.csv || args.tsv;
    let (format, own) = match (preset(args), &args.format) {
        (Some(preset), _) => (preset.text().to_owned(), false),
        (None, Some(format)) => (given(format)?, true),
        (None, None) if colour && !plain => (Preset::DefaultColor.text().to_owned(), false),
        (None, None) => (Preset::Default.text().to_owned(), false),
    };
    let mut format = format;
    for changes in &args.columns {
        format = Format::with_columns(&format, changes).map_err(|e| e.about("-o"))?;
    }
    let format = Format::parse(&format, text).map_err(|e| e.about("-p"))?;
    // Who gives a format gives the order of the keys; else it is that of sysdig.
    Ok(if own || !args.json { format } else { format.sorted() })
}

/// A format from the command line: itself, or what is in the file `@FILE`.
fn given(format: &str) -> anyhow::Result<String> {
    let Some(path) = format.strip_prefix('@') else { return Ok(format.to_owned()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the format in {path}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn text_options(args: &Args, chisels: bool, terminal: bool) -> TextOptions {
    let data = if args.print_hex {
        DataFormat::Hex
    } else if args.print_hex_ascii {
        DataFormat::HexAscii
    } else if args.print_ascii {
        DataFormat::Ascii
    } else if args.print_base64 {
        DataFormat::Base64
    } else {
        DataFormat::Dotted
    };
    TextOptions {
        data,
        pairs: args.pairs,
        // A screen has no room for whole environments; programs that read lines want them, but for stored pairs
        // the lines of sysdig, which always cuts, are the measure.
        cut: (terminal || args.pairs) && !(args.verbose || chisels || args.json),
        raw: args.raw_output,
        resolve_ports: args.resolve_ports,
        resolve_users: !args.no_user_names,
        time: match args.time {
            TimeType::Hour => TimeStyle::Clock,
            TimeType::Absolute => TimeStyle::Absolute,
            TimeType::Relative => TimeStyle::Relative,
            TimeType::Duration => TimeStyle::Latency,
            TimeType::Delta => TimeStyle::Delta,
        },
    }
}

/// True when colours are wanted on an output.
fn coloured(choice: Colour, terminal: bool) -> bool {
    match choice {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::env::var_os("TERM").is_some_and(|t| t != "dumb")
        }
    }
}

/// True when somebody reads messages as they come.
pub(crate) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// True when messages may have colours.
pub(crate) fn coloured_stderr(choice: Colour) -> bool {
    coloured(choice, stderr_is_terminal())
}
