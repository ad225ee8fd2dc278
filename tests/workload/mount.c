/* Mounts and namespaces, in namespaces of their own so that nothing outside changes. */
#include "record.h"
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define OPEN_TREE_FLAGS 1
static char buf[4096];

static void mounts(void)
{
	long res;

	if (C(unshare, CLONE_NEWNS) < 0)
		return skip("unshare(CLONE_NEWNS)", -errno);
	ev("res=0 flags=%s", clone_flags(PC_NEWNS));
	C(mount, "none", "/", 0, MS_REC | MS_PRIVATE, 0);
	ev("res=0 dev=none dir=/ type=<NA> flags=278528(REC|PRIVATE)");
	U(mkdir, "mnt", 0755);
	U(mkdir, "mnt2", 0755);
	C(mount, "a-device", "mnt", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k");
	ev("res=0 dev=a-device dir=%s type=tmpfs flags=6(NOSUID|NODEV)", rel("mnt"));
	C(mount, "x", "nowhere", "tmpfs", MS_RDONLY, 0);
	ev("res=-2(ENOENT) dev=x dir=%s type=tmpfs flags=1(RDONLY)", rel("nowhere"));
	C(mount, "mnt", in_work("mnt2"), 0, MS_BIND, 0);
	ev("res=0 dev=mnt dir=%s type=<NA> flags=4096(BIND)", in_work("mnt2"));
	C(umount2, "mnt2", MNT_DETACH);
	ev("res=0 name=%s flags=2(DETACH)", rel("mnt2"));
	C(umount2, "nowhere", 0);
	ev("res=-2(ENOENT) name=%s flags=0", rel("nowhere"));
	G(statmount, 0, 0, 0, 0);
	G(listmount, 0, 0, 0, 0);

	long fs = G(fsopen, "tmpfs", FSOPEN_CLOEXEC);
	C(fsconfig, fs, FSCONFIG_SET_STRING, "size", "128k", 0);
	ev("res=0 fd=%ld" ANY " cmd=1(FSCONFIG_SET_STRING) key=size value_bytebuf=NULL value_charbuf=128k aux=0", fs);
	C(fsconfig, fs, FSCONFIG_SET_FLAG, "ro", 0, 0);
	ev("res=0 fd=%ld" ANY " cmd=0(FSCONFIG_SET_FLAG) key=ro value_bytebuf=NULL value_charbuf=<NA> aux=0", fs);
	res = C(fsconfig, fs, FSCONFIG_SET_BINARY, "bytes", "1234", 4);
	ev("res=%s fd=%ld" ANY " cmd=2(FSCONFIG_SET_BINARY) key=bytes value_bytebuf=1234 value_charbuf=<NA> aux=4", er(res), fs);
	C(fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	ev("res=0 fd=%ld" ANY " cmd=6(FSCONFIG_CMD_CREATE) key=<NA> value_bytebuf=NULL value_charbuf=<NA> aux=0", fs);
	long mount = G(fsmount, fs, FSMOUNT_CLOEXEC, 0);
	G(move_mount, mount, "", AT_FDCWD, in_work("mnt2"), MOVE_MOUNT_F_EMPTY_PATH);
	long pick = G(fspick, AT_FDCWD, in_work("mnt2"), 0);
	long tree = G(open_tree, AT_FDCWD, in_work("mnt2"), OPEN_TREE_FLAGS);
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};
	G(mount_setattr, AT_FDCWD, in_work("mnt2"), 0, &attr, sizeof(attr));
	C(fsconfig, 999, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
	ev("res=-9(EBADF) fd=999 cmd=7(FSCONFIG_CMD_RECONFIGURE) key=<NA> value_bytebuf=NULL value_charbuf=<NA> aux=0");
	U(close, pick);
	U(close, tree);
	U(close, mount);
	U(close, fs);
	G(pivot_root, "nowhere", "nowhere");
	U(umount2, "mnt2", MNT_DETACH);
	U(umount2, "mnt", MNT_DETACH);
}

static void root(void)
{
	struct stat st;

	C(chroot, "nowhere");
	ev("res=-2(ENOENT) path=%s", rel("nowhere"));
	C(chroot, work);
	ev("res=0 path=%s", work);
	C(chdir, "/");
	ev("res=0 path=/");
	C(stat, "/a", &st);
	ev("res=%s path=/a", er(access("/a", F_OK) ? -ENOENT : 0));
	C(getcwd, buf, sizeof(buf));
	ev("res=2 path=/");
}

static void namespaces(void)
{
	long uts = U(open, "/proc/self/ns/uts", O_RDONLY | O_CLOEXEC, 0);

	C(unshare, CLONE_NEWUTS | CLONE_NEWIPC);
	ev("res=0 flags=%s", clone_flags(PC_NEWUTS | PC_NEWIPC));
	G(sethostname, "calls", 5);
	G(setdomainname, "calls", 5);
	C(setns, uts, CLONE_NEWUTS);
	ev("res=0 fd=%ld(<f>" ANY "uts" ANY " nstype=%s", uts, clone_flags(PC_NEWUTS));
	C(setns, 999, 0);
	ev("res=-9(EBADF) fd=999 nstype=0");
	C(unshare, 0x7);
	ev("res=-22(EINVAL) flags=" ANY);
	U(close, uts);
}

static void user(void)
{
	long res = C(unshare, CLONE_NEWUSER);

	ev("res=%s flags=%s", er(res), clone_flags(PC_NEWUSER));
}

void mount_group(void)
{
	in_child(WHERE, mounts);
	in_child(WHERE, root);
	in_child(WHERE, namespaces);
	in_child(WHERE, user);
}
