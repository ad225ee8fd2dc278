/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generic collector: carries out the slots of a descriptor. The functions are global on purpose: the
 * verifier then checks each once instead of once per path through its callers.
 */
#ifndef CSCOPE_COLLECT_H
#define CSCOPE_COLLECT_H

enum {
	PAGE_SIZE = 4096,
	MAX_IOVECS = 1024,
	MAX_STRINGS = 512,
	MAX_NAME = 128,
	MAX_CONTROL = 512,
	MAX_CONTROLS = 8, /* pieces of control data that are looked at */
	SOL_SOCKET = 1,
	SCM_RIGHTS = 1,
	TASK_COMM = 16,
};

static u64 page_step(u32 index, void *data)
{
	struct scratch *s = scratch();
	struct pages *p = s ? &s->pages : NULL;
	u32 chunk;

	if (!p || p->done >= p->len || p->done > MAX_DATA)
		return 1;
	chunk = PAGE_SIZE - ((p->addr + p->done) & (PAGE_SIZE - 1));
	if (chunk > p->len - p->done)
		chunk = p->len - p->done;
	chunk = at_most(chunk, PAGE_SIZE);
	if (bpf_probe_read_user(at(s, p->pos + p->done), chunk, (void *)(p->addr + p->done)))
		return 1;
	p->done += chunk;
	return 0;
}

/* Reads user memory page by page until one is absent; gives the number of bytes read. */
__noinline u32 read_pages(u32 pos, u64 addr, u32 len)
{
	struct scratch *s = scratch();

	if (!s || !room(pos))
		return 0;
	s->pages.addr = addr;
	s->pages.pos = pos;
	s->pages.len = len;
	s->pages.done = 0;
	bpf_loop(SCRATCH_SLACK / PAGE_SIZE, page_step, NULL, 0);
	return s->pages.done;
}

/* One segment of user memory, at most MAX_DATA bytes. `total` is what there was to read. */
__noinline u32 put_bytes(u32 pos, u32 tag, u64 addr, u32 len, u64 total)
{
	struct scratch *s = scratch();
	u32 flags = len < total ? SEGMENT_TRUNCATED : 0;

	if (!s || !room(pos))
		return pos;
	len = at_most(len, MAX_DATA);
	if (len && bpf_probe_read_user(at(s, pos + sizeof(struct segment)), len, (void *)addr)) {
		len = read_pages(pos + sizeof(struct segment), addr, len);
		flags |= SEGMENT_FAULT;
		if (len > MAX_DATA)
			return pos;
	}
	segment_header(s, pos, tag, flags, len);
	return segment_end(pos, len);
}

/* One segment with a user string, without its NUL. A null pointer gives no segment. */
__noinline u32 put_string(u32 pos, u32 slot, u64 addr)
{
	struct scratch *s = scratch();
	u32 flags = 0;
	long n;

	if (!s || !room(pos) || !addr)
		return pos;
	n = bpf_probe_read_user_str(at(s, pos + sizeof(struct segment)), MAX_PATH, (void *)addr);
	if (n < 0) {
		/* The string runs into a page that is not there: keep what comes before. */
		n = read_pages(pos + sizeof(struct segment), addr, PAGE_SIZE - (addr & (PAGE_SIZE - 1)));
		flags = SEGMENT_FAULT;
		if (n == 0)
			return pos;
	} else if (n > 0) {
		if (n == MAX_PATH)
			flags = SEGMENT_TRUNCATED;
		n--;
	}
	if (n < 0 || n > MAX_PATH)
		return pos;
	segment_header(s, pos, slot, flags, n);
	return segment_end(pos, n);
}

struct vector {
	u64 addr;
	u64 total;
	u32 pos;
	u32 left;
	u32 fault;
	u32 begin;
	u32 narrow;
	u32 pad;
};

struct user_iovec {
	u64 base;
	u64 len;
};

/* Two words at an address, each of 64 bits or of 32. */
static __always_inline long read_words(u64 *words, u64 addr, u32 narrow)
{
	u32 half[2] = {};
	long failed;

	if (!narrow)
		return bpf_probe_read_user(words, 2 * sizeof(*words), (void *)addr);
	failed = bpf_probe_read_user(half, sizeof(half), (void *)addr);
	words[0] = half[0];
	words[1] = half[1];
	return failed;
}

static u64 iovec_step(u32 index, void *data)
{
	struct vector *v = data;
	struct user_iovec iov = {};
	u32 len = v->left, got;

	if (read_words(&iov.base, v->addr + index * (v->narrow ? 8 : sizeof(iov)), v->narrow)) {
		v->fault = 1;
		return 1;
	}
	v->total += iov.len;
	if (len > iov.len)
		len = iov.len;
	if (!len)
		return 0;
	if (len > MAX_DATA)
		len = MAX_DATA;
	got = read_pages(v->pos, iov.base, len);
	if (got > len)
		got = len;
	v->pos += got;
	v->left -= got;
	if (got < len) {
		v->fault = 1;
		v->left = 0;
	}
	return 0;
}

/* Sum of the lengths of an iovec array as u64, then up to `want` bytes of what it points to. */
__noinline u32 put_iovec(u32 pos, u32 tag, u64 addr, u32 count, u32 want)
{
	struct scratch *s = scratch();
	u32 begin = pos + sizeof(struct segment), limit = snaplen;
	struct vector v = {.addr = addr, .pos = begin + sizeof(u64)};

	if (!s || !room(pos))
		return pos;
	v.narrow = s->narrow;
	v.left = want < limit ? want : limit;
	if (count > MAX_IOVECS)
		count = MAX_IOVECS;
	bpf_loop(count, iovec_step, &v, 0);
	if (v.pos < begin || v.pos - begin > MAX_DATA + sizeof(u64))
		return pos;
	*(u64 *)at(s, begin) = v.total;
	segment_header(s, pos, tag, v.fault ? SEGMENT_FAULT : 0, v.pos - begin);
	return segment_end(pos, v.pos - begin);
}

#include "message.h"

static u64 string_step(u32 index, void *data)
{
	struct vector *v = data;
	struct scratch *s = scratch();
	u32 pos = v->pos;
	u64 addr = 0;
	long n;

	if (!s || !room(pos) || v->pos - v->begin > MAX_VECTOR - MAX_PATH)
		return 1;
	/* The upper half stays 0 when pointers have but the lower one. */
	if (v->narrow ? bpf_probe_read_user(&addr, sizeof(u32), (void *)(v->addr + index * sizeof(u32)))
		      : bpf_probe_read_user(&addr, sizeof(addr), (void *)(v->addr + index * sizeof(addr)))) {
		v->fault = 1;
		return 1;
	}
	if (!addr) {
		v->left = 0;
		return 1;
	}
	n = bpf_probe_read_user_str(at(s, pos), MAX_PATH, (void *)addr);
	if (n <= 0) {
		v->fault = 1;
		return 1;
	}
	v->pos = pos + n;
	return 0;
}

/* The strings of a NULL-terminated array, each with its NUL. */
__noinline u32 put_strings(u32 pos, u32 slot, u64 addr)
{
	struct scratch *s = scratch();
	u32 begin = pos + sizeof(struct segment);
	struct vector v = {.addr = addr, .pos = begin, .left = 1, .begin = begin};
	u32 flags = 0;

	if (!s || !room(pos) || !addr)
		return pos;
	v.narrow = s->narrow;
	bpf_loop(MAX_STRINGS, string_step, &v, 0);
	if (v.pos < begin || v.pos - begin > MAX_VECTOR)
		return pos;
	if (v.fault)
		flags = SEGMENT_FAULT;
	else if (v.left)
		flags = SEGMENT_TRUNCATED;
	segment_header(s, pos, slot, flags, v.pos - begin);
	return segment_end(pos, v.pos - begin);
}

__noinline u32 put_exec_vector(u32 pos, u32 slot, u32 env, u64 array, s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 start, end;

	if (ret < 0)
		return put_strings(pos, slot, array);
	if (!mm)
		return pos;
	start = env ? BPF_CORE_READ(mm, env_start) : BPF_CORE_READ(mm, arg_start);
	end = env ? BPF_CORE_READ(mm, env_end) : BPF_CORE_READ(mm, arg_end);
	if (end <= start)
		return pos;
	return put_bytes(pos, slot, start, end - start > MAX_VECTOR ? MAX_VECTOR : end - start,
			 end - start);
}

__noinline u32 put_file(u32 pos, u32 slot, s64 fd)
{
	struct scratch *s = scratch();
	struct file *file = file_of(fd);

	if (!s || !room(pos) || !file)
		return pos;
	segment_header(s, pos, slot, 0, sizeof(struct file_info));
	fill_file(at(s, pos + sizeof(struct segment)), file);
	return segment_end(pos, sizeof(struct file_info));
}

__noinline u32 put_socket(u32 pos, u32 slot, s64 fd)
{
	struct scratch *s = scratch();
	struct socket *socket = socket_of(file_of(fd));
	struct sock *sk;
	u32 len;

	if (!s || !room(pos) || !socket)
		return pos;
	sk = peek(socket, sk);
	if (!sk)
		return pos;
	len = fill_socket_and_path(at(s, pos + sizeof(struct segment)), sk);
	segment_header(s, pos, slot, 0, len);
	return segment_end(pos, len);
}

__noinline u32 put_memory(u32 pos, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct scratch *s = scratch();

	if (!s || !room(pos) || !mm)
		return pos;
	segment_header(s, pos, slot, 0, sizeof(struct memory_info));
	fill_memory(at(s, pos + sizeof(struct segment)), mm);
	return segment_end(pos, sizeof(struct memory_info));
}

__noinline u32 put_task(u32 pos, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = scratch();
	struct task_info *t;
	u64 *flags;

	if (!s || !room(pos))
		return pos;
	segment_header(s, pos, slot, 0, sizeof(struct task_info));
	t = at(s, pos + sizeof(struct segment));
	fill_task(t, task);
	flags = bpf_task_storage_get(&born, task, NULL, 0);
	if (flags)
		t->clone_flags = *flags;
	return segment_end(pos, sizeof(struct task_info));
}

__noinline u32 put_task_groups(u32 pos, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return put_groups(slot, pos, BPF_CORE_READ(task, cgroups));
}

__noinline u32 put_exe(u32 pos, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!exe || !fs)
		return pos;
	return put_path(slot, pos, (u64)BPF_CORE_READ(exe, f_path.mnt), (u64)BPF_CORE_READ(exe, f_path.dentry),
			(u64)__builtin_preserve_access_index(&fs->root));
}

__noinline u32 put_cwd(u32 pos, u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!fs)
		return pos;
	return put_path(slot, pos, (u64)BPF_CORE_READ(fs, pwd.mnt), (u64)BPF_CORE_READ(fs, pwd.dentry),
			(u64)__builtin_preserve_access_index(&fs->root));
}

__noinline u32 put_fd_path(u32 pos, u32 slot, s64 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct file *file = file_of(fd);

	if (!file || !fs)
		return pos;
	return put_path(slot, pos, (u64)BPF_CORE_READ(file, f_path.mnt), (u64)BPF_CORE_READ(file, f_path.dentry),
			(u64)__builtin_preserve_access_index(&fs->root));
}

static __always_inline u64 argument(const u64 *args, u8 arg)
{
	u32 index = arg & 7;

	return index < 6 ? args[index] : 0;
}

/* A number a slot refers to: an argument, the result, or an int in user memory. */
static __always_inline s64 slot_number(const u64 *args, s64 ret, u8 arg)
{
	s64 v = (arg & 7) == ARG_RET ? ret : (s64)argument(args, arg);

	if (arg & (ARG_DEREF | ARG_DEREF2)) {
		s32 word = -1;

		bpf_probe_read_user(&word, sizeof(word),
				    (void *)(v + (arg & ARG_DEREF2 ? sizeof(word) : 0)));
		return word;
	}
	return v;
}

static __always_inline u64 slot_bytes(const u64 *args, s64 ret, const struct slot *slot)
{
	u32 word = 0;
	s64 v;

	switch (slot->length) {
	case LENGTH_MAX:
		return slot->max;
	case LENGTH_RET:
		v = ret;
		break;
	case LENGTH_DONE:
		v = ret >= 0 ? ret : slot_number(args, ret, slot->length_arg & 7);
		break;
	case LENGTH_POINTER:
		bpf_probe_read_user(&word, sizeof(word),
				    (void *)slot_number(args, ret, slot->length_arg & 7));
		v = word;
		break;
	default:
		v = slot_number(args, ret, slot->length_arg & 7);
	}
	return v > 0 ? v * slot->unit : 0;
}

/* Carries out one slot; gives the position behind what it wrote. */
__noinline u32 collect(u32 nr, u32 enter, u32 index, u32 pos)
{
	struct scratch *s = scratch();
	struct slot slot;
	u64 addr, total;
	s64 ret;

	if (!s || nr >= MAX_CALLS || index >= MAX_SLOTS)
		return pos;
	slot = enter ? *(struct slot *)&enter_descs[nr].slot[index]
		     : *(struct slot *)&exit_descs[nr].slot[index];
	ret = s->record.ret;
	if ((slot.when == WHEN_OK && ret < 0) || (slot.when == WHEN_FAILED && ret >= 0))
		return pos;
	addr = argument(s->args, slot.arg);

	switch (slot.kind) {
	case SLOT_STRING:
		return put_string(pos, index, addr);
	case SLOT_BYTES:
		if (!addr)
			return pos;
		total = slot_bytes(s->args, ret, &slot);
		{
			u32 cap = slot.max ? slot.max : snaplen;

			return put_bytes(pos, index, addr, total > cap ? cap : total, total);
		}
	case SLOT_IOVEC:
		return put_iovec(pos, index, addr, slot_number(s->args, ret, slot.length_arg & 7),
				 ret >= 0 ? ret : (u32)-1);
	case SLOT_MSGHDR:
		return put_message(pos, TAG(index, slot.max), addr, ret >= 0 ? ret : -1);
	case SLOT_SOCKET:
		return put_socket(pos, index, (s32)slot_number(s->args, ret, slot.arg));
	case SLOT_FILE:
		return put_file(pos, index, (s32)slot_number(s->args, ret, slot.arg));
	case SLOT_PATH:
		return put_fd_path(pos, index, (s32)slot_number(s->args, ret, slot.arg));
	case SLOT_MEMORY:
		return put_memory(pos, index);
	case SLOT_TASK:
		return put_task(pos, index);
	case SLOT_ARGS:
		return put_exec_vector(pos, index, 0, addr, slot.arg == ARG_NONE ? 0 : ret);
	case SLOT_ENV:
		return put_exec_vector(pos, index, 1, addr, slot.arg == ARG_NONE ? 0 : ret);
	case SLOT_EXE:
		return put_exe(pos, index);
	case SLOT_CWD:
		return put_cwd(pos, index);
	case SLOT_CGROUPS:
		return put_task_groups(pos, index);
	}
	return pos;
}

#endif
