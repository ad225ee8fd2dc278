/*
 * The least that a tracer of every system call can cost on this kernel: attaches programs that do nothing until it is
 * ended by a signal.
 *
 *   floor exit    at the exit of each call, as is needed to know its result
 *   floor both    at its entry, too, as is needed to know how long it took
 *   floor clock   at its exit, and reads the clock, as is needed to know when it was
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(int clock)
{
	static const struct bpf_insn read_clock = {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_boot_ns};
	static const struct bpf_insn zero = {.code = BPF_ALU64 | BPF_MOV | BPF_K};
	static const struct bpf_insn leave = {.code = BPF_JMP | BPF_EXIT};
	struct bpf_insn program[3];
	union bpf_attr attr;
	int n = 0;

	if (clock)
		program[n++] = read_clock;
	program[n++] = zero;
	program[n++] = leave;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attr.insns = (unsigned long)program;
	attr.insn_cnt = n;
	attr.license = (unsigned long)"GPL";
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void attach(const char *tracepoint, int clock)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (unsigned long)tracepoint;
	attr.raw_tracepoint.prog_fd = load(clock);
	if (syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr)) < 0) {
		perror(tracepoint);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "exit";

	attach("sys_exit", !strcmp(what, "clock"));
	if (!strcmp(what, "both"))
		attach("sys_enter", 0);
	pause();
	return 0;
}
