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

/* The maps belong to the probe. */
#include "entry.h"
#include "processes.h"

SEC("iter/task")
int each_call(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct full_record r = {};
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
	r.record.ts = bpf_ktime_get_boot_ns();
	r.record.size = sizeof(r);
	r.record.tid = task->pid;
	r.record.kind = RECORD_FLIGHT;
	r.record.nargs = 6;
	r.record.abi = call_abi(task, &nr);
	r.record.nr = nr;
	if (since)
		r.record.latency = r.record.ts - since;
	read_other_args(r.args, regs, r.record.abi);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
