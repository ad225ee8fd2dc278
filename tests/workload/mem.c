/* Memory: mappings, locks, advice, memory of other processes. */
#include "record.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define PAGE 4096l
/* The sizes of the process change under way. */
#define VM "vm_size=# vm_rss=# vm_swap=#"

static void mappings(void)
{
	long fd = U(open, "mapped", O_RDWR | O_CREAT, 0644);
	char *name = fdt(fd, fmt("<f>%s", in_work("mapped")));
	U(ftruncate, fd, 3 * PAGE);

	long a = C(mmap, 0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ev("res=%ld " VM " addr=0 length=16384 prot=3(PROT_READ|PROT_WRITE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0", a);
	long b = C(mmap, 0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	ev("res=%ld " VM " addr=0 length=4096 prot=1(PROT_READ) flags=1(MAP_SHARED) fd=%s offset=4096", b, name);
	C(mmap, a, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0);
	ev("res=%ld " VM " addr=%lX length=4096 prot=5(PROT_READ|PROT_EXEC) flags=134(MAP_PRIVATE|MAP_FIXED|MAP_POPULATE) fd=%s offset=0", a, a, name);
	C(mmap, 0, 0, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ev("res=-22(EINVAL) " VM " addr=0 length=0 prot=0(PROT_NONE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0");
	C(mprotect, a + PAGE, PAGE, PROT_READ);
	ev("res=0 addr=%lX length=4096 prot=1(PROT_READ)", a + PAGE);
	C(mprotect, a + 1, PAGE, PROT_NONE);
	ev("res=-22(EINVAL) addr=%lX length=4096 prot=0(PROT_NONE)", a + 1);
	G(msync, b, PAGE, MS_SYNC);
	G(madvise, a + PAGE, PAGE, MADV_DONTNEED);
	unsigned char vec[4];
	G(mincore, a, 4 * PAGE, vec);
	C(mlock, a + PAGE, PAGE);
	ev("res=0 addr=%lX len=4096", a + PAGE);
	C(munlock, a + PAGE, PAGE);
	ev("res=0 addr=%lX len=4096", a + PAGE);
	C(mlock2, a + PAGE, PAGE, 1);
	ev("res=0 addr=%lX len=4096 flags=1(MLOCK_ONFAULT)", a + PAGE);
	C(mlock, 0x1000, PAGE);
	ev("res=-12(ENOMEM) addr=1000 len=4096");
	C(mlockall, MCL_CURRENT | MCL_ONFAULT);
	ev("res=0 flags=5(MCL_CURRENT|MCL_ONFAULT)");
	C(mlockall, 0x80);
	ev("res=-22(EINVAL) flags=?");
	C(munlockall);
	ev("res=0");
	long c = G(mremap, a + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	G(remap_file_pages, b, PAGE, 0, 0, 0);
	long key = G(pkey_alloc, 0, 0);
	if (key >= 0) {
		G(pkey_mprotect, c, PAGE, PROT_READ, key);
		G(pkey_free, key);
	} else {
		G(pkey_mprotect, c, PAGE, PROT_READ, -1);
		G(pkey_free, 99);
	}
	G(mseal, c, 0, 0);
	G(map_shadow_stack, 0, PAGE, 0);
	C(munmap, c, 2 * PAGE);
	ev("res=0 " VM " addr=%lX length=8192", c);
	C(munmap, 1, PAGE);
	ev("res=-22(EINVAL) " VM " addr=1 length=4096");
	long top = C(brk, 0);
	ev("res=%lX " VM " addr=0", top);
	C(brk, top + 2 * PAGE);
	ev("res=%lX " VM " addr=%lX", top + 2 * PAGE, top + 2 * PAGE);
	U(brk, top);

	unsigned long node = 1;
	int mode = 0, status = 0;
	G(get_mempolicy, &mode, 0, 0, 0, 0);
	G(set_mempolicy, 0, 0, 0);
	G(mbind, a, PAGE, 0, 0, 0, 0);
	G(migrate_pages, 0, 8, &node, &node);
	G(move_pages, 0, 0, 0, 0, &status, 0);
	G(set_mempolicy_home_node, a, PAGE, 0, 0);
	G(membarrier, 0, 0, 0);
	long pidfd = U(pidfd_open, getpid(), 0);
	struct iovec v = {(void *)b, PAGE};
	G(process_madvise, pidfd, &v, 1, MADV_COLD, 0);
	G(process_mrelease, pidfd, 0);
	U(close, pidfd);
	U(munmap, a, 2 * PAGE);
	U(munmap, b, PAGE);
	U(close, fd);
}

static void others(void)
{
	char source[] = "text in another process", target[32] = "";
	struct iovec local = {target, sizeof(source) - 1}, remote = {source, sizeof(source) - 1};

	C(process_vm_readv, getpid(), &local, 1, &remote, 1, 0);
	ev("res=23 pid=%s data=text in another process", pidt(getpid()));
	memcpy(target, "TEXT", 4);
	C(process_vm_writev, getpid(), &local, 1, &remote, 1, 0);
	ev("res=23 pid=%s data=TEXT in another process", pidt(getpid()));
	C(process_vm_readv, 0x7ffffffe, &local, 1, &remote, 1, 0);
	ev("res=-3 pid=2147483646 data=NULL");
	C(process_vm_writev, 0x7ffffffe, &local, 1, &remote, 1, 0);
	ev("res=-3 pid=2147483646 data=?");
}

void mem_group(void)
{
	mappings();
	others();
}
