/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which processes are reported. Objects that include this share the maps. */
#ifndef CSCOPE_PROCESSES_H
#define CSCOPE_PROCESSES_H

/* Only those of the map. */
const volatile bool filter_pids = false;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u32); /* threads that have not ended, where children are followed */
} pids SEC(".maps");

/* Processes of other captures. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u8);
} hidden SEC(".maps");

#endif
