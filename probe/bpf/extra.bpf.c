// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hooks that are only attached when asked for. They may interrupt the others, so they write straight into
 * the ring and never into scratch space. Each is loaded on its own: a kernel may refuse any of them. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "record.h"
#include "path.h"
#include "task.h"
#include "registers.h"
#include "report.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
	SIGCHLD = 17,
};

static __always_inline struct scratch *scratch(void)
{
	return NULL;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct mm_struct *mm = BPF_CORE_READ(prev, mm);
	struct memory_info m = {};

	if (!wanted(prev->tgid))
		return 0;
	if (mm)
		fill_memory(&m, mm);
	u64 args[6] = {next->pid, prev->maj_flt, prev->min_flt,
		       m.size,	  m.rss[0] + m.rss[1] + m.rss[3], m.rss[2]};

	report(prev, RECORD_SWITCH, args);
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 sender = 0;
	int code;

	if (!wanted(task->tgid))
		return 0;
	code = BPF_CORE_READ(info, si_code);
	/* Only signals that a process sent, and those of children, name their sender: by the number that it has for the
	 * receiver, which in a container is another process elsewhere. */
	if ((code <= 0 || sig == SIGCHLD) && !BPF_CORE_READ(task, thread_pid, level))
		sender = BPF_CORE_READ(info, _sifields._kill._pid);
	u64 args[6] = {sender, task->pid, sig};

	report(task, RECORD_SIGNAL, args);
	return 0;
}

static __always_inline int fault(unsigned long address, struct pt_regs *regs, unsigned long error)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!wanted(task->tgid))
		return 0;
	u64 args[6] = {address, instruction(regs), error};

	report(task, RECORD_FAULT, args);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(on_user_fault, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	return fault(address, regs, error);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(on_kernel_fault, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	return fault(address, regs, error);
}
