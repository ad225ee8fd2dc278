/* Users, groups, capabilities. */
#include "record.h"
#include <linux/capability.h>

static void show(void)
{
	int a, b, c;

	C(getuid);
	ev("uid=0(root)");
	C(geteuid);
	ev("euid=0(root)");
	C(getgid);
	ev("gid=0(root)");
	C(getegid);
	ev("egid=0(root)");
	C(getresuid, &a, &b, &c);
	ev("res=0 ruid=0(root) euid=0(root) suid=0(root)");
	C(getresgid, &a, &b, &c);
	ev("res=0 rgid=0(root) egid=0(root) sgid=0(root)");
	G(getgroups, 0, 0);
	G(setgroups, 0, 0);
	G(setfsuid, 0);
	G(setfsgid, 0);
}

static void real(void)
{
	C(setregid, -1, 65534);
	ev("res=0 rgid=-1(<NONE>) egid=65534(" ANY ")");
	C(setreuid, -1, 65534);
	ev("res=0 ruid=-1(<NONE>) euid=65534(nobody)");
	C(geteuid);
	ev("euid=65534(nobody)");
	C(getegid);
	ev("egid=65534(nogroup)");
	C(setreuid, 1, 1);
	ev("res=-1(EPERM) ruid=1(daemon) euid=1(daemon)");
}

static void all(void)
{
	int a, b, c;

	C(setresgid, 1, 65534, 2);
	ev("res=0 rgid=1(daemon) egid=65534(nogroup) sgid=2(bin)");
	C(setresuid, 1, 65534, 2);
	ev("res=0 ruid=1(daemon) euid=65534(nobody) suid=2(bin)");
	C(getresuid, &a, &b, &c);
	ev("res=0 ruid=1(daemon) euid=65534(nobody) suid=2(bin)");
	C(getuid);
	ev("uid=1(daemon)");
	C(setuid, 0);
	ev("res=-1(EPERM) uid=0(root)");
	C(setgid, 0);
	ev("res=-1(EPERM) gid=0(root)");
}

static void one(void)
{
	C(setgid, 65534);
	ev("res=0 gid=65534(nogroup)");
	C(setuid, 54321);
	ev("res=0 uid=54321" ANY);
	C(getuid);
	ev("uid=54321" ANY);
}

static void caps(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	G(capget, &head, data);
	data[0].inheritable = 1 << 10;
	data[0].effective = (1 << 10) | (1 << 12);
	uint64_t permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	data[1].effective = 0;
	C(capset, &head, data);
	ev("res=0 cap_inheritable=400 cap_permitted=%lX cap_effective=1400", permitted);
	head.version = 1;
	C(capset, &head, data);
	ev("res=-22(EINVAL) cap_inheritable=? cap_permitted=? cap_effective=?");
}

void cred_group(void)
{
	show();
	in_child(WHERE, real);
	in_child(WHERE, all);
	in_child(WHERE, one);
	in_child(WHERE, caps);
}
