//! State of a machine at one moment: what stands in front of the events of a capture, and what the probe
//! collects when it starts. Plain data; the rules that keep it up to date are in the enrich crate.

use std::net::IpAddr;
use std::sync::Arc;

/// Shared, immutable bytes: names come from the traced system and need not be UTF-8.
pub type Bytes = Arc<[u8]>;

/// All metadata of one section.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The machine, when the capture tells.
    pub machine: Option<MachineInfo>,
    /// One entry per thread, in any order.
    pub threads: Vec<ThreadInfo>,
    /// Open descriptors: owner's tid, then its entries. Non-leader threads normally have none.
    pub fds: Vec<(u64, Vec<FdInfo>)>,
    /// Network interfaces.
    pub interfaces: Vec<Interface>,
    /// Users of the host.
    pub users: Vec<UserEntry>,
    /// Groups of the host.
    pub groups: Vec<GroupEntry>,
}

/// The machine a capture was made on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineInfo {
    /// Number of CPUs.
    pub num_cpus: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Highest process number.
    pub max_pid: u64,
    /// Host name, at most 127 bytes.
    pub hostname: Vec<u8>,
    /// Boot time, ns since the epoch; 0 when unknown.
    pub boot_ts: u64,
    /// Flags word of the file.
    pub flags: u64,
}

/// What is known of one thread. Lists (`args`, `env`, `cgroups`) are stored as in capture files: items
/// that each end in NUL, one after the other; cgroup items have the form `subsystem=path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadInfo {
    /// Thread id on the host.
    pub tid: i64,
    /// Thread-group id; -1 for placeholders.
    pub pid: i64,
    /// Parent's process id.
    pub ptid: i64,
    /// Session id, -1 unknown.
    pub sid: i64,
    /// Process group in the process's pid namespace, -1 unknown.
    pub vpgid: i64,
    /// Process group on the host, -1 unknown.
    pub pgid: i64,
    /// Name, at most 15 bytes.
    pub comm: Bytes,
    /// First word of the command line.
    pub exe: Bytes,
    /// Path of the executable; empty when unknown.
    pub exepath: Bytes,
    /// Arguments after the first.
    pub args: Bytes,
    /// Environment.
    pub env: Bytes,
    /// Current directory.
    pub cwd: Bytes,
    /// Root directory.
    pub root: Bytes,
    /// Control groups.
    pub cgroups: Bytes,
    /// Limit of open files.
    pub fdlimit: i64,
    /// Clone flags (`clone_flags` table).
    pub flags: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
    /// Login uid, all ones when unset.
    pub loginuid: u32,
    /// Thread id in its own pid namespace, -1 unknown.
    pub vtid: i64,
    /// Process id in its own pid namespace, -1 unknown.
    pub vpid: i64,
    /// Virtual size in KiB.
    pub vmsize_kb: u32,
    /// Resident size in KiB.
    pub vmrss_kb: u32,
    /// Swapped size in KiB.
    pub vmswap_kb: u32,
    /// Major page faults.
    pub pfmajor: u64,
    /// Minor page faults.
    pub pfminor: u64,
    /// Controlling terminal's device number, 0 none.
    pub tty: u32,
    /// Start time of the pid namespace's init, ns since the epoch; 0 unknown.
    pub pidns_init_start_ts: u64,
    /// The executable is writable by the user that runs it.
    pub exe_writable: bool,
    /// The executable lives in the upper layer of an overlay file system.
    pub exe_upper_layer: bool,
    /// The executable lives in a lower layer of an overlay file system.
    pub exe_lower_layer: bool,
    /// The executable is a memfd.
    pub exe_from_memfd: bool,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// Permitted capabilities.
    pub cap_permitted: u64,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// Inode of the executable.
    pub exe_ino: u64,
    /// Last status change of the executable, ns since the epoch.
    pub exe_ino_ctime: u64,
    /// Last modification of the executable, ns since the epoch.
    pub exe_ino_mtime: u64,
    /// Start time of the thread, ns since the epoch; 0 unknown (files do not hold it).
    pub start_ts: u64,
}

impl Default for ThreadInfo {
    fn default() -> Self {
        Self {
            tid: -1,
            pid: -1,
            ptid: -1,
            sid: -1,
            vpgid: -1,
            pgid: -1,
            comm: Bytes::default(),
            exe: Bytes::default(),
            exepath: Bytes::default(),
            args: Bytes::default(),
            env: Bytes::default(),
            cwd: Bytes::default(),
            root: Bytes::default(),
            cgroups: Bytes::default(),
            fdlimit: 0,
            flags: 0,
            uid: 0,
            gid: 0,
            loginuid: u32::MAX,
            vtid: -1,
            vpid: -1,
            vmsize_kb: 0,
            vmrss_kb: 0,
            vmswap_kb: 0,
            pfmajor: 0,
            pfminor: 0,
            tty: 0,
            pidns_init_start_ts: 0,
            exe_writable: false,
            exe_upper_layer: false,
            exe_lower_layer: false,
            exe_from_memfd: false,
            cap_inheritable: 0,
            cap_permitted: 0,
            cap_effective: 0,
            exe_ino: 0,
            exe_ino_ctime: 0,
            exe_ino_mtime: 0,
            start_ts: 0,
        }
    }
}

/// Kind of a descriptor. The numbers are those of capture files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum FdType {
    /// Not known; never written.
    #[default]
    Unknown = 0,
    /// Regular file (old entries without flags).
    File = 1,
    /// Directory.
    Directory = 2,
    /// IPv4 socket with a tuple.
    Ipv4 = 3,
    /// IPv6 socket with a tuple.
    Ipv6 = 4,
    /// Bound IPv4 socket.
    Ipv4Server = 5,
    /// Bound IPv6 socket.
    Ipv6Server = 6,
    /// Pipe or named pipe.
    Fifo = 7,
    /// Unix socket.
    Unix = 8,
    /// eventfd.
    Event = 9,
    /// Some other kind.
    Unsupported = 10,
    /// signalfd.
    Signal = 11,
    /// epoll.
    EventPoll = 12,
    /// inotify.
    Inotify = 13,
    /// timerfd.
    Timer = 14,
    /// Netlink socket.
    Netlink = 15,
    /// Regular file with open flags and device.
    FileV2 = 16,
    /// BPF map, program or link.
    Bpf = 17,
    /// userfaultfd.
    UserFault = 18,
    /// io_uring.
    IoUring = 19,
    /// memfd.
    Memfd = 20,
    /// pidfd.
    Pidfd = 21,
}

/// Transport protocol of a socket. The numbers are those of capture files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum L4Proto {
    /// Not known.
    #[default]
    Unknown = 0,
    /// Not applicable.
    Na = 1,
    /// TCP.
    Tcp = 2,
    /// UDP.
    Udp = 3,
    /// ICMP.
    Icmp = 4,
    /// Raw IP.
    Raw = 5,
}

/// Both ends of an internet socket. Server sockets have only the source end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// Source address.
    pub sip: IpAddr,
    /// Destination address.
    pub dip: IpAddr,
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Transport protocol.
    pub l4: L4Proto,
}

/// One open descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FdInfo {
    /// Number.
    pub fd: i64,
    /// Inode, 0 unknown.
    pub ino: u64,
    /// Kind.
    pub kind: FdType,
    /// Path or name; empty for internet sockets, whose name is made from the tuple.
    pub name: Bytes,
    /// Open flags (`file_flags` table), for files.
    pub open_flags: u32,
    /// Device number, for files.
    pub dev: u32,
    /// Ends of an internet socket.
    pub tuple: Option<Tuple>,
    /// Source and destination pointers of a unix socket.
    pub unix: Option<(u64, u64)>,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name.
    pub name: Vec<u8>,
    /// Address.
    pub addr: IpAddr,
    /// Network mask, same family.
    pub mask: IpAddr,
    /// Broadcast address, same family.
    pub broadcast: IpAddr,
    /// Speed in the unit of the file, 0 unknown.
    pub linkspeed: u64,
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserEntry {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Name.
    pub name: Bytes,
    /// Home directory.
    pub home: Bytes,
    /// Login shell.
    pub shell: Bytes,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupEntry {
    /// Group id.
    pub gid: u32,
    /// Name.
    pub name: Bytes,
}
