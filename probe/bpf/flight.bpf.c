// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The calls that have not returned, written as records by an iterator that user space reads. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "record.h"
#include "registers.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
	PF_KTHREAD = 0x200000,
};

const volatile u32 self_tgid = 0;

/* A call, and behind it the name of its thread: user space may not have heard of that yet. */
struct call_record {
	struct full_record full;
	struct segment segment;
	char comm[16];
};

/* The maps belong to the probe. */
#include "entry.h"
#include "processes.h"

SEC("iter/task")
int each_call(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct call_record r = {};
	struct pt_regs *regs;
	u64 since;
	u32 tgid;
	s64 nr;

	if (!task || task->flags & PF_KTHREAD)
		return 0;
	tgid = task->tgid;
	if (tgid == self_tgid || bpf_map_lookup_elem(&hidden, &tgid) || (filter_pids && !bpf_map_lookup_elem(&pids, &tgid)))
		return 0;
	since = entry_time(task);
	regs = (void *)bpf_task_pt_regs(task);
	nr = call_number(regs);
	/* What sleeps in a call that was entered before us has no time; what runs has old registers. */
	if (!since && !(task->__state && nr >= 0))
		return 0;
	r.full.record.ts = bpf_ktime_get_ns();
	r.full.record.size = sizeof(r);
	r.full.record.tid = task->pid;
	r.full.record.kind = RECORD_FLIGHT;
	r.full.record.nargs = 6;
	r.full.record.abi = call_abi(task, &nr);
	r.full.record.nr = nr;
	if (since)
		r.full.record.latency = r.full.record.ts - since;
	read_other_args(r.full.args, regs, r.full.record.abi);
	r.segment.len = sizeof(r.comm);
	BPF_CORE_READ_INTO(&r.comm, task, comm);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
