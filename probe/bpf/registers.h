/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All that depends on the architecture: how a call and its arguments stand in the registers. */
#ifndef CSCOPE_REGISTERS_H
#define CSCOPE_REGISTERS_H

/* Numbers of 32-bit x86 that are asked for by themselves. */
enum {
	IA32_EXIT = 1,
	IA32_SIGRETURN = 173,
	IA32_EXIT_GROUP = 252,
};

#if defined(__TARGET_ARCH_x86)

enum {
	TS_COMPAT = 2,
	X32_BIT = 0x40000000,
};

static __always_inline s64 call_number(struct pt_regs *regs)
{
	return (s32)regs->orig_ax;
}

static __always_inline void read_args(u64 *args, struct pt_regs *regs)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

static __always_inline u64 instruction(struct pt_regs *regs)
{
	return regs->ip;
}

/* Arguments of a call of another numbering. */
static __always_inline void read_other_args(u64 *args, struct pt_regs *regs, u32 abi)
{
	if (abi != ABI_COMPAT) {
		read_args(args, regs);
		return;
	}
	args[0] = (u32)regs->bx;
	args[1] = (u32)regs->cx;
	args[2] = (u32)regs->dx;
	args[3] = (u32)regs->si;
	args[4] = (u32)regs->di;
	args[5] = (u32)regs->bp;
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

/* Moves a position after everything stored before. Stores keep their order on this machine. */
static __always_inline void publish_position(u64 *position, u64 value)
{
	asm volatile("" ::: "memory");
	*(volatile u64 *)position = value;
}

/* The numbering a call uses. Takes the x32 bit out of the number. */
static __always_inline u32 call_abi(struct task_struct *task, s64 *nr)
{
	if (task->thread_info.status & TS_COMPAT)
		return ABI_COMPAT;
	if (*nr >= 0 && (*nr & X32_BIT)) {
		*nr &= ~X32_BIT;
		return ABI_X32;
	}
	return ABI_NATIVE;
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline s64 call_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline void read_args(u64 *args, struct pt_regs *regs)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}

static __always_inline void read_other_args(u64 *args, struct pt_regs *regs, u32 abi)
{
	read_args(args, regs);
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return false;
}

static __always_inline u64 instruction(struct pt_regs *regs)
{
	return regs->pc;
}

/* Moves a position after everything stored before: an exchange is a full barrier. */
static __always_inline void publish_position(u64 *position, u64 value)
{
	__sync_lock_test_and_set(position, value);
}

static __always_inline u32 call_abi(struct task_struct *task, s64 *nr)
{
	return ABI_NATIVE;
}

#else
#error "this architecture needs its registers described here"
#endif

#endif
