//! The field table against the list of fields of other tools, and its own examples.

use std::collections::HashMap;

use cscope_filter::{ArgRule, Field, FieldFlags, Filter, Format, Kind, TextOptions};

use crate::support::{captures, table, walk_file};
use cscope_enrich::View;

/// Fields of other tools that are not here: the first part of their names, and why.
const NOT_OURS: &[(&str, &str)] = &[
    ("mesos.", "Mesos"),
    ("marathon.", "Mesos"),
    ("k8smeta.", "a plugin that asks the Kubernetes API"),
    (
        "span.",
        "tracers: programs wrote them to /dev/null for drivers of before 2023; nothing makes them any more",
    ),
    ("evtin.", "tracers"),
];

#[test]
fn every_field_of_other_tools_is_there_with_its_type() {
    let Some(tsv) = table("fields.tsv") else { return };
    let mut lines = tsv.lines();
    let header: HashMap<&str, usize> =
        lines.next().expect("a header").split('\t').enumerate().map(|(i, n)| (n, i)).collect();
    let (mut checked, mut left_out) = (0, 0);
    let mut wrong = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| cells.get(header[name]).copied().unwrap_or("");
        let name = cell("name");
        if NOT_OURS.iter().any(|(prefix, _)| name.starts_with(prefix)) {
            left_out += 1;
            continue;
        }
        checked += 1;
        let Some(field) = Field::find(name) else {
            wrong.push(format!("{name}: missing"));
            continue;
        };
        let kind = match cell("type") {
            "PT_CHARBUF" => Kind::Text,
            "PT_BYTEBUF" => Kind::Bytes,
            "PT_BOOL" => Kind::Bool,
            "PT_INT16" | "PT_INT32" | "PT_INT64" => Kind::Int,
            "PT_UINT32" | "PT_UINT64" => Kind::Uint,
            "PT_DOUBLE" => Kind::Double,
            "PT_RELTIME" => Kind::RelTime,
            "PT_ABSTIME" => Kind::AbsTime,
            "PT_PORT" => Kind::Port,
            "PT_IPADDR" => Kind::Ip,
            "PT_IPNET" => Kind::Net,
            "PT_DYN" => Kind::Dyn,
            other => panic!("{name}: unknown type {other}"),
        };
        if field.kind != kind {
            wrong.push(format!("{name}: is {:?}, should be {kind:?}", field.kind));
        }
        if field.has(FieldFlags::LIST) != (cell("list") == "yes") {
            wrong.push(format!("{name}: list"));
        }
        for (column, flag, yes) in [
            ("filterable", FieldFlags::PRINT_ONLY, "no"),
            ("printable", FieldFlags::FILTER_ONLY, "no"),
            ("table_only", FieldFlags::TABLE_ONLY, "yes"),
        ] {
            if field.has(flag) != (cell(column) == yes) {
                wrong.push(format!("{name}: {column}"));
            }
        }
        let restrictions = cell("restrictions");
        if field.has(FieldFlags::NO_RHS) != restrictions.contains("NO_RHS")
            || field.has(FieldFlags::NO_TRANSFORMER) != restrictions.contains("NO_TRANSFORMER")
        {
            wrong.push(format!("{name}: restrictions are {restrictions}"));
        }
        let argument = cell("argument");
        let suits = match field.arg {
            ArgRule::None => argument == "none",
            // Mounts by number or path, evt.abspath without argument: what other tools do, whatever their list says.
            ArgRule::Allowed(_) => argument == "allowed" || name == "evt.abspath",
            ArgRule::Required(_) => argument.starts_with("required") || name.starts_with("container.mount"),
        };
        if !suits {
            wrong.push(format!("{name}: argument {argument}, here {:?}", field.arg));
        }
    }
    assert_eq!((checked, left_out), (299, 85), "fields compared, fields left out");
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn names_are_unique_and_documented() {
    let mut seen = std::collections::HashSet::new();
    for field in Field::all() {
        assert!(seen.insert(field.name), "{} twice", field.name);
        assert!(field.doc.ends_with('.') && field.doc.len() > 5, "{}: {}", field.name, field.doc);
        assert!(field.example.contains(field.name), "{}: {}", field.name, field.example);
        let class = field.name.split('.').next().unwrap_or("");
        assert!(cscope_filter::CLASSES.iter().any(|c| c.name == class), "{}", field.name);
    }
}

#[test]
fn every_example_is_parsed_and_evaluated() {
    let options = TextOptions::default();
    let mut filters = Vec::new();
    let mut formats = Vec::new();
    for field in Field::all() {
        if field.has(FieldFlags::PRINT_ONLY) {
            formats.push(
                Format::parse(field.example, &options).unwrap_or_else(|e| panic!("{}", e.render(false))),
            );
        } else {
            let filter = Filter::parse(field.example, &Default::default());
            filters.push(filter.unwrap_or_else(|e| panic!("{}", e.render(false))));
            if !field.has(FieldFlags::FILTER_ONLY) && matches!(field.arg, ArgRule::None | ArgRule::Allowed(_))
            {
                let text = format!("*%{} %20{}", field.name, field.name);
                formats
                    .push(Format::parse(&text, &options).unwrap_or_else(|e| panic!("{}", e.render(false))));
            }
        }
    }
    let Some(folder) = captures() else { return };
    let mut line = Vec::new();
    let mut matched = 0usize;
    for name in ["curl_google.scap", "ipc.merged.scap.gz"] {
        walk_file(folder.join(name), View::Merged, |cx| {
            matched += filters.iter().filter(|f| f.matches(cx)).count();
            for format in &mut formats {
                line.clear();
                assert!(format.write(cx, &mut line), "{}", format.text());
                assert!(
                    std::str::from_utf8(&line).is_ok_and(|l| !l.chars().any(char::is_control)),
                    "{line:?}"
                );
                line.clear();
                assert!(format.write_json(cx, &mut line));
                assert!(serde_json::from_slice::<serde_json::Value>(&line).is_ok(), "{line:?}");
            }
        });
    }
    assert!(matched > 1000, "{matched}");
}

#[test]
fn fields_with_few_values_have_no_others() {
    let Some(folder) = captures() else { return };
    let listed = || Field::all().filter(|f| !f.values.is_empty());
    assert!(listed().count() >= 6);
    // Every value is a constant of the field, and every event that has the field has one of them.
    let mut others = Vec::new();
    for field in listed() {
        let text = format!("{0} exists and not {0} in ({1})", field.name, field.values.join(", "));
        let filter =
            Filter::parse(&text, &Default::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
        let exists = Filter::parse(&format!("{} exists", field.name), &Default::default()).expect("a filter");
        others.push((field.name, filter, exists, 0usize));
    }
    for name in ["curl_google.scap", "ipc.merged.scap.gz", "file.merged.scap.gz"] {
        walk_file(folder.join(name), View::Merged, |cx| {
            for (field, filter, exists, seen) in &mut others {
                assert!(!filter.matches(cx), "{field} of event {}", cx.num);
                *seen += usize::from(exists.matches(cx));
            }
        });
    }
    for (field, _, _, seen) in &others {
        assert!(*seen > 0 || field.starts_with("syslog."), "{field} never seen");
    }
}
