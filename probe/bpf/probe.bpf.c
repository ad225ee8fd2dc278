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
#include "current.h"
#include "entry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before loading, constants for the verifier. */
const volatile u32 snaplen = 80;
const volatile bool want_latency = false;
const volatile bool want_enter = false;
/* Every call of every thread is reported. */
const volatile bool want_all = false;
const volatile bool follow_children = false;
const volatile bool report_unknown = true;
const volatile bool report_procexit = true;
const volatile u32 nr_exit = 0;
const volatile u32 nr_exit_group = 0;
const volatile u32 nr_sigreturn = 0;
const volatile u32 nr_exec = 0;
const volatile struct desc exit_descs[MAX_CALLS] = {};
const volatile struct desc enter_descs[MAX_CALLS] = {};
const volatile u8 compat_flags[MAX_CALLS] = {};

const volatile struct vocabulary vocabulary = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

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
	u64 size = sizeof(struct full_record) + at_most(pos, SCRATCH_DATA + SCRATCH_SLACK);
	struct lane *l = lane();
	void *to;

	s->record.size = size;
	if (enter_lane(l)) {
		to = room_in(l, size);
		if (to && !bpf_probe_read_kernel(to, size, s))
			publish(l, size);
		else
			lost_ring();
		leave_lane(l);
		return;
	}
	to = ring();
	if (!to || bpf_ringbuf_output(to, s, size, BPF_RB_NO_WAKEUP))
		lost_ring();
}

static u64 received_step(u32 index, void *data)
{
	struct scratch *s = scratch();
	u32 pos;
	s32 fd;

	if (!s)
		return 1;
	fd = s->rights[index & (RIGHTS - 1)];
	s->record.ret = fd;
	s->args[0] = closed_at_exec(bpf_get_current_task_btf(), fd);
	pos = put_file(0, SNAPSHOT_FILE, fd);
	if (pos) {
		u32 end = put_socket(pos, SNAPSHOT_SOCKET, fd);

		output(s, end > pos ? end : put_fd_path(pos, SNAPSHOT_PATH, fd));
	}
	return 0;
}

/* Sends a record of each descriptor that came with the messages just sent. The header is spent by that. */
__noinline int send_received(void)
{
	struct scratch *s = scratch();
	u32 count;

	if (!s)
		return 0;
	count = s->received;
	s->received = 0;
	s->record.kind = RECORD_FILE;
	bpf_loop(count > RIGHTS ? RIGHTS : count, received_step, NULL, 0);
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
	/* Many take long, and what else happens meanwhile must not come before them. */
	if (index)
		s->record.ts = bpf_ktime_get_ns();
	pos = put_message(m->pos, m->tag, addr, len);
	output(s, pos);
	return 0;
}

/* Collects what the descriptor of a call says and sends the record. The scratch space holds the filled-in
 * header. */
__noinline int send(u32 nr, u32 enter)
{
	u32 index = masked(nr, MAX_CALLS), slots, pos = 0;
	const volatile struct desc *desc = enter ? &enter_descs[index] : &exit_descs[index];
	struct scratch *s = scratch();
	struct messages m = {};
	s64 count = 0;

	if (!s)
		return 0;
	slots = desc->slots;
	for (u32 i = 0; i < MAX_SLOTS && i < slots; i++) {
		if (desc->slot[i].kind == SLOT_MMSGHDR) {
			count = enter ? 0 : s->record.ret;
			m.addr = argument(s->args, desc->slot[i].arg);
			m.tag = TAG(i, desc->slot[i].max);
			continue;
		}
		pos = collect(nr, enter, i, pos);
	}
	if (count <= 0) {
		output(s, pos);
		if (s->received)
			send_received();
		return 0;
	}
	/* One record per message: each may go to another address. */
	m.pos = pos;
	bpf_loop(count > MAX_MESSAGES ? MAX_MESSAGES : count, message_step, &m, 0);
	if (s->received)
		send_received();
	return 0;
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

/* What is known of a call before it is decided how it is reported. */
struct call {
	u64 ts;
	u64 latency;
	s64 ret;
	u32 nr;
	u32 abi;
	u32 mark;
	bool typed; /* it has a descriptor */
	bool enter;
};

#include "other.h"

#include "quick.h"

static __always_inline void call(struct lane *l, struct task_struct *task, struct pt_regs *regs, struct call *c)
{
	u32 index = masked(c->nr, MAX_CALLS);
	const volatile struct desc *desc = c->enter ? &enter_descs[index] : &exit_descs[index];
	struct sock *sk = NULL;
	struct scratch *s;

	if (c->abi != ABI_NATIVE) {
		other_call(task, regs, c);
		return;
	}
	c->typed = c->nr < MAX_CALLS;
	if (!c->typed || (desc->flags & DESC_QUICK) || (sk = message_socket(task, regs, desc))) {
		quick_call(l, task, regs, c, desc, sk);
		return;
	}
	s = take_scratch();
	if (!s)
		return;
	fill_record(&s->record, c->ts, task, c->enter ? RECORD_ENTER : RECORD_EXIT, c->nr);
	s->record.ret = c->ret;
	s->record.latency = c->latency;
	s->record.mark = c->mark;
	read_args(s->args, regs);
	send(index, c->enter);
	s->busy = 0;
}

/* The numbering a call uses, and the flags of its descriptor; 0 when it is not reported. */
static __always_inline u32 wanted_call(struct task_struct *task, s64 *nr, u32 *abi)
{
	u32 flags, native;

	*abi = call_abi(task, nr);
	if (*abi == ABI_X32 && *nr >= X32_FIRST && *nr < X32_FIRST + X32_CALLS) {
		native = x32_native[masked(*nr - X32_FIRST, X32_CALLS)];
		if (native) {
			flags = exit_descs[masked(native - 1, MAX_CALLS)].flags;
			return flags & DESC_REPORT ? flags : 0;
		}
	}
	if (*nr < 0 || *nr >= MAX_CALLS)
		return report_unknown ? DESC_REPORT | DESC_WANTED : 0;
	if (*abi == ABI_COMPAT)
		flags = compat_flags[masked(*nr, MAX_CALLS)];
	else
		flags = exit_descs[masked(*nr, MAX_CALLS)].flags;
	return flags & DESC_REPORT ? flags : 0;
}

#include "heard.h"

/* Of a call that is reported whatever it turns out to be, the clock is read at once: nothing goes on in front of that
 * until it is done, and what comes behind goes on beside what follows. */
static __always_inline u64 early(void)
{
	return want_all ? bpf_ktime_get_ns() : 0;
}

/* The time of a call that was found to be reported. */
static __always_inline u64 late(u64 early)
{
	return want_all ? early : bpf_ktime_get_ns();
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct call c = {.ts = early(), .ret = ret};
	struct lane *l = lane();
	struct task_struct *task = running(l);
	s64 nr = call_number(regs);
	u32 flags;

	if (!wanted(task->tgid))
		return 0;
	/* The return from a signal handler restores the registers, number included, of before the signal.
	 */
	if (nr == -1)
		nr = is_compat(task) ? IA32_SIGRETURN : nr_sigreturn;
	if (ret == nr && never_ran(task))
		c.ret = -ENOSYS;
	flags = wanted_call(task, &nr, &c.abi);
	if (!flags || !heard(task, regs, flags, &c)) {
		if (want_latency && (flags || want_all))
			take_entry(task);
		if (l)
			l->skipped++;
		return 0;
	}
	c.nr = nr;
	c.ts = late(c.ts);
	if (want_latency) {
		u64 since = take_entry(task);

		if (since)
			c.latency = c.ts - since;
	}
	call(l, task, regs, &c);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	struct call c = {.ts = early(), .enter = true};
	struct lane *l = lane();
	struct task_struct *task = running(l);
	s64 nr = id;
	u32 flags;

	if (!wanted(task->tgid))
		return 0;
	/* What is reported of all calls need not be found out for its time. */
	if (want_enter || !want_all) {
		flags = wanted_call(task, &nr, &c.abi);
		if (!flags || !heard(task, regs, flags, &c))
			return 0;
	}
	c.nr = nr;
	c.ts = late(c.ts);
	if (want_latency)
		note_entry(task, c.ts);
	if (want_enter)
		call(l, task, regs, &c);
	return 0;
}

/* The inode of our own program. */
volatile u64 self_program = 0;

/* A process has become another program: a capture like ours, or one no more. */
static __always_inline void note_program(struct task_struct *task)
{
	u32 tgid = task->tgid;
	u8 one = 1;

	/* Who asks for certain processes gets them, whatever they run. */
	if (include_self || filter_pids || !self_program)
		return;
	if ((u64)BPF_CORE_READ(task, mm, exe_file, f_inode) == self_program) {
		bpf_map_update_elem(&hidden, &tgid, &one, BPF_ANY);
		others = 1;
	} else if (others) {
		bpf_map_delete_elem(&hidden, &tgid);
	}
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct scratch *s;
	long n;

	note_program(task);
	if (want_latency)
		move_entry(task, old_pid);
	if (!wanted(task->tgid) || !(exit_descs[nr_exec & (MAX_CALLS - 1)].flags & DESC_REPORT))
		return 0;
	s = take_scratch();
	if (!s)
		return 0;
	fill_record(&s->record, bpf_ktime_get_ns(), task, RECORD_EXEC, 0);
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
	u32 from = bpf_get_current_pid_tgid() >> 32, to = child->tgid;
	u32 *threads;
	u8 one = 1;
	u64 *flags;

	renew(child->pid);
	if (follow_children && from == to) {
		threads = bpf_map_lookup_elem(&pids, &to);
		if (threads)
			__sync_fetch_and_add(threads, 1);
	}
	if (others && from != to && bpf_map_lookup_elem(&hidden, &from))
		bpf_map_update_elem(&hidden, &to, &one, BPF_ANY);
	if (!wanted(from))
		return 0;
	flags = bpf_task_storage_get(&born, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (flags)
		*flags = clone_flags;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from = parent->tgid, to = child->tgid, one = 1;

	if (follow_children && from != to && bpf_map_lookup_elem(&pids, &from))
		bpf_map_update_elem(&pids, &to, &one, BPF_ANY);
	return 0;
}

#include "reaper.h"

static __always_inline bool ends_task(s64 nr, u32 abi)
{
	if (abi == ABI_COMPAT)
		return nr == IA32_EXIT || nr == IA32_EXIT_GROUP;
	return nr == nr_exit || nr == nr_exit_group;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	u32 tgid = task->tgid, *threads;

	if (want_latency)
		drop_entry(task->pid);
	if (!wanted(tgid)) {
		if (others && BPF_CORE_READ(task, signal, live.counter) == 0)
			bpf_map_delete_elem(&hidden, &tgid);
		return 0;
	}
	if (!want_enter) {
		/* exit and exit_group never return: this is the last chance to report them. */
		struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
		s64 nr = call_number(regs);
		struct call c = {};
		u32 flags = wanted_call(task, &nr, &c.abi);

		/* They have no payload: what collects that would have to be verified once more. */
		if (flags && ends_task(nr, c.abi) && heard(task, regs, flags, &c)) {
			u64 args[6];

			read_other_args(args, regs, c.abi);
			report_call(task, RECORD_EXIT, plain_number(nr, c.abi), c.abi, c.mark, args);
		}
	}
	if (report_procexit) {
		u64 args[6] = {task->exit_code, reaper_of(task)};

		report(task, RECORD_PROCEXIT, args);
	}
	renew(task->pid);
	if (!follow_children)
		return 0;
	/* The count of live ones of the kernel falls before they come here. */
	threads = bpf_map_lookup_elem(&pids, &tgid);
	if (threads) {
		__sync_fetch_and_add(threads, -1);
		if (*(volatile u32 *)threads == 0)
			bpf_map_delete_elem(&pids, &tgid);
	}
	return 0;
}

/* Never attached: run once to learn our own process id as the kernel numbers it, and our program. */
SEC("raw_tp/sys_enter")
int whoami(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	self_program = (u64)BPF_CORE_READ(task, mm, exe_file, f_inode);
	return bpf_get_current_pid_tgid() >> 32;
}

/* Never attached: run once on each CPU. */
SEC("raw_tp/sys_enter")
int find_queue(void *ctx)
{
	return find_queue_of(lane());
}

/* Never attached: run once, see find_base. */
SEC("raw_tp/sys_enter")
int find_direct(u64 *args)
{
	find_base(args[0], args[1]);
	return direct.base != 0;
}
