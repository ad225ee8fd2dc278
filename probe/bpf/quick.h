/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls with little payload: their record is written where it will stay. */
#ifndef CSCOPE_QUICK_H
#define CSCOPE_QUICK_H

#include "direct.h"

/* A record of a call with little payload. */
struct quick_record {
	struct full_record full;
	u64 spare[2]; /* the verifier takes the arguments for seven, and lengths for no multiples of 8 */
	struct segment segment;
	u8 data[QUICK_DATA];
	struct segment ends_segment;
	struct socket_ends ends;
};

enum {
	STACK_WORDS = 6,
};

/*
 * Reads at most so many words of user memory by way of the stack: the kernel takes as much time to check
 * any other memory it copies to as for the copy. From 6.13 on that goes for the stack of a program that
 * uses 64 bytes of it or more, which is not that of the thread; hence a function of its own, with a small
 * one.
 */
static __noinline long read_few(u64 *data, u32 len, u64 addr)
{
	u64 words[STACK_WORDS] = {};
	long failed = bpf_probe_read_user(words, at_most(len, sizeof(words)), (void *)addr);

	data[0] = words[0];
	if (len > sizeof(u64)) {
		for (int i = 1; i < STACK_WORDS; i++)
			data[i] = words[i];
	}
	return failed;
}

/* `task`: the caller, where its memory may be read directly, else NULL. */
static __always_inline long read_quick(struct task_struct *task, u8 *data, u32 len, u64 addr)
{
	if (task && read_direct(task, (u64 *)data, len, addr))
		return 0;
	if (len > STACK_WORDS * sizeof(u64))
		return bpf_probe_read_user(data, len, (void *)addr);
	return read_few((u64 *)data, len, addr);
}

/* Puts the segment of a slot of a descriptor at `to`; gives its length. */
static __always_inline u32 put_quick(struct task_struct *task, struct segment *to, const u64 *args, s64 ret,
				     const volatile struct desc *desc, u32 index)
{
	struct slot slot = *(struct slot *)&desc->slot[index];
	u32 cap = slot.max ? slot.max : snaplen, len, flags;
	u64 addr = argument(args, slot.arg), total;
	u8 *data = (u8 *)(to + 1);

	if (!addr || (slot.when == WHEN_OK && ret < 0) || (slot.when == WHEN_FAILED && ret >= 0))
		return 0;
	total = slot_bytes(args, ret, &slot);
	len = at_most(total > cap ? cap : total, QUICK_DATA);
	flags = total > cap ? SEGMENT_TRUNCATED : 0;
	if (len && read_quick(task, data, len, addr)) {
		/* All or nothing: what lies in the first page may be there. */
		u32 first = at_most(PAGE_SIZE - (addr & (PAGE_SIZE - 1)), QUICK_DATA);

		flags |= SEGMENT_FAULT;
		if (first >= len || bpf_probe_read_user(data, first, (void *)addr))
			first = 0;
		len = first;
	}
	to->slot = index;
	to->part = 0;
	to->flags = flags;
	to->pad = 0;
	to->len = len;
	return sizeof(*to) + ((len + 7) & ~7u);
}

/* Puts the segment with the ends of a socket at `to`; gives its length, 0 when it is not connected. */
static __always_inline u32 put_ends(struct segment *to, struct sock *sk, u32 slot)
{
	u32 len = fill_ends((void *)(to + 1), sk);

	if (!len)
		return 0;
	to->slot = slot;
	to->part = 0;
	to->flags = SEGMENT_ENDS;
	to->pad = 0;
	to->len = len;
	return sizeof(*to) + len;
}

/* Writes the record of a call with little payload where it will stay; gives its length. `sk` is the socket
 * of a message. */
static __always_inline u64 fill_quick(struct record *r, struct task_struct *task, struct pt_regs *regs,
				      const struct call *c, const volatile struct desc *desc,
				      struct sock *sk, bool direct)
{
	u64 *args = (u64 *)(r + 1), size = sizeof(*r), len;

	fill_record(r, c->ts, task, c->enter ? RECORD_ENTER : RECORD_EXIT, c->nr);
	r->abi = c->abi;
	r->ret = c->ret;
	r->latency = c->latency;
	r->mark = c->mark;
	r->nargs = 0;
	if (c->typed) {
		u64 nargs = masked(desc->args, 8);

		r->nargs = nargs;
		size += nargs * sizeof(u64);
		/* All six, and what follows those that are wanted is laid over the rest. */
		read_args(args, regs);
		if (desc->slots) {
			u32 slot = sk ? masked(desc->data, 8) : 0;
			void *to = args + nargs;

			slot = slot < MAX_SLOTS ? slot : 0;
			len = put_quick(direct ? task : NULL, to, args, c->ret, desc, slot);
			size += len;
			if (sk)
				size += put_ends(to + len, sk, desc->socket);
		}
	}
	r->size = size;
	return size;
}

/* The socket of a message, when it is connected over TCP. */
static __always_inline struct sock *message_socket(struct task_struct *task, struct pt_regs *regs,
						   const volatile struct desc *desc)
{
	struct sock *sk;
	u64 args[6];

	if (!(desc->flags & DESC_MESSAGE))
		return NULL;
	read_args(args, regs);
	sk = tcp_of(task, (s32)args[0]);
	return sk && peek(sk, __sk_common.skc_dport) ? sk : NULL;
}

static __always_inline void quick_call(struct lane *l, struct task_struct *task, struct pt_regs *regs,
				       const struct call *c, const volatile struct desc *desc, struct sock *sk)
{
	void *to;

	if (enter_lane(l)) {
		to = room_in(l, sizeof(struct quick_record));
		if (to)
			publish(l, fill_quick(to, task, regs, c, desc, sk, true));
		else
			lost_ring();
		leave_lane(l);
		return;
	}
	to = ring();
	if (to)
		to = bpf_ringbuf_reserve(to, sizeof(struct quick_record), 0);
	if (!to) {
		lost_ring();
		return;
	}
	/* Hardly ever done: not worth what it takes to verify the other way once more. */
	fill_quick(to, task, regs, c, desc, sk, false);
	bpf_ringbuf_submit(to, BPF_RB_NO_WAKEUP);
}

#endif
