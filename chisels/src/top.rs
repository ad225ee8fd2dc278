//! Chisels that rank keys by a sum: one declaration each.

use crate::unit::Unit;
use crate::{ArgKind, ChiselArg, ChiselInfo, Make};

/// A key field and the title of its column.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) &'static str, pub(crate) &'static str);

/// What is added up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sum {
    /// One for each event.
    Count,
    /// The positive values of this field.
    Of(&'static str),
}

/// What the table engine has to know.
#[derive(Debug)]
pub(crate) struct Top {
    /// Events that count; the empty text means all.
    pub(crate) filter: &'static str,
    /// Key fields; none: the argument of the chisel names one.
    pub(crate) keys: &'static [Key],
    /// Key fields with `-pc`.
    pub(crate) container_keys: &'static [Key],
    /// What is added up.
    pub(crate) sum: Sum,
    /// Title of the column of sums.
    pub(crate) title: &'static str,
    /// Unit of the sums.
    pub(crate) unit: Unit,
    /// Rows shown.
    pub(crate) rows: usize,
}

const FILE_IO: &str = "fd.type=file and evt.is_io=true";
const NET_IO: &str = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true";
const FILE_IO_IN_CONTAINERS: &str = "fd.type=file and evt.is_io=true and container.name!=host";
const NET_IO_IN_CONTAINERS: &str =
    "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true and container.name!=host";

const BYTES: Sum = Sum::Of("evt.rawarg.res");
const LATENCY: Sum = Sum::Of("evt.latency");

const FILE: &[Key] = &[Key("fd.name", "Filename")];
const FILE_PC: &[Key] = &[Key("fd.name", "Filename"), Key("container.name", "container.name")];
const PROCESS: &[Key] = &[Key("proc.name", "Process"), Key("proc.pid", "PID")];
const PROCESS_PC: &[Key] = &[
    Key("proc.name", "Process"),
    Key("proc.pid", "Host_pid"),
    Key("thread.vtid", "Container_pid"),
    Key("container.name", "container.name"),
];
const SYSCALL: &[Key] = &[Key("evt.type", "Syscall")];
const SYSCALL_PC: &[Key] = &[Key("evt.type", "Syscall"), Key("container.name", "container.name")];
const CONTAINER: &[Key] = &[Key("container.name", "container.name")];
const KEY: ChiselArg =
    ChiselArg { name: "key", kind: ArgKind::Field, required: true, doc: "the field to group by" };

/// The declarations.
pub(crate) const TABLES: &[ChiselInfo] = &[
    ChiselInfo {
        name: "topfiles_bytes",
        category: "I/O",
        summary: "Top files by bytes read and written",
        doc: "Sorts files by the bytes that were read from and written to them. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: FILE_IO,
            keys: FILE,
            container_keys: &[Key("container.name", "container.name"), Key("fd.name", "Filename")],
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 10,
        }),
    },
    ChiselInfo {
        name: "topfiles_time",
        category: "I/O",
        summary: "Top files by time spent reading and writing",
        doc: "Sorts files by the time that calls spent reading and writing them. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: FILE_IO,
            keys: FILE,
            container_keys: FILE_PC,
            sum: LATENCY,
            title: "Time",
            unit: Unit::Time,
            rows: 10,
        }),
    },
    ChiselInfo {
        name: "topfiles_errors",
        category: "Errors",
        summary: "Top files by number of failed calls",
        doc: "Sorts files by the number of calls on them that failed. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: "fd.type=file and evt.failed=true",
            keys: FILE,
            container_keys: FILE_PC,
            sum: Sum::Count,
            title: "#Errors",
            unit: Unit::Plain,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "topprocs_file",
        category: "I/O",
        summary: "Top processes by bytes read from and written to files",
        doc: "Sorts processes by the bytes they read from and wrote to files. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: FILE_IO,
            keys: PROCESS,
            container_keys: PROCESS_PC,
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 10,
        }),
    },
    ChiselInfo {
        name: "topprocs_net",
        category: "Net",
        summary: "Top processes by network traffic",
        doc: "Sorts processes by the bytes they sent and received. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: NET_IO,
            keys: PROCESS,
            container_keys: PROCESS_PC,
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "topprocs_errors",
        category: "Errors",
        summary: "Top processes by number of failed calls",
        doc: "Sorts processes by the number of their calls that failed. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: "evt.failed=true",
            keys: PROCESS,
            container_keys: PROCESS_PC,
            sum: Sum::Count,
            title: "#Errors",
            unit: Unit::Plain,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "topconns",
        category: "Net",
        summary: "Top connections by bytes",
        doc: "Sorts network connections by the bytes that went through them. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: NET_IO,
            keys: &[Key("fd.l4proto", "Proto"), Key("fd.name", "Conn")],
            container_keys: &[
                Key("container.name", "container.name"),
                Key("fd.l4proto", "Proto"),
                Key("fd.name", "Conn"),
            ],
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 30,
        }),
    },
    ChiselInfo {
        name: "topports_server",
        category: "Net",
        summary: "Top server ports by bytes",
        doc: "Sorts the ports of servers by the bytes that went through them. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: NET_IO,
            keys: &[Key("fd.sport", "Srv Port")],
            container_keys: &[Key("fd.sport", "Srv Port"), Key("container.name", "container.name")],
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "topscalls",
        category: "Performance",
        summary: "Top system calls by number of calls",
        doc: "Sorts system calls by how often they were called. With --pairs enter and exit count one each.",
        args: &[],
        make: Make::Table(Top {
            filter: "evt.type!=switch",
            keys: SYSCALL,
            container_keys: SYSCALL_PC,
            sum: Sum::Count,
            title: "# Calls",
            unit: Unit::Plain,
            rows: 30,
        }),
    },
    ChiselInfo {
        name: "topscalls_time",
        category: "Performance",
        summary: "Top system calls by total time",
        doc: "Sorts system calls by the time spent in them, waiting included. With -pc also by container.",
        args: &[],
        make: Make::Table(Top {
            filter: "",
            keys: SYSCALL,
            container_keys: SYSCALL_PC,
            sum: LATENCY,
            title: "Time",
            unit: Unit::Time,
            rows: 30,
        }),
    },
    ChiselInfo {
        name: "topcontainers_error",
        category: "Errors",
        summary: "Top containers by number of failed calls",
        doc: "Sorts containers by the number of calls in them that failed. The host does not count.",
        args: &[],
        make: Make::Table(Top {
            filter: "evt.failed=true and container.name!=host",
            keys: CONTAINER,
            container_keys: CONTAINER,
            sum: Sum::Count,
            title: "#Errors",
            unit: Unit::Plain,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "topcontainers_file",
        category: "I/O",
        summary: "Top containers by bytes read from and written to files",
        doc: "Sorts containers by the bytes read from and written to files in them. The host does not count.",
        args: &[],
        make: Make::Table(Top {
            filter: FILE_IO_IN_CONTAINERS,
            keys: CONTAINER,
            container_keys: CONTAINER,
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 10,
        }),
    },
    ChiselInfo {
        name: "topcontainers_net",
        category: "Net",
        summary: "Top containers by network traffic",
        doc: "Sorts containers by the bytes sent and received in them. The host does not count.",
        args: &[],
        make: Make::Table(Top {
            filter: NET_IO_IN_CONTAINERS,
            keys: CONTAINER,
            container_keys: CONTAINER,
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 100,
        }),
    },
    ChiselInfo {
        name: "fdbytes_by",
        category: "I/O",
        summary: "Bytes read and written, grouped by any field",
        doc: "Adds up the bytes of all reads and writes for each value of a field, for example fd.directory or \
              proc.name.",
        args: &[KEY],
        make: Make::Table(Top {
            filter: "evt.is_io=true and evt.failed=false",
            keys: &[],
            container_keys: &[],
            sum: BYTES,
            title: "Bytes",
            unit: Unit::Bytes,
            rows: 30,
        }),
    },
    ChiselInfo {
        name: "fdtime_by",
        category: "I/O",
        summary: "Time spent reading and writing, grouped by any field",
        doc: "Adds up the time of all reads and writes for each value of a field, for example fd.name or \
              proc.name.",
        args: &[KEY],
        make: Make::Table(Top {
            filter: "evt.is_io=true",
            keys: &[],
            container_keys: &[],
            sum: LATENCY,
            title: "Time",
            unit: Unit::Time,
            rows: 10,
        }),
    },
];
