/*
 * The workload's own record of what it did: one JSON line per call, in a file that is mapped shared, so that
 * recording makes no system call of its own and survives fork, exec and sudden death.
 *
 * A record: {"case":"file.c:12","call":"open","event":"open","tid":1,"res":3,"t0":1,"t1":2,"args":[["fd","3(<f>/x)"],...]}
 *   case   where in the source the call is made
 *   event  name of the event that has to appear for it
 *   res    what the kernel returned, -errno for an error
 *   t0,t1  wall clock before and after the call, ns
 *   args   parameters of the event in the text form of `evt.args`, in order; null where only the name counts
 *
 * In an expected text the character U+0002 stands for any run of characters, a lone `#` for a decimal number,
 * a lone `?` for anything at all. Bytes above 0x7f are written as \u0080..\u00ff, one per byte.
 */
#ifndef RECORD_H
#define RECORD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Numbers that older headers lack. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack 453
#endif
#ifndef SYS_listmount
#define SYS_futex_wake 454
#define SYS_futex_wait 455
#define SYS_futex_requeue 456
#define SYS_statmount 457
#define SYS_listmount 458
#define SYS_lsm_get_self_attr 459
#define SYS_lsm_set_self_attr 460
#define SYS_lsm_list_modules 461
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#define ANY "\x02"
#define SNAPLEN 80

/* Casts up to six arguments to long. */
#define CAST0()
#define CAST1(a) (long)(a)
#define CAST2(a, ...) (long)(a), CAST1(__VA_ARGS__)
#define CAST3(a, ...) (long)(a), CAST2(__VA_ARGS__)
#define CAST4(a, ...) (long)(a), CAST3(__VA_ARGS__)
#define CAST5(a, ...) (long)(a), CAST4(__VA_ARGS__)
#define CAST6(a, ...) (long)(a), CAST5(__VA_ARGS__)
#define PICK(_1, _2, _3, _4, _5, _6, NAME, ...) NAME
#define CASTS(...) __VA_OPT__(PICK(__VA_ARGS__, CAST6, CAST5, CAST4, CAST3, CAST2, CAST1)(__VA_ARGS__))
#define ARGS(...) (long[6]){CASTS(__VA_ARGS__)}

/* Makes a call that is recorded when `ev` follows; the result is the kernel's, -errno for errors. */
#define C(name, ...) do_call(WHERE, #name, SYS_##name, ARGS(__VA_ARGS__))
/* The same for a call that has no event type of its own, recorded at once. */
#define G(name, ...) do_generic(WHERE, #name, SYS_##name, ARGS(__VA_ARGS__))
/* Makes a call that is not recorded. */
#define U(name, ...) raw_call(SYS_##name, ARGS(__VA_ARGS__))
#define LINE_TEXT(x) #x
#define LINE_OF(x) LINE_TEXT(x)
#define WHERE __FILE_NAME__ ":" LINE_OF(__LINE__)

static inline __attribute__((always_inline)) long raw_call(long nr, const long *a)
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long res;

	__asm__ volatile("syscall"
			 : "=a"(res)
			 : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return res;
}

long do_call(const char *where, const char *name, long nr, const long *args);
long do_generic(const char *where, const char *name, long nr, const long *args);
/* For calls made by other means: states what was called, when it began, and with which result. */
void called(const char *where, const char *name, uint64_t t0, long res);
/* The tid of the calling thread is taken anew after fork and clone. */
void new_thread(void);
/* Records that follow are those of another thread, until `new_thread`. */
void as_thread(long tid);
/* Result of the last call in its record, when the tracepoint sees another one than the program. */
void res_is(long res);

/* Records the last call as an event of its own name; `format` is a list `name=value ...`. */
void ev(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with another event name. */
void evn(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Records the last call by name only. */
void ev_name(const char *event);

uint64_t now(void);
void record_open(const char *path);

/* Texts, valid until some hundred more have been made. */
char *fmt(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `0`, `12`, `-2(ENOENT)` */
char *er(long res);
/* `3(<f>/x)`, or the error of a negative number */
char *fdt(long fd, const char *text);
/* `12(calls)` */
char *pidt(long pid);
/* `name(DIR/name)` of a path relative to the work directory DIR */
char *rel(const char *name);
/* Absolute path of a name in the work directory */
char *in_work(const char *name);
/* Bytes with dots, cut at the capture length; NULL for none */
char *dots(const void *data, long len);
/* Names of flags, `4097(O_RDONLY|O_CLOEXEC)`, in the order of the capture format */
char *file_flags(unsigned bits);
char *clone_flags(unsigned bits);
char *mode_text(unsigned mode);
/* Number of a device as the kernel hands it to user space in 32 bits, in upper-case hex */
char *devt(uint64_t dev);

/* Open flags of the capture format. */
enum {
	PO_RDONLY = 1, PO_WRONLY = 2, PO_RDWR = 3, PO_CREAT = 4, PO_APPEND = 8, PO_DSYNC = 0x10, PO_EXCL = 0x20,
	PO_NONBLOCK = 0x40, PO_SYNC = 0x80, PO_TRUNC = 0x100, PO_DIRECT = 0x200, PO_DIRECTORY = 0x400,
	PO_LARGEFILE = 0x800, PO_CLOEXEC = 0x1000, PO_TMPFILE = 0x2000, PO_CREATED = 0x4000,
};
/* Clone flags of the capture format. */
enum {
	PC_FILES = 1, PC_FS = 2, PC_IO = 4, PC_NEWIPC = 8, PC_NEWNET = 0x10, PC_NEWNS = 0x20, PC_NEWPID = 0x40,
	PC_NEWUTS = 0x80, PC_PARENT_SETTID = 0x200, PC_SIGHAND = 0x800, PC_SYSVSEM = 0x1000, PC_THREAD = 0x2000,
	PC_VM = 0x8000, PC_NEWUSER = 0x100000, PC_CHILD_CLEARTID = 0x800000, PC_CHILD_SETTID = 0x1000000,
	PC_SETTLS = 0x2000000, PC_VFORK = 0x8000000, PC_NEWCGROUP = 0x10000000, PC_CHILD_IN_PIDNS = 0x20000000,
};

extern const char *work;   /* the work directory, absolute, without symbolic links */
extern const char *program; /* path of this program */

/* Runs `body` in a forked child and waits for it; both sides are recorded. */
void in_child(const char *where, void (*body)(void));
/* The parameters of fork, clone and vfork, as the calling process has them now. */
void ev_clone(const char *event, long res, long ptid, unsigned flags);
/* Set where a child may have ended, and be forgotten, before the call that made it returns. */
extern int short_lived;
/* The same for thread `tid` of process `pid`. */
void ev_clone_of(const char *event, long res, long tid, long pid, long ptid, unsigned flags);
/* Waits for a child (recorded) and records its end, which has to be `status` in the form of wait. */
void ended(const char *where, long pid, uint64_t since, int status);
/* Prints why a group could not do its part, on stderr. */
void skip(const char *what, long res);

/* The groups. */
void file_group(void);
void path_group(void);
void io_group(void);
void fd_group(void);
void net_group(void);
void unix_group(void);
void msg_group(void);
void mem_group(void);
void proc_group(void);
void cred_group(void);
void signal_group(void);
void time_group(void);
void ipc_group(void);
void sched_group(void);
void mount_group(void);
void kernel_group(void);
void bad_group(void);
void abi_group(void);
void exec_group(void);
void crowd_group(void);
void storm_group(void);
int exec_target(int argc, char **argv);

#endif
