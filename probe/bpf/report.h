/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is reported, and the way out: one ring per CPU. Objects that include this share the maps. */
#ifndef CSCOPE_REPORT_H
#define CSCOPE_REPORT_H

const volatile bool filter_pids = false;
const volatile bool include_self = false;

/* Set between loading and attaching. */
volatile u32 self_tgid = 0;

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* One ring per CPU; made and put in by the user side. */
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

/* Processes to report, when filter_pids. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u8);
} pids SEC(".maps");

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

enum {
	BURST_NS = 100000000, /* losses further apart belong to two bursts */
};

static __always_inline void note_loss(struct counters *c)
{
	u64 now = bpf_ktime_get_boot_ns();

	if (now - c->lost_at > BURST_NS)
		c->lost_from = now;
	c->lost_at = now;
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

static __always_inline void skipped(void)
{
	struct counters *c = counters();

	if (c)
		c->skipped++;
}

static __always_inline bool wanted(u32 tgid)
{
	if (!include_self && tgid == self_tgid)
		return false;
	if (filter_pids && !bpf_map_lookup_elem(&pids, &tgid))
		return false;
	return true;
}

static __always_inline void fill_record(struct record *r, struct task_struct *task, u32 kind, u32 nr)
{
	r->ts = bpf_ktime_get_boot_ns();
	r->tid = task->pid;
	r->payload = 0;
	r->kind = kind;
	r->abi = ABI_NATIVE;
	r->cpu = bpf_get_smp_processor_id();
	r->nr = nr;
	r->ret = 0;
	r->latency = 0;
}

/* A record without payload, to be filled in and submitted. */
static __always_inline struct record *reserve(struct task_struct *task, u32 kind, u32 nr)
{
	void *to = ring();
	struct record *r;

	if (!to)
		return NULL;
	r = bpf_ringbuf_reserve(to, sizeof(*r), 0);
	if (!r) {
		lost_ring();
		return NULL;
	}
	fill_record(r, task, kind, nr);
	return r;
}

#endif
