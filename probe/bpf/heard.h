/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which calls of which threads are reported, and which of them never were. */
#ifndef CSCOPE_HEARD_H
#define CSCOPE_HEARD_H

/* Not every call is reported of every thread. */
const volatile bool selective = false;
const volatile bool can_mute = false;
const volatile bool only_failed = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct mute);
} mutes SEC(".maps");

static __always_inline struct mute *mute_of(u32 tid)
{
	u32 slot = tid & (MUTE_SLOTS - 1);

	return bpf_map_lookup_elem(&mutes, &slot);
}

/* Something about the thread changed, or it is another one. */
static __always_inline void renew(u32 tid)
{
	struct mute *m = can_mute ? mute_of(tid) : NULL;

	if (!m || (__sync_fetch_and_add(&m->changes, 1) + 1) % MARKS)
		return;
	/* What the user side has found out by now is of marks that come again. */
	*(volatile u32 *)&m->wrapped = bpf_ktime_get_ns() >> COARSE;
	*(volatile u64 *)m = 0;
}

/* True when a message may tell an end of its socket that is not known: one of TCP tells it where it is connected, and
 * that can be the message. */
static __always_inline bool tells_peer(struct task_struct *task, struct pt_regs *regs)
{
	u64 args[6];

	read_args(args, regs);
	return args[3] & MSG_FASTOPEN || args[2] & MSG_FASTOPEN || !tcp_of(task, (s32)args[0]);
}

/* True when this call of this thread is to be reported. Takes note of its mark. */
static __always_inline bool heard(struct task_struct *task, struct pt_regs *regs, u32 flags, struct call *c)
{
	struct mute *m = NULL;

	if (!selective)
		return true;
	if (can_mute) {
		if ((flags & DESC_RENEW) && !c->enter && c->ret >= 0)
			renew(task->pid);
		m = mute_of(task->pid);
		if (m)
			c->mark = 1 + m->changes % MARKS;
	}
	if ((flags & DESC_WANTED) && !(only_failed && !c->enter && c->ret >= 0) &&
	    (!m || *(volatile u64 *)m != ((u64)c->mark << 32 | task->pid)))
		return true;
	if (!(flags & DESC_STATE) || (!c->enter && c->ret < 0 && c->ret != -EINPROGRESS))
		return false;
	return !(flags & DESC_PEER) || tells_peer(task, regs);
}

enum { SIGSYS = 31 };

/* True for a call that seccomp has kept from being: its result is its number, put back, and a signal is on its way. */
static __always_inline bool never_ran(struct task_struct *task)
{
	return BPF_CORE_READ(task, pending.signal.sig[0]) & 1UL << (SIGSYS - 1);
}

#endif
