/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages of sockets: header, control data, and the data they point to. */
#ifndef CSCOPE_MESSAGE_H
#define CSCOPE_MESSAGE_H

struct user_msghdr {
	u64 name;
	u32 name_len;
	u32 pad;
	u64 iov;
	u64 iov_len;
	u64 control;
	u64 control_len;
};

struct user_msghdr32 {
	u32 name;
	u32 name_len;
	u32 iov;
	u32 iov_len;
	u32 control;
	u32 control_len;
	u32 flags;
};

/* Bytes of a message's header. */
static __always_inline u32 message_size(u32 narrow)
{
	return narrow ? sizeof(struct user_msghdr32) : sizeof(struct user_msghdr) + sizeof(u64);
}

static __always_inline long read_message(struct user_msghdr *m, u64 addr, u32 narrow)
{
	struct user_msghdr32 half;

	if (!narrow)
		return bpf_probe_read_user(m, sizeof(*m), (void *)addr);
	if (bpf_probe_read_user(&half, sizeof(half), (void *)addr))
		return -1;
	m->name = half.name;
	m->name_len = half.name_len;
	m->iov = half.iov;
	m->iov_len = half.iov_len;
	m->control = half.control;
	m->control_len = half.control_len;
	return 0;
}

struct user_cmsghdr {
	u64 len;
	s32 level;
	s32 type;
};

struct user_cmsghdr32 {
	u32 len;
	s32 level;
	s32 type;
};

/* Takes down the descriptors that one piece of control data brought. */
static u64 control_step(u32 index, void *data)
{
	struct scratch *s = scratch();
	struct user_cmsghdr h = {};
	struct user_cmsghdr32 half = {};
	struct control *c;
	u32 size;
	u64 len;

	if (!s)
		return 1;
	c = &s->control;
	size = s->narrow ? sizeof(half) : sizeof(h);
	if (c->addr + size > c->end)
		return 1;
	if (!s->narrow) {
		if (bpf_probe_read_user(&h, sizeof(h), (void *)c->addr))
			return 1;
	} else {
		if (bpf_probe_read_user(&half, sizeof(half), (void *)c->addr))
			return 1;
		h.len = half.len;
		h.level = half.level;
		h.type = half.type;
	}
	if (h.len < size || h.len > c->end - c->addr)
		return 1;
	if (h.level == SOL_SOCKET && h.type == SCM_RIGHTS) {
		if (s->received >= RIGHTS / 2)
			return 1;
		len = at_most(h.len - size, MAX_RIGHTS * sizeof(s32));
		if (!bpf_probe_read_user(&s->rights[masked(s->received, RIGHTS / 2)], len,
					 (void *)(c->addr + size)))
			s->received += len / sizeof(s32);
		return 1;
	}
	c->addr += s->narrow ? (h.len + 3) & ~3ull : (h.len + 7) & ~7ull;
	return 0;
}

/* Address, control data and data of a message of which `want` bytes were transferred (-1: not known). `tag`: the
 * slot, with a part when it was received. */
__noinline u32 put_message(u32 pos, u32 tag, u64 addr, s64 want)
{
	struct scratch *s = scratch();
	u32 slot = tag & 0xff;
	struct user_msghdr m = {};

	if (!s || read_message(&m, addr, s->narrow))
		return pos;
	if (m.name && m.name_len)
		pos = put_bytes(pos, TAG(slot, PART_NAME), m.name,
				m.name_len > MAX_NAME ? MAX_NAME : m.name_len, m.name_len);
	if (m.control && m.control_len && tag != slot && want >= 0) {
		s->control.addr = m.control;
		s->control.end = m.control + m.control_len;
		bpf_loop(MAX_CONTROLS, control_step, NULL, 0);
	}
	if (m.control && m.control_len)
		pos = put_bytes(pos, TAG(slot, PART_CONTROL), m.control,
				m.control_len > MAX_CONTROL ? MAX_CONTROL : m.control_len, m.control_len);
	return put_iovec(pos, TAG(slot, PART_DATA), m.iov, m.iov_len, want < 0 ? (u32)-1 : want);
}

#endif
