/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of another numbering than the machine's own: of 32-bit programs, and x32. They are collected by the
 * descriptor of the native call that does the same; what differs is where the arguments stand and how wide
 * the pointers in structs are. Numbers that stand for several calls are resolved here.
 */
#ifndef CSCOPE_OTHER_H
#define CSCOPE_OTHER_H

enum {
	IA32_SELECT = 82,
	IA32_MMAP = 90,
	IA32_SOCKETCALL = 102,
	IA32_IPC = 117,
	SOCKET_CALLS = 32,
	IPC_CALLS = 8,
	IPC_SEMOP = 1,
	IPC_SEMCTL = 3,
	X32_FIRST = 512, /* numbers that only x32 has */
	X32_CALLS = 64,
	NUMBER = 0xffff, /* the number as called, in the lower half of nr */
};

/* Native numbers plus one, 0 for calls that have none; by number, and by the number inside a number. */
const volatile u16 compat_native[MAX_CALLS] = {};
const volatile u16 socket_native[SOCKET_CALLS] = {};
const volatile u16 ipc_native[IPC_CALLS] = {};
const volatile u16 x32_native[X32_CALLS] = {};

/* Takes the arguments from 32-bit words in user memory. */
static __always_inline void args_from(u64 *args, u64 addr)
{
	for (int i = 0; i < 6; i++) {
		u32 word = 0;

		bpf_probe_read_user(&word, sizeof(word), (void *)(addr + i * sizeof(word)));
		args[i] = word;
	}
}

/* The native call plus one that the record's call is, its arguments brought into that one's order. */
static __always_inline u32 native_number(struct scratch *s)
{
	u32 nr = s->record.nr, call = s->args[0], word = 0;

	if (s->record.abi == ABI_X32)
		return nr < X32_FIRST ? nr + 1 : x32_native[masked(nr - X32_FIRST, X32_CALLS)];
	switch (nr) {
	case IA32_SOCKETCALL:
		if (call >= SOCKET_CALLS)
			return 0;
		args_from(s->args, s->args[1]);
		return socket_native[masked(call, SOCKET_CALLS)];
	case IA32_IPC:
		call &= 0xffff;
		if (call >= IPC_CALLS || !ipc_native[masked(call, IPC_CALLS)])
			return 0;
		s->args[0] = s->args[1];
		s->args[1] = s->args[2];
		s->args[2] = s->args[3];
		if (call == IPC_SEMOP) {
			s->args[2] = s->args[1];
			s->args[1] = s->args[4];
		} else if (call == IPC_SEMCTL) {
			bpf_probe_read_user(&word, sizeof(word), (void *)s->args[4]);
			s->args[3] = word;
		}
		return ipc_native[masked(call, IPC_CALLS)];
	case IA32_MMAP:
		args_from(s->args, s->args[0]);
		break;
	}
	return nr < MAX_CALLS ? compat_native[masked(nr, MAX_CALLS)] : 0;
}

/* Sends the record in the scratch space, whose header holds the call as it was made. */
static __always_inline void send_other(u32 enter)
{
	struct scratch *s = scratch();
	u32 native, index;

	if (!s)
		return;
	native = native_number(s);
	if (s->record.nr > NUMBER)
		s->record.nr = NUMBER;
	if (!native || native > MAX_CALLS) {
		output(s, 0);
		return;
	}
	index = masked(native - 1, MAX_CALLS);
	if (!(exit_descs[index].flags & DESC_REPORT))
		return;
	s->narrow = s->record.abi == ABI_COMPAT || s->record.nr >= X32_FIRST;
	s->record.nr |= native << 16;
	send(index, enter);
	s->narrow = 0;
}

/* The record's number for a call that stands for no others. */
static __always_inline u32 plain_number(u32 nr, u32 abi)
{
	u32 native = nr + 1;

	if (abi == ABI_NATIVE)
		return nr;
	if (abi == ABI_COMPAT)
		native = compat_native[masked(nr, MAX_CALLS)];
	return nr | native << 16;
}

static __always_inline void other_call(struct task_struct *task, struct pt_regs *regs, const struct call *c)
{
	struct scratch *s = take_scratch();

	if (!s)
		return;
	fill_record(&s->record, c->ts, task, c->enter ? RECORD_ENTER : RECORD_EXIT, c->nr);
	s->record.abi = c->abi;
	s->record.ret = c->ret;
	s->record.latency = c->latency;
	s->record.mark = c->mark;
	read_other_args(s->args, regs, c->abi);
	send_other(c->enter);
	s->busy = 0;
}

#endif
