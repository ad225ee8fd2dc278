// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* System calls and the life of tasks. Attached to typed tracepoints, which need no more than CAP_BPF and
 * CAP_PERFMON. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "record.h"
#include "path.h"
#include "task.h"
#include "registers.h"
#include "report.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before loading, constants for the verifier. */
const volatile u32 snaplen = 80;
const volatile bool want_latency = false;
const volatile bool want_enter = false;
const volatile bool follow_children = false;
const volatile bool report_unknown = true;
const volatile bool report_procexit = true;
const volatile u32 nr_exit = 0;
const volatile u32 nr_exit_group = 0;
const volatile u32 nr_sigreturn = 0;
const volatile u32 nr_exec = 0;
const volatile struct desc exit_descs[MAX_CALLS] = {};
const volatile struct desc enter_descs[MAX_CALLS] = {};
const volatile u8 compat_report[MAX_CALLS] = {};

const volatile struct vocabulary vocabulary = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Time of the enter a task is in. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} entered SEC(".maps");

/* Flags of the clone that made a task. A child cannot find them: its parent may be done with the struct it
 * passed. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} born SEC(".maps");

static __always_inline struct scratch *scratch(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratches, &cpu);
}

#include "collect.h"

static __always_inline void output(struct scratch *s, u32 pos)
{
	u64 payload = at_most(pos, SCRATCH_DATA + SCRATCH_SLACK);
	void *to = ring();

	s->record.payload = payload;
	if (!to || bpf_ringbuf_output(to, s, sizeof(struct record) + payload, BPF_RB_NO_WAKEUP))
		lost_ring();
}

static u64 received_step(u32 index, void *data)
{
	struct scratch *s = scratch();
	u32 pos;
	s32 fd;

	if (!s)
		return 1;
	fd = s->rights[index & 255];
	s->record.ret = fd;
	s->record.args[0] = closed_at_exec(bpf_get_current_task_btf(), fd);
	pos = put_file(0, SNAPSHOT_FILE, fd);
	if (pos) {
		u32 end = put_socket(pos, SNAPSHOT_SOCKET, fd);

		output(s, end > pos ? end : put_fd_path(pos, SNAPSHOT_PATH, fd));
	}
	return 0;
}

/* Sends a record of each descriptor that came with the message just sent. The header is spent by that. */
__noinline int send_received(void)
{
	struct scratch *s = scratch();
	u32 count;

	if (!s)
		return 0;
	count = s->received;
	s->received = 0;
	s->record.kind = RECORD_FILE;
	bpf_loop(count > MAX_RIGHTS ? MAX_RIGHTS : count, received_step, NULL, 0);
	return 0;
}

struct messages {
	u64 addr;
	u32 pos;
	u32 tag;
};

static u64 message_step(u32 index, void *data)
{
	struct messages *m = data;
	struct scratch *s = scratch();
	u32 len = 0, pos, size;
	u64 addr;

	if (!s)
		return 1;
	size = message_size(s->narrow);
	addr = m->addr + index * (size + (s->narrow ? sizeof(u32) : sizeof(u64)));
	bpf_probe_read_user(&len, sizeof(len), (void *)(addr + size));
	s->record.ret = len;
	pos = put_message(m->pos, m->tag, addr, len);
	output(s, pos);
	if (s->received) {
		struct record r = s->record;

		send_received();
		s->record = r;
	}
	return 0;
}

/* Collects what the descriptor says and sends the record. The scratch space holds the filled-in header. */
static __always_inline void send(struct scratch *s, u32 nr, u32 enter, const volatile struct desc *desc)
{
	u32 slots = desc->slots, pos = 0;
	struct messages m = {};
	s64 count = 0;

	for (u32 i = 0; i < MAX_SLOTS && i < slots; i++) {
		if (desc->slot[i].kind == SLOT_MMSGHDR) {
			count = enter ? 0 : s->record.ret;
			m.addr = argument(&s->record, desc->slot[i].arg);
			m.tag = TAG(i, desc->slot[i].max);
			continue;
		}
		pos = collect(nr, enter, i, pos);
	}
	if (count <= 0) {
		output(s, pos);
		if (s->received)
			send_received();
		return;
	}
	/* One record per message: each may go to another address. */
	m.pos = pos;
	bpf_loop(count > MAX_MESSAGES ? MAX_MESSAGES : count, message_step, &m, 0);
}

/* Takes the scratch space of this CPU; NULL when something we interrupted holds it. */
static __always_inline struct scratch *take_scratch(void)
{
	struct scratch *s = scratch();

	if (!s || s->busy) {
		lost_scratch();
		return NULL;
	}
	s->busy = 1;
	return s;
}

#include "other.h"

/* Space in the ring for calls whose only payload is a little data: nothing is copied twice. */
struct quick {
	struct record record;
	struct segment segment;
};

struct quick_short {
	struct quick quick;
	u8 data[16];
};

struct quick_long {
	struct quick quick;
	u8 data[QUICK_DATA];
};

static __always_inline void fill_quick(struct quick *q, u8 *data, u32 max, u64 addr, u64 total, u32 cap)
{
	u32 len = at_most(total > cap ? cap : total, max), flags = total > cap ? SEGMENT_TRUNCATED : 0;

	if (len && bpf_probe_read_user(data, len, (void *)addr)) {
		/* All or nothing: what lies in the first page may be there. */
		u32 first = at_most(PAGE_SIZE - (addr & (PAGE_SIZE - 1)), max);

		flags |= SEGMENT_FAULT;
		if (first >= len || bpf_probe_read_user(data, first, (void *)addr))
			first = 0;
		len = first;
	}
	q->segment.slot = 0;
	q->segment.part = 0;
	q->segment.flags = flags;
	q->segment.pad = 0;
	q->segment.len = len;
	q->record.payload = sizeof(struct segment) + len;
}

static __always_inline void quick_call(struct record *header, struct pt_regs *regs,
				       const volatile struct desc *desc)
{
	struct slot slot = *(struct slot *)&desc->slot[0];
	u32 cap = slot.max ? slot.max : snaplen;
	void *to = ring();
	u64 addr, total;

	read_args(header->args, regs);
	addr = argument(header, slot.arg);
	total = addr && !(slot.when == WHEN_OK && header->ret < 0) ? slot_bytes(header, &slot) : 0;
	if (!to)
		return;
	if (total > sizeof(((struct quick_short *)0)->data) &&
	    cap > sizeof(((struct quick_short *)0)->data)) {
		struct quick_long *q = bpf_ringbuf_reserve(to, sizeof(*q), 0);

		if (!q) {
			lost_ring();
			return;
		}
		q->quick.record = *header;
		fill_quick(&q->quick, q->data, sizeof(q->data), addr, total, cap);
		bpf_ringbuf_submit(q, BPF_RB_NO_WAKEUP);
	} else {
		struct quick_short *q = bpf_ringbuf_reserve(to, sizeof(*q), 0);

		if (!q) {
			lost_ring();
			return;
		}
		q->quick.record = *header;
		fill_quick(&q->quick, q->data, sizeof(q->data), addr, total, cap);
		bpf_ringbuf_submit(q, BPF_RB_NO_WAKEUP);
	}
}

static __always_inline void call(struct task_struct *task, struct pt_regs *regs, s64 nr, u32 abi, s64 ret,
				 u64 latency, bool enter)
{
	u32 index = masked(nr, MAX_CALLS), kind = enter ? RECORD_ENTER : RECORD_EXIT;
	const volatile struct desc *desc = enter ? &enter_descs[index] : &exit_descs[index];
	struct scratch *s;

	if (abi != ABI_NATIVE) {
		other_call(task, regs, nr, abi, ret, latency, enter);
		return;
	}
	if (nr < 0 || nr >= MAX_CALLS || !desc->slots) {
		struct record *r = reserve(task, kind, nr);

		if (!r)
			return;
		r->ret = ret;
		r->latency = latency;
		read_args(r->args, regs);
		bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
		return;
	}
	if (desc->flags & DESC_QUICK) {
		struct record header;

		fill_record(&header, task, kind, nr);
		header.ret = ret;
		header.latency = latency;
		quick_call(&header, regs, desc);
		return;
	}
	s = take_scratch();
	if (!s)
		return;
	fill_record(&s->record, task, kind, nr);
	s->record.ret = ret;
	s->record.latency = latency;
	read_args(s->record.args, regs);
	send(s, index, enter, desc);
	s->busy = 0;
}

/* The numbering a call uses, and whether its events are wanted. */
static __always_inline bool wanted_call(struct task_struct *task, s64 *nr, u32 *abi)
{
	*abi = call_abi(task, nr);
	if (*nr < 0 || *nr >= MAX_CALLS)
		return report_unknown;
	if (*abi == ABI_COMPAT)
		return compat_report[masked(*nr, MAX_CALLS)];
	return exit_descs[masked(*nr, MAX_CALLS)].flags & DESC_REPORT;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	s64 nr = call_number(regs);
	u64 latency = 0;
	u32 abi;

	if (!wanted(task->tgid))
		return 0;
	/* The return from a signal handler restores the registers, number included, of before the signal.
	 */
	if (nr == -1)
		nr = is_compat(task) ? IA32_SIGRETURN : nr_sigreturn;
	if (want_latency) {
		u64 *since = bpf_task_storage_get(&entered, task, NULL, 0);

		if (since && *since) {
			latency = bpf_ktime_get_boot_ns() - *since;
			*since = 0;
		}
	}
	if (!wanted_call(task, &nr, &abi)) {
		skipped();
		return 0;
	}
	call(task, regs, nr, abi, ret, latency, false);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	s64 nr = id;
	u32 abi;

	if (!wanted(task->tgid))
		return 0;
	if (want_latency) {
		u64 *since = bpf_task_storage_get(&entered, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

		if (since)
			*since = bpf_ktime_get_boot_ns();
	}
	if (!want_enter || !wanted_call(task, &nr, &abi))
		return 0;
	call(task, regs, nr, abi, 0, 0, true);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct scratch *s;
	long n;

	if (!wanted(task->tgid) || !(exit_descs[nr_exec & (MAX_CALLS - 1)].flags & DESC_REPORT))
		return 0;
	s = take_scratch();
	if (!s)
		return 0;
	fill_record(&s->record, task, RECORD_EXEC, 0);
	s->record.ret = old_pid;
	n = bpf_probe_read_kernel_str(at(s, sizeof(struct segment)), MAX_PATH,
				      BPF_CORE_READ(bprm, filename));
	if (n > 0 && n <= MAX_PATH) {
		segment_header(s, 0, 0, 0, n - 1);
		output(s, segment_end(0, n - 1));
	}
	s->busy = 0;
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *child, u64 clone_flags)
{
	u64 *flags;

	if (!wanted(bpf_get_current_pid_tgid() >> 32))
		return 0;
	flags = bpf_task_storage_get(&born, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (flags)
		*flags = clone_flags;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from = parent->tgid, to = child->tgid;
	u8 one = 1;

	if (follow_children && from != to && bpf_map_lookup_elem(&pids, &from))
		bpf_map_update_elem(&pids, &to, &one, BPF_ANY);
	return 0;
}

struct reaper {
	u64 task;
	u32 tid;
	u32 pad;
};

static u64 reaper_step(u32 index, void *data)
{
	struct reaper *r = data;
	struct task_struct *last = (void *)r->task;
	struct task_struct *task = BPF_CORE_READ(last, real_parent);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (!task || task == last)
		return 1;
	r->task = (u64)task;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper)) {
		r->tid = BPF_CORE_READ(task, pid);
		return 1;
	}
	return !BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper);
}

/* Who gets the children of a task that exits: a thread of its group, else the nearest ancestor that asked
 * for them, else the first process of its pid namespace. 0 when it has no children. */
static __always_inline u32 reaper_of(struct task_struct *task)
{
	struct reaper r = {.task = (u64)task};
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&task->children);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = pid_namespace(pid, BPF_CORE_READ(pid, level));

	if (BPF_CORE_READ(task, children.next) == head)
		return 0;
	if (BPF_CORE_READ(signal, live.counter) > 0) {
		struct task_struct *leader = BPF_CORE_READ(task, group_leader);

		if (leader != task)
			return BPF_CORE_READ(leader, pid);
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper))
		bpf_loop(64, reaper_step, &r, 0);
	return r.tid ? r.tid : BPF_CORE_READ(ns, child_reaper, pid);
}

static __always_inline bool ends_task(s64 nr, u32 abi)
{
	if (abi == ABI_COMPAT)
		return nr == IA32_EXIT || nr == IA32_EXIT_GROUP;
	return nr == nr_exit || nr == nr_exit_group;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	u32 tgid = task->tgid;
	struct record *r;

	if (!wanted(tgid))
		return 0;
	if (!want_enter) {
		/* exit and exit_group never return: this is the last chance to report them. */
		struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
		s64 nr = call_number(regs);
		u32 abi;

		if (wanted_call(task, &nr, &abi) && ends_task(nr, abi))
			call(task, regs, nr, abi, 0, 0, false);
	}
	if (report_procexit) {
		u32 reaper = reaper_of(task);

		r = reserve(task, RECORD_PROCEXIT, 0);
		if (r) {
			r->args[0] = task->exit_code;
			r->args[1] = reaper;
			bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
		}
	}
	if (follow_children && BPF_CORE_READ(task, signal, live.counter) == 0)
		bpf_map_delete_elem(&pids, &tgid);
	return 0;
}

/* Never attached: run once to learn our own process id as the kernel numbers it. */
SEC("raw_tp/sys_enter")
int whoami(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32;
}
