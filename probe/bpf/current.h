/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is running. The helper that tells costs several times what looking does: a call and a return into the kernel,
 * which guards its returns. The queue of tasks of a CPU knows who runs there, and where it lies never changes.
 */
#ifndef CSCOPE_CURRENT_H
#define CSCOPE_CURRENT_H

/* What the kernel's helpers tell may be looked up. */
const volatile bool want_direct = false;

/* The task that runs on the CPU of this lane, which is the one we run on. */
static __always_inline struct task_struct *running(const struct lane *l)
{
	struct task_struct *task;

	if (!bpf_ksym_exists(bpf_rdonly_cast) || !want_direct)
		return bpf_get_current_task_btf();
	task = l && l->queue ? bpf_core_cast((void *)l->queue, struct rq)->curr : bpf_get_current_task_btf();
	/* For the verifier both are the same now. */
	return bpf_core_cast(task, struct task_struct);
}

/* Run once on each CPU: notes its queue. True when it is the right one. */
static __always_inline bool find_queue_of(struct lane *l)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cfs_rq *part = BPF_CORE_READ(task, se.cfs_rq);
	struct rq *queue;

	if (!l || !bpf_core_field_exists(part->rq))
		return false;
	queue = BPF_CORE_READ(part, rq);
	if (BPF_CORE_READ(queue, cpu) != bpf_get_smp_processor_id() || BPF_CORE_READ(queue, curr) != task)
		return false;
	l->queue = (u64)queue;
	return true;
}

#endif
