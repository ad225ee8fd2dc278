/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel side and the user side agree on: descriptors (what to collect for a call) and records
 * (what was collected). The user side gets these types from the BTF of the compiled program, so this file
 * is the only definition of them.
 */
#ifndef CSCOPE_RECORD_H
#define CSCOPE_RECORD_H

enum limits {
	MAX_CALLS = 512, /* call numbers with a descriptor */
	MAX_SLOTS = 7,
	MAX_PATH = 4096, /* longest string */
	MAX_VECTOR = 16384, /* longest args or environment */
	MAX_DATA = 65536, /* longest data of a call */
	MAX_MESSAGES = 1024, /* messages of one sendmmsg or recvmmsg */
	MAX_RIGHTS = 253, /* descriptors in one message, SCM_MAX_FD */
	PATH_PARTS = 2048, /* longest chain of directories: all that have room have names of some bytes */
	QUICK_DATA = 128,
	MUTE_SLOTS = 65536,
	ENTRY_SLOTS = 65536,
	MARKS = 255,
	COARSE = 20, /* ns by this many bits to the right: about a millisecond */
	LANE_DATA = 256, /* where the ring of a lane begins */
	LANE_SLACK = 212992, /* bytes behind it: more than the longest record */
};

/* What one slot of a descriptor collects. */
enum slot_kind {
	SLOT_NONE,
	SLOT_STRING, /* user string at arg */
	SLOT_BYTES, /* user memory at arg; length see enum slot_length; max 0 means the snap length */
	SLOT_IOVEC, /* iovec array at arg, count in arg length_arg: u64 sum of the lengths, then data */
	SLOT_MSGHDR, /* struct msghdr at arg: parts PART_*; max: descriptors that came with it get a record */
	SLOT_MMSGHDR, /* array of struct mmsghdr at arg, count in ret: one record per message */
	SLOT_SOCKET, /* struct socket_info of a descriptor */
	SLOT_FILE, /* struct file_info of a descriptor */
	SLOT_PATH, /* path of a descriptor, parts from the leaf to the root */
	SLOT_MEMORY, /* struct memory_info of the process */
	SLOT_TASK, /* struct task_info of the thread */
	SLOT_ARGS, /* args of the process; when the call failed, string array at arg */
	SLOT_ENV, /* environment, likewise */
	SLOT_EXE, /* path of the executable, parts from the leaf to the root */
	SLOT_CWD, /* current directory, likewise */
	SLOT_CGROUPS, /* paths of the control groups, one segment each */
};

/* Where the length of SLOT_BYTES comes from, in units of `unit` bytes. */
enum slot_length {
	LENGTH_MAX, /* max */
	LENGTH_RET, /* result */
	LENGTH_ARG, /* argument length_arg */
	LENGTH_DONE, /* result when there is one, else argument length_arg */
	LENGTH_POINTER, /* int at the user address in argument length_arg */
};

/* When a slot is collected. */
enum slot_when {
	WHEN_ALWAYS,
	WHEN_OK,
	WHEN_FAILED,
};

/* Sources of a number beside the arguments 0 to 5. */
enum slot_arg {
	ARG_RET = 6,
	ARG_NONE = 7, /* SLOT_ARGS, SLOT_ENV: those of the process even when the call failed */
	ARG_DEREF = 8, /* added to an argument: first int at the user address in it */
	ARG_DEREF2 = 16, /* likewise the second int */
};

struct slot {
	u8 kind;
	u8 arg;
	u8 length;
	u8 length_arg;
	u8 when;
	u8 unit;
	u16 max;
};

enum desc_flags {
	DESC_REPORT = 1, /* report the call */
	DESC_QUICK = 2, /* it has no slot, or only a SLOT_BYTES of at most QUICK_DATA bytes */
	DESC_WANTED = 4, /* its events can pass the filter */
	DESC_STATE = 8, /* reported whoever makes it, unless it failed: it changes what is known */
	DESC_RENEW = 16, /* it changes what is known of its thread: a muted one is heard again */
	DESC_PEER = 32, /* with DESC_STATE: it tells the other end of a socket that is not connected */
	DESC_MESSAGE = 64, /* of a socket that is connected over TCP, no slots count but those of the data, a SLOT_BYTES
			      as with DESC_QUICK, and of the socket */
};

struct desc {
	u8 flags;
	u8 slots;
	u8 args; /* how many arguments are reported */
	u8 data; /* DESC_MESSAGE: numbers of the slots */
	u8 socket;
	u8 pad[3];
	struct slot slot[MAX_SLOTS];
};

enum record_kind {
	RECORD_EXIT = 1,
	RECORD_ENTER,
	RECORD_EXEC, /* file name of an exec that is about to succeed */
	RECORD_PROCEXIT, /* args: status, reaper */
	RECORD_SWITCH, /* args: next, major faults, minor faults, size, rss, swap */
	RECORD_SIGNAL, /* args: sender, signal */
	RECORD_FAULT, /* args: address, ip, error */
	RECORD_TASK, /* snapshot of a thread; slots: enum snapshot_slot */
	RECORD_FLIGHT, /* call that has not returned; latency: since when, 0 since before the start */
	RECORD_FILE, /* a descriptor, of the snapshot or received in the message of the record before; ret: its
			number, args: closed at exec; slots likewise */
};

/* Slots of a snapshot's records. */
enum snapshot_slot {
	SNAPSHOT_TASK,
	SNAPSHOT_ARGS,
	SNAPSHOT_ENV,
	SNAPSHOT_EXE,
	SNAPSHOT_CWD,
	SNAPSHOT_ROOT,
	SNAPSHOT_CGROUPS,
	SNAPSHOT_FILE = 0,
	SNAPSHOT_PATH,
	SNAPSHOT_SOCKET,
};

enum record_abi {
	ABI_NATIVE,
	ABI_COMPAT, /* 32-bit x86 numbers */
	ABI_X32, /* numbers with bit 30 set */
};

/* What is reported. `nargs` arguments and then segments follow the fixed part without a gap. */
struct record {
	u64 ts; /* ns awake since boot */
	u32 size; /* bytes, this struct included; a multiple of 8 */
	u32 tid;
	s64 ret;
	u64 latency; /* ns, 0 unknown */
	u32 nr;
	u8 kind;
	u8 abi;
	u8 nargs;
	u8 mark; /* state of the thread as struct mute counts it, from 1; 0 not known */
};

/* A record with all arguments. */
struct full_record {
	struct record record;
	u64 args[6];
};

enum segment_flags {
	SEGMENT_TRUNCATED = 1, /* longer than max */
	SEGMENT_FAULT = 2, /* the rest could not be read */
	SEGMENT_DELETED = 4, /* the path's last part is unlinked */
	SEGMENT_SAME = 8, /* the path of the group before */
	SEGMENT_PSEUDO = 16, /* not a path: the name of a file that is in no directory */
	SEGMENT_ENDS = 32, /* of a socket, struct socket_ends */
};

/* Parts of a message, and numbers of control groups; stored in `part`. */
enum segment_part {
	PART_WHOLE,
	PART_NAME = 1,
	PART_CONTROL,
	PART_DATA,
};

enum cgroup_part {
	CGROUP_CPUSET,
	CGROUP_CPU,
	CGROUP_CPUACCT,
	CGROUP_IO,
	CGROUP_MEMORY,
	CGROUP_UNIFIED,
	CGROUP_COUNT,
};

/* Header of a segment; `len` bytes follow, padded to 8. */
struct segment {
	u8 slot;
	u8 flags;
	u8 part;
	u8 pad;
	u32 len;
};

enum file_layer {
	LAYER_NONE,
	LAYER_UPPER,
	LAYER_LOWER,
};

struct file_info {
	u64 ino;
	u32 dev; /* as the kernel keeps it: major << 20 | minor */
	u32 flags;
	u32 fmode;
	u16 mode;
	u8 layer;
	u8 pad;
	u32 magic; /* of the file system */
	u32 pad2;
};

struct socket_info {
	u16 family;
	u16 kind; /* SOCK_* */
	u16 protocol;
	u8 state;
	u8 pad;
	u16 local_port; /* host order */
	u16 remote_port;
	u32 backlog;
	u32 max_backlog;
	u32 path_len; /* bytes of the unix path behind this struct */
	u8 local[16];
	u8 remote[16];
	u64 ptr; /* unix: this end */
	u64 peer; /* unix: the other end */
	u32 own_len; /* leading bytes of the path that belong to this end; the rest is the peer's */
	u32 pad2;
};

/* All there is to say of a socket that is connected over TCP. */
struct socket_ends {
	u16 family;
	u16 local_port; /* host order */
	u16 remote_port;
	u16 pad;
	u8 addrs[32]; /* local and remote one without a gap, 4 or 16 bytes each */
};

struct memory_info {
	u64 size; /* pages */
	s64 rss[4]; /* pages: file, anonymous, swap, shared */
};

struct task_info {
	u32 tid, pid, ptid, pad0;
	u32 vtid, vpid;
	u32 pgid, vpgid, sid, pad1;
	u32 uid, gid, loginuid, tty; /* tty: major << 20 | minor */
	u64 fdlimit;
	u64 major_faults, minor_faults;
	u64 pidns_start; /* ns since boot */
	u64 start; /* ns since boot */
	u64 cap_inheritable, cap_permitted, cap_effective;
	u64 exe_ino;
	s64 exe_ctime, exe_mtime; /* ns since the epoch */
	u32 exe_uid, exe_gid;
	u32 exe_flags; /* of the inode */
	u16 exe_mode;
	u8 exe_layer;
	u8 has_mm;
	u32 pidns_level;
	u32 child_pidns_level; /* of the children to come */
	u32 is_subreaper;
	u32 flags;
	char comm[16];
	u64 clone_flags; /* of the call that made the thread, 0 unknown; only at the end of a call */
	struct memory_info memory;
};

/*
 * Where the records of a CPU are put: this head, then a ring of bytes. A record that begins near the end of
 * the ring runs on behind it, so that none is ever in two pieces. Only programs on that CPU write, which
 * is why plain stores do; `busy` tells one that interrupted another.
 */
struct lane {
	u64 head; /* bytes ever written */
	u64 limit; /* how far there is room, as last looked at */
	u64 skipped; /* calls not reported because they were not asked for */
	u32 busy;
	u32 pad;
	u64 queue; /* of the tasks of this CPU, 0 when not known; see running() */
	u64 apart[11]; /* what the reader writes must not share a cache line */
	u64 tail; /* bytes ever read; written by the user side */
};

/*
 * A thread whose events cannot pass the filter as long as nothing about it changes. Found by the lower bits of its
 * number; of two threads with the same ones only one can be muted. The user side writes the first two members, in
 * one piece, and so says: this thread is muted in the state that has this mark.
 */
struct mute {
	u32 tid;
	u32 mark;
	u32 changes; /* of the threads of this slot, counted here */
	u32 wrapped; /* when their marks last began anew: a mark of before says nothing; see COARSE */
};

/*
 * When a thread entered the call it is in. Found by the lower bits of its number; the thread that comes second keeps
 * its time in the storage of its task, which costs more.
 */
struct entry {
	u64 since; /* ns awake since boot */
	u32 tid; /* 0: free */
	u32 others; /* threads of this slot keep their times in their storage, or did */
};

/* Names every enum above, so that the user side is given all of them. */
struct vocabulary {
	enum limits limits;
	enum slot_kind slot_kind;
	enum slot_length slot_length;
	enum slot_when slot_when;
	enum slot_arg slot_arg;
	enum desc_flags desc_flags;
	enum record_kind record_kind;
	enum snapshot_slot snapshot_slot;
	enum record_abi record_abi;
	enum segment_flags segment_flags;
	enum segment_part segment_part;
	enum cgroup_part cgroup_part;
	enum file_layer file_layer;
	struct segment segment;
	struct file_info file_info;
	struct socket_info socket_info;
	struct socket_ends socket_ends;
	struct task_info task_info;
	struct full_record full_record;
	struct lane lane;
	struct mute mute;
};

/* Counters, one set per CPU. */
struct counters {
	u64 lost_ring; /* ring full */
	u64 lost_scratch; /* scratch space in use or missing */
	u64 lost_from, lost_at; /* first and last loss of a burst, ns awake since boot */
	u64 lost_tail; /* how far the reader was at the last loss */
};

#endif
