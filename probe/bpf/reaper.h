/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who gets the children of a task that exits. */
#ifndef CSCOPE_REAPER_H
#define CSCOPE_REAPER_H

enum { PF_EXITING = 4 };

struct reaper {
	u64 task;
	u32 tid;
	u32 level; /* of the pid namespace */
};

static u64 thread_step(u32 index, void *data)
{
	struct reaper *r = data;
	struct task_struct *last = (void *)r->task;
	struct task_struct *task;
	struct signal_struct *signal = BPF_CORE_READ(last, signal);
	void *node = BPF_CORE_READ(last, thread_node.next);

	/* The list has a head that is no thread. */
	if (node == (void *)__builtin_preserve_access_index(&signal->thread_head))
		node = BPF_CORE_READ(signal, thread_head.next);
	task = node - bpf_core_field_offset(struct task_struct, thread_node);
	if (!(BPF_CORE_READ(task, flags) & PF_EXITING)) {
		r->tid = BPF_CORE_READ(task, pid);
		return 1;
	}
	r->task = (u64)task;
	return 0;
}

static u64 reaper_step(u32 index, void *data)
{
	struct reaper *r = data;
	struct task_struct *last = (void *)r->task;
	struct task_struct *task = BPF_CORE_READ(last, real_parent);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (!task || task == last || BPF_CORE_READ(task, thread_pid, level) != r->level)
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
	struct reaper r = {.task = (u64)task, .level = BPF_CORE_READ(task, thread_pid, level)};
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&task->children);
	struct pid_namespace *ns = pid_namespace(BPF_CORE_READ(task, thread_pid), r.level);

	if (BPF_CORE_READ(task, children.next) == head)
		return 0;
	if (BPF_CORE_READ(signal, live.counter) > 0) {
		bpf_loop(1024, thread_step, &r, 0);
		if (r.tid)
			return r.tid;
		r.task = (u64)task;
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper))
		bpf_loop(64, reaper_step, &r, 0);
	return r.tid ? r.tid : BPF_CORE_READ(ns, child_reaper, pid);
}

#endif
