/*
 * The least that a tracer of every system call can cost on this kernel: attaches programs that do nothing until it is
 * ended by a signal.
 *
 *   floor exit    at the exit of each call, as is needed to know its result
 *   floor both    at its entry, too, as is needed to know how long it took
 *   floor clock   at its exit, and reads the clock, as is needed to know when it was
 *   floor data    likewise, and reads a word of the memory its second argument points to, when it can be an address, as is
 *                 needed to know what is read and written
 */
#include <linux/bpf.h>
#include <asm/ptrace.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum what {
	NOTHING,
	CLOCK,
	DATA,
};

#define CALL(function) {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_##function}
#define SET(reg, value) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = reg, .imm = value}
#define COPY(to, from) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from}
#define ADD(reg, value) {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = reg, .imm = value}
#define LOAD(to, from, at) {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = to, .src_reg = from, .off = at}
#define IF_BELOW(reg, value, skip) {.code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = reg, .off = skip, .imm = value}
#define LEAVE {.code = BPF_JMP | BPF_EXIT}

#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

static int load(enum what what)
{
	static const struct bpf_insn nothing[] = {SET(0, 0), LEAVE};
	static const struct bpf_insn clock[] = {CALL(ktime_get_ns), SET(0, 0), LEAVE};
	static const struct bpf_insn data[] = {
		CALL(ktime_get_ns),
		CALL(get_current_task_btf), COPY(1, 0), CALL(task_pt_regs), LOAD(3, 0, offsetof(struct pt_regs, rsi)),
		IF_BELOW(3, 65536, 4), COPY(1, 10), ADD(1, -8), SET(2, 8), CALL(probe_read_user),
		SET(0, 0), LEAVE,
	};
	static const struct {
		const struct bpf_insn *insns;
		unsigned int count;
	} programs[] = {
		[NOTHING] = {nothing, LENGTH(nothing)},
		[CLOCK] = {clock, LENGTH(clock)},
		[DATA] = {data, LENGTH(data)},
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attr.insns = (unsigned long)programs[what].insns;
	attr.insn_cnt = programs[what].count;
	attr.license = (unsigned long)"GPL";
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void attach(const char *tracepoint, enum what what)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (unsigned long)tracepoint;
	attr.raw_tracepoint.prog_fd = load(what);
	if (syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr)) < 0) {
		perror(tracepoint);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "exit";

	attach("sys_exit", !strcmp(what, "clock") ? CLOCK : !strcmp(what, "data") ? DATA : NOTHING);
	if (!strcmp(what, "both"))
		attach("sys_enter", NOTHING);
	pause();
	return 0;
}
