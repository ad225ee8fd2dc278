/* Talking to the kernel itself: modules, BPF, keys, io_uring, AIO, seccomp, landlock, machine control. */
#include "record.h"
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static char buf[8192];

static void rings(void)
{
	struct io_uring_params p = {.flags = IORING_SETUP_CLAMP};

	long fd = C(io_uring_setup, 8, &p);
	if (fd < 0) {
		ev("res=%s entries=8 sq_entries=? cq_entries=? flags=? sq_thread_cpu=? sq_thread_idle=? features=?", er(fd));
		skip("io_uring", fd);
	} else {
		ev("res=%ld" ANY " entries=8 sq_entries=%u cq_entries=%u flags=32(IORING_SETUP_CLAMP) sq_thread_cpu=0 sq_thread_idle=0 features=" ANY
		   "IORING_FEAT_SINGLE_MMAP" ANY, fd, p.sq_entries, p.cq_entries);
		C(io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, 0, 0);
		ev("res=0 fd=%ld(<r>" ANY " to_submit=0 min_complete=0 flags=1(IORING_ENTER_GETEVENTS) sig=" ANY, fd);
		long res = C(io_uring_register, fd, IORING_REGISTER_PROBE, buf, 16);
		ev("res=%s fd=%ld(<r>" ANY " opcode=8(IORING_REGISTER_PROBE) arg=%lX nr_args=16", er(res), fd, (long)buf);
		U(close, fd);
	}
	C(io_uring_enter, 999, 1, 2, 0, 0, 0);
	ev("res=-9(EBADF) fd=999 to_submit=1 min_complete=2 flags=0 sig=" ANY);
	C(io_uring_register, 999, 2, 0, 0);
	ev("res=-9(EBADF) fd=999 opcode=2(IORING_REGISTER_FILES) arg=0 nr_args=0");
	C(io_uring_setup, 0, &p);
	ev("res=-22(EINVAL) entries=0 sq_entries=? cq_entries=? flags=? sq_thread_cpu=? sq_thread_idle=? features=?");

	aio_context_t ctx = 0;
	struct timespec zero = {0, 0};
	G(io_setup, 4, &ctx);
	G(io_submit, ctx, 0, 0);
	G(io_getevents, ctx, 0, 1, buf, &zero);
	G(io_pgetevents, ctx, 0, 1, buf, &zero, 0);
	G(io_cancel, ctx, buf, buf);
	G(io_destroy, ctx);
}

static void keys(void)
{
	G(add_key, "user", "calls-key", "payload", 7, KEY_SPEC_PROCESS_KEYRING);
	G(request_key, "user", "calls-key", 0, 0);
	long id = C(keyctl, KEYCTL_GET_KEYRING_ID, 0xfffffffe, 0, 0, 0);
	ev("res=%s operation=0(KEYCTL_GET_KEYRING_ID) arg2=4294967294 arg3=0 arg4=0 arg5=0", er(id));
	id = C(keyctl, KEYCTL_JOIN_SESSION_KEYRING, "calls-session", 0, 0, 0);
	ev("res=%s operation=1(KEYCTL_JOIN_SESSION_KEYRING) arg2=calls-session arg3=0 arg4=0 arg5=0", er(id));
	C(keyctl, 98, 1, 2, 3, 4);
	ev("res=-95(EOPNOTSUPP) operation=98 arg2=1 arg3=2 arg4=3 arg5=4");
}

static void modules(void)
{
	long res = C(init_module, "not a module", 12, "some=parameter");
	ev("res=%s img=not a module length=12 uargs=some=parameter", er(res));
	long fd = U(open, program, O_RDONLY, 0);
	res = C(finit_module, 999, "other=parameter", 1);
	ev("res=%s fd=999 uargs=other=parameter flags=1(MODULE_INIT_IGNORE_MODVERSIONS)", er(res));
	U(close, fd);
	res = C(delete_module, "no_such_module", O_NONBLOCK);
	ev("res=%s name=no_such_module flags=2(O_NONBLOCK)", er(res));
	G(kexec_load, 0, 0, 0, 0xffff0000);
	G(kexec_file_load, 999, 999, 0, 0, 0);
}

static void programs(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	C(bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	ev("fd=-22(EINVAL) cmd=0(BPF_MAP_CREATE)");
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = attr.max_entries = 4;
	long fd = C(bpf, BPF_MAP_CREATE, &attr, 48);
	ev("fd=%s cmd=0(BPF_MAP_CREATE)", fd < 0 ? er(fd) : fdt(fd, "<b>" ANY));
	U(close, fd);
	C(bpf, 9999, &attr, 48);
	ev("fd=-22(EINVAL) cmd=9999");
	struct perf_event_attr perf = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(perf), .config = PERF_COUNT_SW_CPU_CLOCK};
	fd = G(perf_event_open, &perf, 0, -1, -1, 0);
	U(close, fd);
}

static void confined(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {1, allow};
	uint32_t action = SECCOMP_RET_ALLOW;
	uint64_t rules = 1;

	C(seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	ev("res=0 op=2 flags=0");
	C(seccomp, 77, 5, 0);
	ev("res=-22(EINVAL) op=77 flags=5");
	C(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ev("res=0 option=38(PR_SET_NO_NEW_PRIVS) arg2_str=<NA> arg2_int=1");
	long fd = G(landlock_create_ruleset, &rules, 8, 0);
	if (fd < 0)
		skip("landlock", fd);
	G(landlock_add_rule, fd, 1, 0, 0);
	G(landlock_restrict_self, fd, 0x100);
	U(close, fd);
	C(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prog);
	ev("res=0 op=1 flags=2");
	/* A call that seccomp denies never enters, but leaves. */
	struct sock_filter deny[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	prog = (struct sock_fprog){4, deny};
	U(seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	C(mkdir, "denied", 0755);
	ev("res=-13(EACCES) path=%s mode=1ED", rel("denied"));
}

static void machine(void)
{
	struct sysinfo info;
	struct utsname uts;
	struct dqblk quota;

	G(uname, &uts);
	G(sysinfo, &info);
	G(getrandom, buf, 16, 0);
	G(syslog, 10, 0, 0);
	G(sysfs, 3, 0, 0);
	G(ustat, 0, buf);
	G(lookup_dcookie, 0, buf, 16);
	G(acct, "missing");
	G(swapon, "missing", 0);
	G(swapoff, "missing");
	G(reboot, 0, 0, 0, 0);
	G(ioperm, 0x80, 1, 0);
	G(iopl, 0);
	G(modify_ldt, 0, buf, 0);
	G(arch_prctl, 0x1003, buf);
	G(set_thread_area, 0);
	G(get_thread_area, 0);
	G(lsm_list_modules, 0, 0, 1);
	G(lsm_get_self_attr, 0, 0, 0, 0);
	G(lsm_set_self_attr, 0, 0, 0, 0);
	G(quotactl_fd, 999, QCMD(Q_SYNC, USRQUOTA), 0, 0);
	long res = C(quotactl, QCMD(Q_GETQUOTA, USRQUOTA), "/dev/missing", 7, &quota);
	ev("res=%s special=/dev/missing quotafilepath=" ANY " dqb_bhardlimit=? dqb_bsoftlimit=? dqb_curspace=? dqb_ihardlimit=? "
	   "dqb_isoftlimit=? dqb_btime=? dqb_itime=? dqi_bgrace=? dqi_igrace=? dqi_flags=? quota_fmt_out=? cmd=32(Q_GETQUOTA) "
	   "type=1(USRQUOTA) id=7 quota_fmt=" ANY, er(res));
	res = C(quotactl, QCMD(Q_QUOTAON, GRPQUOTA), "/dev/missing", 2, "/quota.file");
	ev("res=%s special=/dev/missing quotafilepath=/quota.file dqb_bhardlimit=? dqb_bsoftlimit=? dqb_curspace=? dqb_ihardlimit=? "
	   "dqb_isoftlimit=? dqb_btime=? dqb_itime=? dqi_bgrace=? dqi_igrace=? dqi_flags=? quota_fmt_out=? cmd=1(Q_QUOTAON) "
	   "type=2(GRPQUOTA) id=" ANY " quota_fmt=4(QFMT_VFS_V0)", er(res));
}

void kernel_group(void)
{
	rings();
	keys();
	modules();
	programs();
	machine();
	in_child(WHERE, confined);
}
