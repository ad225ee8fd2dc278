/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is reported, and the way out: one lane per CPU. Objects that include this share the maps. */
#ifndef CSCOPE_REPORT_H
#define CSCOPE_REPORT_H

#include "processes.h"

const volatile bool include_self = false;
/* Bytes of the ring of a lane, a power of two. */
const volatile u64 lane_size = 4096;

/* Set between loading and attaching. */
volatile u32 self_tgid = 0;

/* Other captures are about: they are not reported. */
volatile u32 others = 0;

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* One lane per CPU that is there at the start; sized by the user side. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 4096);
} lanes SEC(".maps");

/* For what finds no lane: on a CPU that came later, or while an interrupted program writes into it. One ring per
 * possible CPU; made and put in by the user side. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct counters);
} counts SEC(".maps");

static __always_inline struct counters *counters(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&counts, &zero);
}

static __always_inline void *ring(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rings, &cpu);
}

static __always_inline struct lane *lane(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&lanes, &cpu);
}

enum {
	BURST_NS = 100000000, /* losses further apart belong to two bursts, when the reader was here in between */
};

static __always_inline void note_loss(struct counters *c)
{
	u64 now = bpf_ktime_get_ns();
	struct lane *l = lane();
	u64 tail = l ? l->tail : now;

	if (!c->lost_at || (now - c->lost_at > BURST_NS && tail != c->lost_tail))
		c->lost_from = now;
	c->lost_at = now;
	c->lost_tail = tail;
}

static __always_inline void lost_ring(void)
{
	struct counters *c = counters();

	if (!c)
		return;
	note_loss(c);
	c->lost_ring++;
}

static __always_inline void lost_scratch(void)
{
	struct counters *c = counters();

	if (!c)
		return;
	note_loss(c);
	c->lost_scratch++;
}

static __always_inline bool wanted(u32 tgid)
{
	if (!include_self && tgid == self_tgid)
		return false;
	if (others && bpf_map_lookup_elem(&hidden, &tgid))
		return false;
	if (filter_pids && !bpf_map_lookup_elem(&pids, &tgid))
		return false;
	return true;
}

/* Keeps the compiler from moving stores across. */
#define ordered() asm volatile("" ::: "memory")

/* Takes the lane for this program; false when there is none or something we interrupted writes into it. */
static __always_inline bool enter_lane(struct lane *l)
{
	if (!l || l->busy)
		return false;
	l->busy = 1;
	ordered();
	return true;
}

static __always_inline void leave_lane(struct lane *l)
{
	ordered();
	l->busy = 0;
}

/* Room for `size` bytes; NULL when the reader is behind. */
static __always_inline void *room_in(struct lane *l, u64 size)
{
	u64 head = l->head;

	if (head + size > l->limit) {
		/* The reader's cache line is looked at only when it must be. */
		l->limit = *(volatile u64 *)&l->tail + lane_size;
		if (head + size > l->limit)
			return NULL;
	}
	return (void *)l + LANE_DATA + (head & (lane_size - 1));
}

/* Shows a record of `size` bytes to the reader. */
static __always_inline void publish(struct lane *l, u64 size)
{
	publish_position(&l->head, l->head + size);
}

static __always_inline void fill_record(struct record *r, u64 ts, struct task_struct *task, u32 kind, u32 nr)
{
	r->ts = ts;
	r->size = sizeof(struct full_record);
	r->tid = task->pid;
	r->ret = 0;
	r->latency = 0;
	r->nr = nr;
	r->kind = kind;
	r->abi = ABI_NATIVE;
	r->nargs = 6;
	r->mark = 0;
}

/* Sends a record without payload. `nr`, `abi` and `mark` are those of a call. */
static __always_inline void report_call(struct task_struct *task, u32 kind, u32 nr, u32 abi, u32 mark,
					const u64 *args)
{
	struct lane *l = lane();
	struct full_record *r;

	if (enter_lane(l)) {
		r = room_in(l, sizeof(*r));
		if (r) {
			fill_record(&r->record, bpf_ktime_get_ns(), task, kind, nr);
			r->record.abi = abi;
			r->record.mark = mark;
			__builtin_memcpy(r->args, args, sizeof(r->args));
			publish(l, sizeof(*r));
		} else {
			lost_ring();
		}
		leave_lane(l);
		return;
	}
	void *to = ring();

	r = to ? bpf_ringbuf_reserve(to, sizeof(*r), 0) : NULL;
	if (!r) {
		lost_ring();
		return;
	}
	fill_record(&r->record, bpf_ktime_get_ns(), task, kind, nr);
	r->record.abi = abi;
	r->record.mark = mark;
	__builtin_memcpy(r->args, args, sizeof(r->args));
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/* Likewise, of what is no call. */
static __always_inline void report(struct task_struct *task, u32 kind, const u64 *args)
{
	report_call(task, kind, 0, ABI_NATIVE, 0, args);
}

#endif
