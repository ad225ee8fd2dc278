// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The threads and open files there are, written as records by iterators that user space reads. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "record.h"
#include "path.h"
#include "task.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
	MAX_LIST = 4096, /* bytes kept of args and environment */
	PAGE_SIZE = 4096,
};

#define address(member) ((u64)__builtin_preserve_access_index(member))

/* Only one iterator runs at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline void begin(struct scratch *s, struct task_struct *task, u32 kind)
{
	__builtin_memset(&s->record, 0, sizeof(s->record));
	__builtin_memset(s->args, 0, sizeof(s->args));
	s->record.tid = BPF_CORE_READ(task, pid);
	s->record.kind = kind;
	s->record.nargs = 6;
}

/* What an iterator may tell of one thing: a longer one ends the reading of all (E2BIG). */
enum { MAX_TOLD = 8 * PAGE_SIZE - 64 - sizeof(struct full_record) };

/* The place behind what was put, or the one in front of it when that is too much. */
static __always_inline u32 fitting(u32 before, u32 behind)
{
	return behind <= MAX_TOLD ? behind : before;
}

static __always_inline void write(struct seq_file *seq, struct scratch *s, u32 pos)
{
	pos = at_most(pos, SCRATCH_DATA + SCRATCH_SLACK);
	s->record.size = sizeof(struct full_record) + pos;
	bpf_seq_write(seq, s, sizeof(struct full_record) + pos);
}

/* User memory of another task, page by page until one is absent. */
static __always_inline u32 put_memory_of(u32 slot, u32 pos, struct task_struct *task, u64 start, u64 end)
{
	struct scratch *s = scratch();
	u32 done = 0, len = end - start;

	if (!s || !room(pos) || end <= start)
		return pos;
	if (end - start > MAX_LIST)
		len = MAX_LIST;
	for (int i = 0; i < 2; i++) {
		u32 chunk = PAGE_SIZE - ((start + done) & (PAGE_SIZE - 1));

		if (done >= len)
			break;
		if (chunk > len - done)
			chunk = len - done;
		chunk = at_most(chunk, PAGE_SIZE);
		if (bpf_copy_from_user_task(at(s, pos + sizeof(struct segment) + done), chunk,
					    (void *)(start + done), task, 0))
			break;
		done += chunk;
	}
	segment_header(s, pos, slot, end - start > MAX_LIST ? SEGMENT_TRUNCATED : 0, done);
	return segment_end(pos, done);
}

__noinline u32 put_groups_at(u32 pos, u64 set)
{
	return put_groups(SNAPSHOT_CGROUPS, pos, (void *)set);
}

static __always_inline u32 put_details(u32 pos, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct file *exe = BPF_CORE_READ(mm, exe_file);

	pos = fitting(pos, put_groups_at(pos, (u64)BPF_CORE_READ(task, cgroups)));
	if (mm) {
		pos = fitting(pos, put_memory_of(SNAPSHOT_ARGS, pos, task, BPF_CORE_READ(mm, arg_start),
						 BPF_CORE_READ(mm, arg_end)));
		pos = fitting(pos, put_memory_of(SNAPSHOT_ENV, pos, task, BPF_CORE_READ(mm, env_start),
						 BPF_CORE_READ(mm, env_end)));
	}
	if (!fs)
		return pos;
	if (exe)
		pos = fitting(pos, put_path(SNAPSHOT_EXE, pos, (u64)BPF_CORE_READ(exe, f_path.mnt),
					    (u64)BPF_CORE_READ(exe, f_path.dentry), address(&fs->root)));
	pos = fitting(pos, put_path(SNAPSHOT_CWD, pos, (u64)BPF_CORE_READ(fs, pwd.mnt),
				    (u64)BPF_CORE_READ(fs, pwd.dentry), address(&fs->root)));
	return fitting(pos, put_path(SNAPSHOT_ROOT, pos, (u64)BPF_CORE_READ(fs, root.mnt),
				     (u64)BPF_CORE_READ(fs, root.dentry), 0));
}

SEC("iter.s/task")
int each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scratch *s = scratch();
	u32 pos = 0;

	if (!task || !s)
		return 0;
	begin(s, task, RECORD_TASK);
	segment_header(s, 0, SNAPSHOT_TASK, 0, sizeof(struct task_info));
	fill_task(at(s, sizeof(struct segment)), task);
	pos = segment_end(0, sizeof(struct task_info));
	/* Threads have the rest in common with their leader. */
	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		pos = put_details(pos, task);
	write(ctx->meta->seq, s, pos);
	return 0;
}

SEC("iter/task_file")
int each_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct scratch *s = scratch();
	struct fs_struct *fs;
	struct socket *socket;
	struct sock *sk;
	u32 pos, len;

	if (!task || !file || !s)
		return 0;
	begin(s, task, RECORD_FILE);
	s->record.ret = ctx->fd;
	s->args[0] = closed_at_exec(task, ctx->fd);
	segment_header(s, 0, SNAPSHOT_FILE, 0, sizeof(struct file_info));
	fill_file(at(s, sizeof(struct segment)), file);
	pos = segment_end(0, sizeof(struct file_info));
	socket = socket_of(file);
	fs = BPF_CORE_READ(task, fs);
	if (socket) {
		sk = BPF_CORE_READ(socket, sk);
		if (sk) {
			len = fill_socket_and_path(at(s, pos + sizeof(struct segment)), sk);
			segment_header(s, pos, SNAPSHOT_SOCKET, 0, len);
			pos = segment_end(pos, len);
		}
	} else if (fs) {
		pos = fitting(pos, put_path(SNAPSHOT_PATH, pos, (u64)BPF_CORE_READ(file, f_path.mnt),
					    (u64)BPF_CORE_READ(file, f_path.dentry), address(&fs->root)));
	}
	write(ctx->meta->seq, s, pos);
	return 0;
}
