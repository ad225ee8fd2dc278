/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The output area and what walks up chains of directories into it. Every collector takes the position to
 * write at and returns the next one; none keeps a pointer across calls, so each is verified on its own.
 */
#ifndef CSCOPE_PATH_H
#define CSCOPE_PATH_H

enum {
	SCRATCH_DATA = 131072,
	SCRATCH_SLACK = 69632, /* longest single write, with room for its header */
	SCRATCH_ROOM = 126976, /* where the last segment may begin */
	PART_MAX = 256,
	RIGHTS = 512, /* descriptors of the messages of one call; more are not described */
};

/* Slot and part of a segment in one argument: a function takes five at most. */
#define TAG(slot, part) ((slot) | (part) << 8)

/* A piece of user memory that is read page by page. Here and not on the stack, where the verifier would follow every
 * value that it can take. */
struct pages {
	u64 addr;
	u32 pos;
	u32 len;
	u32 done;
	u32 pad;
};

/* A piece of control data of a message, likewise. */
struct control {
	u64 addr;
	u64 end;
};

struct scratch {
	struct record record;
	u64 args[6];
	u8 data[SCRATCH_DATA + SCRATCH_SLACK];
	struct pages pages;
	struct control control;
	u32 busy;
	u32 narrow; /* pointers and lengths in structs have 32 bits */
	u32 received; /* descriptors that came with messages */
	s32 rights[RIGHTS];
};

/* Defined by the program that includes this. */
static __always_inline struct scratch *scratch(void);

/* True when a segment may still begin at pos. */
static __always_inline bool room(u32 pos)
{
	return pos < SCRATCH_ROOM;
}

/* The lesser of both. In assembler because the compiler drops checks it can do without and the verifier of
 * older kernels cannot. */
#define at_most(v, max)                                                                                    \
	({                                                                                                 \
		u64 __v = (v);                                                                             \
		asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(__v) : "i"(max));                       \
		__v;                                                                                       \
	})

/* An index into a table of a power of two of entries, likewise. */
#define masked(v, size)                                                                                    \
	({                                                                                                 \
		u64 __v = (v);                                                                             \
		asm volatile("%0 &= %1" : "+r"(__v) : "i"((size)-1));                                      \
		__v;                                                                                       \
	})

/* The output area at pos. */
static __always_inline void *at(struct scratch *s, u32 pos)
{
	return &s->data[masked(pos, SCRATCH_DATA)];
}

static __always_inline u32 segment_end(u32 pos, u32 len)
{
	return (pos + sizeof(struct segment) + len + 7) & ~7u;
}

static __always_inline void segment_header(struct scratch *s, u32 pos, u32 tag, u32 flags, u32 len)
{
	struct segment *h = at(s, pos);

	h->slot = tag;
	h->part = tag >> 8;
	h->flags = flags;
	h->pad = 0;
	h->len = len;
}

struct walk {
	u64 dentry;
	u64 mnt;
	u64 root_dentry;
	u64 root_mnt;
	u32 pos;
	u32 done;
	u32 pseudo;
	u32 pad;
};

static u64 path_step(u32 index, void *data)
{
	struct walk *w = data;
	struct dentry *dentry = (void *)w->dentry, *parent;
	struct vfsmount *mnt = (void *)w->mnt;
	struct scratch *s = scratch();
	u32 pos = w->pos;
	long n;

	if (!s || !dentry || !mnt || !room(pos))
		return 1;
	if (w->dentry == w->root_dentry && w->mnt == w->root_mnt) {
		w->done = 1;
		return 1;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
		struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *up = BPF_CORE_READ(mount, mnt_parent);

		if (up == mount || !up) {
			w->done = 1;
			return 1;
		}
		w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mnt = (u64)up + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	n = bpf_probe_read_kernel_str(at(s, pos), PART_MAX, BPF_CORE_READ(dentry, d_name.name));
	if (n <= 0)
		return 1;
	w->pos = pos + n;
	w->dentry = (u64)parent;
	if (dentry == parent) {
		w->pseudo = w->done = 1;
		return 1;
	}
	return 0;
}

/* Writes the parts of a path, each ending in NUL, the last one first. Gives the flags of the segment. */
static __always_inline u32 path_parts(u32 *pos, struct vfsmount *mnt, struct dentry *dentry,
				      struct path *root)
{
	struct walk w = {
		.dentry = (u64)dentry,
		.mnt = (u64)mnt,
		.pos = *pos,
	};
	u32 flags = 0;

	if (root) {
		w.root_dentry = (u64)BPF_CORE_READ(root, dentry);
		w.root_mnt = (u64)BPF_CORE_READ(root, mnt);
	}
	if (dentry && !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		flags |= SEGMENT_DELETED;
	bpf_loop(PATH_PARTS, path_step, &w, 0);
	*pos = w.pos;
	if (w.pseudo)
		flags |= SEGMENT_PSEUDO;
	return w.done ? flags : flags | SEGMENT_TRUNCATED;
}

/* A segment with a path. The pointers are numbers, so that this is verified once and not for each caller. */
__noinline u32 put_path(u32 slot, u32 pos, u64 mnt, u64 dentry, u64 root)
{
	struct scratch *s = scratch();
	u32 begin = pos + sizeof(struct segment), end = begin, flags;

	if (!s || !room(pos))
		return pos;
	flags = path_parts(&end, (void *)mnt, (void *)dentry, (void *)root);
	if (end < begin)
		return pos;
	segment_header(s, pos, slot, flags, end - begin);
	return segment_end(pos, end - begin);
}

struct group_walk {
	u64 node;
	u32 pos;
};

static u64 group_step(u32 index, void *data)
{
	struct group_walk *w = data;
	struct kernfs_node *node = (void *)w->node, *parent;
	struct kernfs_node___6_14 *old = (void *)node;
	struct scratch *s = scratch();
	u32 pos = w->pos;
	long n;

	if (!s || !node || !room(pos))
		return 1;
	if (bpf_core_field_exists(node->__parent))
		parent = BPF_CORE_READ(node, __parent);
	else
		parent = (void *)BPF_CORE_READ(old, parent);
	if (!parent)
		return 1;
	n = bpf_probe_read_kernel_str(at(s, pos), PART_MAX, BPF_CORE_READ(node, name));
	if (n <= 0)
		return 1;
	w->pos = pos + n;
	w->node = (u64)parent;
	return 0;
}

static __always_inline u32 put_group(u32 slot, u32 pos, u32 part, struct cgroup *group)
{
	struct scratch *s = scratch();
	struct group_walk w = {
		.node = (u64)BPF_CORE_READ(group, kn),
		.pos = pos + sizeof(struct segment),
	};
	u32 begin = w.pos;

	if (!s || !room(pos))
		return pos;
	bpf_loop(PATH_PARTS, group_step, &w, 0);
	if (w.pos < begin)
		return pos;
	segment_header(s, pos, TAG(slot, part), 0, w.pos - begin);
	return segment_end(pos, w.pos - begin);
}

/* Index of a controller in css_set.subsys, or -1 when this kernel lacks it. */
static __always_inline int group_index(u32 part)
{
	switch (part) {
	case CGROUP_CPUSET:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuset_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id);
		return -1;
	case CGROUP_CPU:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
		return -1;
	case CGROUP_CPUACCT:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuacct_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, cpuacct_cgrp_id);
		return -1;
	case CGROUP_IO:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, io_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, io_cgrp_id);
		return -1;
	case CGROUP_MEMORY:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		return -1;
	}
	return -1;
}

/* The groups in a set. Controllers often share a group: then its path is walked once. */
static __always_inline u32 put_groups(u32 slot, u32 pos, struct css_set *set)
{
	struct cgroup *group, *last = NULL;
	struct scratch *s = scratch();

	if (!s || !set)
		return pos;
	for (u32 part = 0; part < CGROUP_COUNT; part++) {
		group = NULL;
		if (part == CGROUP_UNIFIED) {
			group = BPF_CORE_READ(set, dfl_cgrp);
		} else {
			int index = group_index(part);
			struct cgroup_subsys_state *css = NULL;

			if (index < 0)
				continue;
			bpf_probe_read_kernel(&css, sizeof(css),
					      (void *)set + bpf_core_field_offset(set->subsys) +
						      index * sizeof(void *));
			group = BPF_CORE_READ(css, cgroup);
		}
		if (!group || !room(pos))
			continue;
		if (group == last) {
			segment_header(s, pos, TAG(slot, part), SEGMENT_SAME, 0);
			pos = segment_end(pos, 0);
			continue;
		}
		last = group;
		pos = put_group(slot, pos, part, group);
	}
	return pos;
}

#endif
