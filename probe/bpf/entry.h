/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When threads entered the calls they are in. Objects that include this share the maps. */
#ifndef CSCOPE_ENTRY_H
#define CSCOPE_ENTRY_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ENTRY_SLOTS);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

/* Of threads that find their place taken. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} entered SEC(".maps");

static __always_inline struct entry *entry_of(u32 tid)
{
	u32 slot = tid & (ENTRY_SLOTS - 1);

	return bpf_map_lookup_elem(&entries, &slot);
}

/* Takes note of the time for the task that runs. Its storage takes the helper's pointer only. */
static __always_inline void note_entry(struct task_struct *task, u64 now)
{
	u32 tid = task->pid;
	struct entry *e = entry_of(tid);
	u64 *since;

	if (e && (!e->tid || e->tid == tid)) {
		e->tid = tid;
		e->since = now;
		return;
	}
	since = bpf_task_storage_get(&entered, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!since)
		return;
	*since = now;
	if (e)
		e->others = 1;
}

/* The time of the entry into the call that `task` is in; 0 unknown. */
static __always_inline u64 entry_time(struct task_struct *task)
{
	struct entry *e = entry_of(task->pid);
	u64 *since;

	if (e && e->tid == task->pid)
		return e->since;
	if (e && !e->others)
		return 0;
	since = bpf_task_storage_get(&entered, task, NULL, 0);
	return since ? *since : 0;
}

/* Likewise, for the one that runs, and forgets it. */
static __always_inline u64 take_entry(struct task_struct *task)
{
	struct entry *e = entry_of(task->pid);
	u64 *since, time = 0;

	if (e && e->tid == task->pid) {
		e->tid = 0;
		return e->since;
	}
	if (e && !e->others)
		return 0;
	since = bpf_task_storage_get(&entered, bpf_get_current_task_btf(), NULL, 0);
	if (since) {
		time = *since;
		*since = 0;
	}
	return time;
}

/* A thread that is about to end will not return. */
static __always_inline void drop_entry(u32 tid)
{
	struct entry *e = entry_of(tid);

	if (e && e->tid == tid)
		e->tid = 0;
}

/* A thread has taken over the number of the first one of its process. */
static __always_inline void move_entry(struct task_struct *task, u32 old_tid)
{
	struct entry *e = entry_of(old_tid);

	if (task->pid == old_tid || !e || e->tid != old_tid)
		return;
	e->tid = 0;
	note_entry(task, e->since);
}

#endif
