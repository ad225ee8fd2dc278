/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about tasks, files and sockets, copied into the structs of record.h. */
#ifndef CSCOPE_TASK_H
#define CSCOPE_TASK_H

enum {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	RLIMIT_NOFILE = 7,
	OVERLAYFS_SUPER_MAGIC = 0x794c7630,
	NSEC_PER_SEC = 1000000000,
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
	UNIX_PATH_MAX = 108,
	TCP_LISTEN = 10,
	IPPROTO_TCP = 6,
	MSG_FASTOPEN = 0x20000000,
	SOCK_HEAD = 24, /* bytes of struct sock with addresses of version 4, ports, family and state */
};

static __always_inline u32 pid_number(struct pid *pid, u32 level)
{
	u32 nr = 0;

	if (pid)
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
					      level * bpf_core_type_size(struct upid) +
					      bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline struct pid_namespace *pid_namespace(struct pid *pid, u32 level)
{
	struct pid_namespace *ns = NULL;

	if (pid)
		bpf_probe_read_kernel(&ns, sizeof(ns),
				      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
					      level * bpf_core_type_size(struct upid) +
					      bpf_core_field_offset(struct upid, ns));
	return ns;
}

static __always_inline void fill_memory(struct memory_info *m, struct mm_struct *mm)
{
	struct mm_struct___6_1 *old = (void *)mm;

	m->size = BPF_CORE_READ(mm, total_vm);
	if (bpf_core_field_exists(old->rss_stat.count)) {
		m->rss[0] = BPF_CORE_READ(old, rss_stat.count[0].counter);
		m->rss[1] = BPF_CORE_READ(old, rss_stat.count[1].counter);
		m->rss[2] = BPF_CORE_READ(old, rss_stat.count[2].counter);
		m->rss[3] = BPF_CORE_READ(old, rss_stat.count[3].counter);
	} else {
		m->rss[0] = BPF_CORE_READ(mm, rss_stat[0].count);
		m->rss[1] = BPF_CORE_READ(mm, rss_stat[1].count);
		m->rss[2] = BPF_CORE_READ(mm, rss_stat[2].count);
		m->rss[3] = BPF_CORE_READ(mm, rss_stat[3].count);
	}
}

/* The layer of an overlay file system a file lives in. The inode of the upper file follows the inode. */
static __always_inline u8 overlay_layer(struct inode *inode)
{
	struct dentry *upper = NULL;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper && BPF_CORE_READ(upper, d_inode) ? LAYER_UPPER : LAYER_LOWER;
}

static __always_inline s64 time_ns(s64 sec, u64 nsec)
{
	return sec * NSEC_PER_SEC + nsec;
}

static __always_inline void fill_executable(struct task_info *t, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct inode___6_5 *i65 = (void *)inode;
	struct inode___6_6 *i66 = (void *)inode;
	struct inode___6_10 *i610 = (void *)inode;

	if (!inode)
		return;
	t->exe_ino = BPF_CORE_READ(inode, i_ino);
	t->exe_mode = BPF_CORE_READ(inode, i_mode);
	t->exe_uid = BPF_CORE_READ(inode, i_uid.val);
	t->exe_gid = BPF_CORE_READ(inode, i_gid.val);
	t->exe_flags = BPF_CORE_READ(inode, i_flags);
	t->exe_layer = overlay_layer(inode);
	if (bpf_core_field_exists(inode->i_ctime_sec))
		/* The highest bit says that somebody asked for the time (from 6.13 on). */
		t->exe_ctime = time_ns(BPF_CORE_READ(inode, i_ctime_sec),
				       BPF_CORE_READ(inode, i_ctime_nsec) & 0x7fffffff);
	else if (bpf_core_field_exists(i66->__i_ctime))
		t->exe_ctime = time_ns(BPF_CORE_READ(i66, __i_ctime.tv_sec),
				       BPF_CORE_READ(i66, __i_ctime.tv_nsec));
	else if (bpf_core_field_exists(i65->i_ctime))
		t->exe_ctime =
			time_ns(BPF_CORE_READ(i65, i_ctime.tv_sec), BPF_CORE_READ(i65, i_ctime.tv_nsec));
	if (bpf_core_field_exists(inode->i_mtime_sec))
		t->exe_mtime =
			time_ns(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
	else if (bpf_core_field_exists(i610->__i_mtime))
		t->exe_mtime = time_ns(BPF_CORE_READ(i610, __i_mtime.tv_sec),
				       BPF_CORE_READ(i610, __i_mtime.tv_nsec));
	else if (bpf_core_field_exists(i65->i_mtime))
		t->exe_mtime =
			time_ns(BPF_CORE_READ(i65, i_mtime.tv_sec), BPF_CORE_READ(i65, i_mtime.tv_nsec));
}

static __always_inline void fill_task(struct task_info *t, struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid *group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID]);
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);
	struct pid_namespace *ns, *children;
	u32 level = BPF_CORE_READ(pid, level);

	__builtin_memset(t, 0, sizeof(*t));
	t->tid = BPF_CORE_READ(task, pid);
	t->pid = BPF_CORE_READ(task, tgid);
	t->ptid = BPF_CORE_READ(task, real_parent, tgid);
	t->vtid = pid_number(pid, level);
	t->vpid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_TGID]), level);
	t->pgid = pid_number(group, 0);
	t->vpgid = pid_number(group, BPF_CORE_READ(group, level));
	t->sid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_SID]), 0);
	t->pidns_level = level;
	ns = pid_namespace(pid, level);
	if (ns)
		t->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
	children = BPF_CORE_READ(task, nsproxy, pid_ns_for_children);
	t->child_pidns_level = children ? BPF_CORE_READ(children, level) : level;
	t->is_subreaper = BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper);
	t->uid = BPF_CORE_READ(cred, euid.val);
	t->gid = BPF_CORE_READ(cred, egid.val);
	bpf_core_read(&t->cap_inheritable, 8, &cred->cap_inheritable);
	bpf_core_read(&t->cap_permitted, 8, &cred->cap_permitted);
	bpf_core_read(&t->cap_effective, 8, &cred->cap_effective);
	t->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (u32)-1;
	if (tty)
		t->tty = (BPF_CORE_READ(tty, driver, major) << 20) |
			 (BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
	t->fdlimit = BPF_CORE_READ(signal, rlim[RLIMIT_NOFILE].rlim_cur);
	t->major_faults = BPF_CORE_READ(task, maj_flt);
	t->minor_faults = BPF_CORE_READ(task, min_flt);
	t->start = BPF_CORE_READ(task, start_boottime);
	t->flags = BPF_CORE_READ(task, flags);
	BPF_CORE_READ_INTO(&t->comm, task, comm);
	if (mm) {
		struct file *exe = BPF_CORE_READ(mm, exe_file);

		t->has_mm = 1;
		fill_memory(&t->memory, mm);
		if (exe)
			fill_executable(t, exe);
	}
}

static __always_inline void fill_file(struct file_info *f, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	f->ino = BPF_CORE_READ(inode, i_ino);
	f->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	f->mode = BPF_CORE_READ(inode, i_mode);
	f->flags = BPF_CORE_READ(file, f_flags);
	f->fmode = BPF_CORE_READ(file, f_mode);
	f->layer = overlay_layer(inode);
	f->pad = 0;
	f->magic = BPF_CORE_READ(inode, i_sb, s_magic);
	f->pad2 = 0;
}

static __always_inline bool closed_at_exec(struct task_struct *task, u32 fd)
{
	unsigned long *bits = BPF_CORE_READ(task, files, fdt, close_on_exec), word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), bits + fd / 64);
	return word & (1ul << (fd & 63));
}

/* A member of a struct of the kernel. Kernels from 6.2 on let us load it; a helper that copies it costs ten times as
 * much. */
#define peek(ptr, member)                                                                                  \
	({                                                                                                 \
		typeof((ptr)->member) __v;                                                                 \
		if (bpf_ksym_exists(bpf_rdonly_cast))                                                      \
			__v = bpf_core_cast(ptr, typeof(*(ptr)))->member;                                  \
		else                                                                                       \
			__v = BPF_CORE_READ(ptr, member);                                                  \
		__v;                                                                                       \
	})

/* A word of the kernel's memory. Only members of structs can be loaded: this struct begins with a word. */
#define peek_word(addr) ((u64)peek((struct list_head *)(addr), next))

static __always_inline struct file *file_in(struct task_struct *task, s64 fd)
{
	struct files_struct *files = task->files;
	struct fdtable *table;

	if (!files)
		return NULL;
	table = files->fdt;
	if (!table || fd < 0 || fd >= table->max_fds)
		return NULL;
	return (void *)peek_word(table->fd + fd);
}

static __always_inline struct file *file_of(s64 fd)
{
	return file_in(bpf_get_current_task_btf(), fd);
}

static __always_inline struct socket *socket_of(struct file *file)
{
	struct inode *inode;

	if (!file)
		return NULL;
	inode = peek(file, f_inode);
	if ((peek(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return peek(file, private_data);
}

/* A socket of TCP: which ends it has is known from the call that connected it. NULL when it is none. */
static __always_inline struct sock *tcp_of(struct task_struct *task, s64 fd)
{
	struct socket *socket = socket_of(file_in(task, fd));
	struct sock *sk = socket ? peek(socket, sk) : NULL;

	return sk && peek(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

/* Fills in the ends of a socket that is connected over TCP; gives the length, 0 when it is not connected. */
static __always_inline u32 fill_ends(struct socket_ends *e, struct sock *sk)
{
	u16 family = peek(sk, __sk_common.skc_family), port = peek(sk, __sk_common.skc_dport);
	u64 *to = (u64 *)e->addrs;
	u64 local, remote;

	if (!port)
		return 0;
	e->family = family;
	e->local_port = peek(sk, __sk_common.skc_num);
	e->remote_port = __builtin_bswap16(port);
	e->pad = 0;
	if (family == AF_INET) {
		((u32 *)to)[0] = peek(sk, __sk_common.skc_rcv_saddr);
		((u32 *)to)[1] = peek(sk, __sk_common.skc_daddr);
		return 2 * sizeof(u64);
	}
	if (family != AF_INET6 || !bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		return 0;
	local = (u64)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr);
	remote = (u64)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr);
	to[0] = peek_word(local);
	to[1] = peek_word(local + sizeof(u64));
	to[2] = peek_word(remote);
	to[3] = peek_word(remote + sizeof(u64));
	return sizeof(*e);
}

/* Copies the path a unix socket is bound to; gives its length without the family. */
static __always_inline u32 unix_path(void *to, struct unix_sock *sock)
{
	struct unix_address *addr = BPF_CORE_READ(sock, addr);
	u32 len;

	if (!addr)
		return 0;
	len = BPF_CORE_READ(addr, len) - sizeof(u16);
	if (len == 0 || len > UNIX_PATH_MAX)
		return 0;
	if (bpf_probe_read_kernel(to, len & 127,
				  (void *)addr + bpf_core_field_offset(struct unix_address, name) +
					  sizeof(u16)))
		return 0;
	return len & 127;
}

/* A member of the common head of a socket, of which a copy is at `head`. */
#define of_head(head, type, member)                                                                        \
	(*(type *)((u8 *)(head) + bpf_core_field_offset(struct sock_common, member)))

/* Fills in everything of a socket except the unix path. Its common head is read in one piece: each read costs, and this
 * is done for every datagram. */
static __always_inline void fill_socket(struct socket_info *i, struct sock *sk)
{
	struct unix_sock *sock = (void *)sk;
	u64 head[SOCK_HEAD / 8] = {};

	__builtin_memset(i, 0, sizeof(*i));
	bpf_probe_read_kernel(head, sizeof(head), sk);
	i->family = of_head(head, u16, skc_family);
	i->state = of_head(head, u8, skc_state);
	i->kind = peek(sk, sk_type);
	i->protocol = peek(sk, sk_protocol);
	if (i->state == TCP_LISTEN) {
		i->backlog = BPF_CORE_READ(sk, sk_ack_backlog);
		i->max_backlog = BPF_CORE_READ(sk, sk_max_ack_backlog);
	}
	i->ptr = (u64)sk;
	if (i->family == AF_INET) {
		*(u32 *)i->local = of_head(head, u32, skc_rcv_saddr);
		*(u32 *)i->remote = of_head(head, u32, skc_daddr);
	} else if (i->family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&i->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&i->remote, sk, __sk_common.skc_v6_daddr);
	} else if (i->family == AF_UNIX && bpf_core_type_exists(struct unix_sock)) {
		i->peer = (u64)BPF_CORE_READ(sock, peer);
		return;
	} else {
		return;
	}
	i->local_port = of_head(head, u16, skc_num);
	i->remote_port = __builtin_bswap16(of_head(head, u16, skc_dport));
}

/* Likewise, with the unix paths behind it; gives the length of both. */
static __always_inline u32 fill_socket_and_path(struct socket_info *i, struct sock *sk)
{
	u8 *path = (void *)(i + 1);
	u32 len;

	fill_socket(i, sk);
	if (i->family != AF_UNIX || !bpf_core_type_exists(struct unix_sock))
		return sizeof(*i);
	len = unix_path(path, (void *)sk);
	i->own_len = len;
	if (i->peer && len <= UNIX_PATH_MAX)
		len += unix_path(path + len, (void *)i->peer);
	if (len > 2 * UNIX_PATH_MAX)
		len = 0;
	i->path_len = len;
	return sizeof(*i) + len;
}

#endif
