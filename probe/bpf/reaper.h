/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who gets the children of a task that exits. */
#ifndef CSCOPE_REAPER_H
#define CSCOPE_REAPER_H

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

#endif
