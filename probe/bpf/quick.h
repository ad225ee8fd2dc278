/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls with little payload: their record is written where it will stay. */
#ifndef CSCOPE_QUICK_H
#define CSCOPE_QUICK_H

/* A record of a call with little payload. */
struct quick_record {
	struct full_record full;
	u64 spare; /* the verifier knows no more than that there are at most seven arguments */
	struct segment segment;
	u8 data[QUICK_DATA];
};

/* Reads user memory; a few bytes by way of the stack, because the kernel takes time to check any other memory it copies
 * to. */
static __always_inline long read_quick(u8 *data, u32 len, u64 addr)
{
	u64 word = 0;
	long failed;

	if (len > sizeof(word))
		return bpf_probe_read_user(data, len, (void *)addr);
	failed = bpf_probe_read_user(&word, len, (void *)addr);
	*(u64 *)data = word;
	return failed;
}

/* Puts the segment of the only slot of a descriptor at `to`; gives its length. */
static __always_inline u32 put_quick(struct segment *to, const u64 *args, s64 ret,
				     const volatile struct desc *desc)
{
	struct slot slot = *(struct slot *)&desc->slot[0];
	u32 cap = slot.max ? slot.max : snaplen, len, flags;
	u64 addr = argument(args, slot.arg), total;
	u8 *data = (u8 *)(to + 1);

	if (!addr || (slot.when == WHEN_OK && ret < 0) || (slot.when == WHEN_FAILED && ret >= 0))
		return 0;
	total = slot_bytes(args, ret, &slot);
	len = at_most(total > cap ? cap : total, QUICK_DATA);
	flags = total > cap ? SEGMENT_TRUNCATED : 0;
	if (len && read_quick(data, len, addr)) {
		/* All or nothing: what lies in the first page may be there. */
		u32 first = at_most(PAGE_SIZE - (addr & (PAGE_SIZE - 1)), QUICK_DATA);

		flags |= SEGMENT_FAULT;
		if (first >= len || bpf_probe_read_user(data, first, (void *)addr))
			first = 0;
		len = first;
	}
	to->slot = 0;
	to->part = 0;
	to->flags = flags;
	to->pad = 0;
	to->len = len;
	return sizeof(*to) + ((len + 7) & ~7u);
}

/* Writes the record of a call with little payload where it will stay; gives its length. */
static __always_inline u64 fill_quick(struct record *r, struct task_struct *task, struct pt_regs *regs,
				      const struct call *c, const volatile struct desc *desc)
{
	u64 *args = (u64 *)(r + 1), size = sizeof(*r);

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
		if (desc->slots)
			size += put_quick((void *)(args + nargs), args, c->ret, desc);
	}
	r->size = size;
	return size;
}

static __always_inline void quick_call(struct task_struct *task, struct pt_regs *regs, const struct call *c,
				       const volatile struct desc *desc)
{
	struct lane *l = lane();
	void *to;

	if (enter_lane(l)) {
		to = room_in(l, sizeof(struct quick_record));
		if (to)
			publish(l, fill_quick(to, task, regs, c, desc));
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
	fill_quick(to, task, regs, c, desc);
	bpf_ringbuf_submit(to, BPF_RB_NO_WAKEUP);
}

#endif
