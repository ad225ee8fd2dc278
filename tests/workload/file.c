/* Opening, describing and changing files. */
#include "record.h"
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <utime.h>

static const char *f(const char *name)
{
	return fmt("<f>%s", in_work(name));
}

static void opened(long fd, const char *name, unsigned flags, const char *mode)
{
	struct stat st;

	fstat((int)fd, &st);
	ev("fd=%s name=%s flags=%s mode=%s dev=%s ino=%lu", fdt(fd, f(name)), rel(name), file_flags(flags), mode,
	   devt(st.st_dev), st.st_ino);
}

static void closed(long fd, const char *text)
{
	C(close, fd);
	ev("res=0 fd=%s", fdt(fd, text));
}

static void opens(void)
{
	struct stat st;
	long fd;

	fd = C(open, "a", O_RDWR | O_CREAT | O_TRUNC, 0644);
	opened(fd, "a", PO_RDWR | PO_CREAT | PO_TRUNC | PO_CREATED, "0644");
	closed(fd, f("a"));
	fd = C(open, "a", O_RDONLY | O_CLOEXEC, 0);
	opened(fd, "a", PO_RDONLY | PO_CLOEXEC, "0");
	closed(fd, f("a"));
	fd = C(open, in_work("a"), O_WRONLY | O_APPEND | O_NONBLOCK, 0);
	fstat((int)fd, &st);
	ev("fd=%s name=%s flags=%s mode=0 dev=%s ino=%lu", fdt(fd, f("a")), in_work("a"),
	   file_flags(PO_WRONLY | PO_APPEND | PO_NONBLOCK), devt(st.st_dev), st.st_ino);
	closed(fd, f("a"));
	fd = C(open, "a", O_RDWR | O_SYNC, 0);
	fstat((int)fd, &st);
	ev("fd=%s name=%s flags=" ANY "(O_SYNC|" ANY "O_RDWR) mode=0 dev=%s ino=%lu", fdt(fd, f("a")), rel("a"), devt(st.st_dev), st.st_ino);
	U(close, fd);
	C(open, "a", O_RDWR | O_CREAT | O_EXCL, 0600);
	ev("fd=-17(EEXIST) name=%s flags=%s mode=0600 dev=0 ino=0", rel("a"), file_flags(PO_RDWR | PO_CREAT | PO_EXCL));
	C(open, "missing", O_RDONLY, 0);
	ev("fd=-2(ENOENT) name=%s flags=%s mode=0 dev=0 ino=0", rel("missing"), file_flags(PO_RDONLY));

	fd = C(creat, "made", 0600);
	fstat((int)fd, &st);
	ev("fd=%s name=%s mode=0600 dev=%s ino=%lu creat_flags=0", fdt(fd, f("made")), rel("made"), devt(st.st_dev), st.st_ino);
	closed(fd, f("made"));
	C(creat, "no/such", 0600);
	ev("fd=-2(ENOENT) name=%s mode=0600 dev=0 ino=0 creat_flags=0", rel("no/such"));

	fd = C(openat, AT_FDCWD, "b", O_WRONLY | O_CREAT, 0640);
	fstat((int)fd, &st);
	ev("fd=%s dirfd=-100(AT_FDCWD) name=%s flags=%s mode=0640 dev=%s ino=%lu", fdt(fd, f("b")), rel("b"),
	   file_flags(PO_WRONLY | PO_CREAT | PO_CREATED), devt(st.st_dev), st.st_ino);
	closed(fd, f("b"));
	C(mkdir, "dir", 0755);
	ev("res=0 path=%s mode=1ED", rel("dir"));
	long dir = C(openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY, 0);
	fstat((int)dir, &st);
	char *dirt = fmt("<d>%s/dir", work);
	ev("fd=%s dirfd=-100(AT_FDCWD) name=%s flags=%s mode=0 dev=%s ino=%lu", fdt(dir, dirt), rel("dir"),
	   file_flags(PO_RDONLY | PO_DIRECTORY), devt(st.st_dev), st.st_ino);
	fd = C(openat, dir, "inner", O_RDWR | O_CREAT, 0644);
	fstat((int)fd, &st);
	ev("fd=%s dirfd=%s name=inner(%s/dir/inner) flags=%s mode=0644 dev=%s ino=%lu", fdt(fd, f("dir/inner")),
	   fdt(dir, dirt), work, file_flags(PO_RDWR | PO_CREAT | PO_CREATED), devt(st.st_dev), st.st_ino);
	closed(fd, f("dir/inner"));
	C(openat, dir, "../dir/./nothing", O_RDONLY, 0);
	ev("fd=-2(ENOENT) dirfd=%s name=../dir/./nothing(%s/dir/nothing) flags=%s mode=0 dev=0 ino=0", fdt(dir, dirt), work,
	   file_flags(PO_RDONLY));
	C(openat, 999, "x", O_RDONLY, 0);
	ev("fd=-9(EBADF) dirfd=999 name=" ANY " flags=%s mode=0 dev=0 ino=0", file_flags(PO_RDONLY));
	fd = C(openat, dir, ".", O_TMPFILE | O_RDWR, 0600);
	fstat((int)fd, &st);
	ev("fd=%ld(" ANY ") dirfd=%s name=.(%s/dir) flags=%s mode=0600 dev=%s ino=%lu", fd, fdt(dir, dirt), work,
	   ANY "O_TMPFILE" ANY, devt(st.st_dev), st.st_ino);
	U(close, fd);

	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	fd = C(openat2, dir, "inner", &how, sizeof(how));
	fstat((int)fd, &st);
	ev("fd=%s dirfd=%s name=inner(%s/dir/inner) flags=%s mode=0 resolve=9(RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS) dev=%s ino=%lu",
	   fdt(fd, f("dir/inner")), fdt(dir, dirt), work, file_flags(PO_RDONLY | PO_CLOEXEC), devt(st.st_dev), st.st_ino);
	closed(fd, f("dir/inner"));
	how = (struct open_how){.flags = O_RDWR | O_CREAT, .mode = 0604, .resolve = RESOLVE_IN_ROOT};
	fd = C(openat2, dir, "/inner2", &how, sizeof(how));
	fstat((int)fd, &st);
	ev("fd=%ld(" ANY ") dirfd=%s name=/inner2 flags=%s mode=0604 resolve=2(RESOLVE_IN_ROOT) dev=%s ino=%lu", fd,
	   fdt(dir, dirt), file_flags(PO_RDWR | PO_CREAT | PO_CREATED), devt(st.st_dev), st.st_ino);
	U(close, fd);
	how = (struct open_how){.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
	C(openat2, dir, "../a", &how, sizeof(how));
	ev("fd=-18(EXDEV) dirfd=%s name=../a(%s/a) flags=%s mode=0 resolve=1(RESOLVE_BENEATH) dev=0 ino=0", fdt(dir, dirt),
	   work, file_flags(PO_RDONLY));

	struct file_handle *handle = malloc(sizeof(*handle) + 128);
	int mount_id;
	handle->handle_bytes = 128;
	long res = G(name_to_handle_at, AT_FDCWD, in_work("a"), handle, &mount_id, 0);
	if (res == 0) {
		fd = C(open_by_handle_at, dir, handle, O_RDONLY);
		if (fd >= 0)
			fstat((int)fd, &st);
		else
			memset(&st, 0, sizeof(st));
		ev("fd=%s mountfd=%s flags=%s path=%s dev=%s ino=%lu", fdt(fd, f("a")), fdt(dir, dirt), file_flags(PO_RDONLY),
		   fd < 0 ? "?" : in_work("a"), devt(st.st_dev), st.st_ino);
		U(close, fd);
	} else
		skip("open_by_handle_at", res);
	closed(dir, dirt);
	C(close, dir);
	ev("res=-9(EBADF) fd=%ld", dir);
}

static void stats(void)
{
	struct stat st;
	struct statfs fs;
	char buf[4096];

	C(stat, "a", &st);
	ev("res=0 path=%s", rel("a"));
	C(stat, "missing", &st);
	ev("res=-2(ENOENT) path=%s", rel("missing"));
	C(lstat, in_work("a"), &st);
	ev("res=0 path=%s", in_work("a"));
	long fd = U(open, "a", O_RDWR, 0);
	C(fstat, fd, &st);
	ev("res=0 fd=%s", fdt(fd, f("a")));
	C(fstat, 888, &st);
	ev("res=-9(EBADF) fd=888");
	C(newfstatat, AT_FDCWD, "a", &st, AT_SYMLINK_NOFOLLOW);
	ev("res=0 dirfd=-100(AT_FDCWD) path=%s flags=256(AT_SYMLINK_NOFOLLOW)", rel("a"));
	C(newfstatat, fd, "", &st, AT_EMPTY_PATH);
	ev("res=0 dirfd=%s path= flags=4096(AT_EMPTY_PATH)", fdt(fd, f("a")));
	G(statx, AT_FDCWD, "a", 0, 0x7ff, buf);
	G(statfs, "a", &fs);
	G(fstatfs, fd, &fs);
	C(access, "a", R_OK | W_OK);
	ev("res=0 name=%s mode=6(R_OK|W_OK)", rel("a"));
	C(access, "missing", F_OK);
	ev("res=-2(ENOENT) name=%s mode=0(F_OK)", rel("missing"));
	C(access, "a", X_OK);
	ev("res=-13(EACCES) name=%s mode=1(X_OK)", rel("a"));
	G(faccessat, AT_FDCWD, "a", R_OK);
	G(faccessat2, AT_FDCWD, "a", R_OK, AT_EACCESS);
	G(readlink, "a", buf, sizeof(buf));
	G(readlinkat, AT_FDCWD, "missing", buf, sizeof(buf));
	G(truncate, "a", 100);
	G(ftruncate, fd, 5000);
	G(fallocate, fd, 0, 0, 8192);
	G(fadvise64, fd, 0, 0, 0);
	G(readahead, fd, 0, 4096);
	G(fsync, fd);
	G(fdatasync, fd);
	G(syncfs, fd);
	G(sync_file_range, fd, 0, 0, 0);
	uint64_t range[2] = {0, 4096};
	G(cachestat, fd, range, buf, 0);
	C(flock, fd, LOCK_EX | LOCK_NB);
	ev("res=0 fd=%s operation=6(LOCK_EX|LOCK_NB)", fdt(fd, f("a")));
	C(flock, fd, LOCK_UN);
	ev("res=0 fd=%s operation=8(LOCK_UN)", fdt(fd, f("a")));
	C(flock, 777, LOCK_SH);
	ev("res=-9(EBADF) fd=777 operation=1(LOCK_SH)");

	G(setxattr, "a", "user.one", "value", 5, 0);
	G(lsetxattr, "a", "user.two", "value", 5, 0);
	G(fsetxattr, fd, "user.three", "value", 5, 0);
	G(getxattr, "a", "user.one", buf, sizeof(buf));
	G(lgetxattr, "a", "user.two", buf, sizeof(buf));
	G(fgetxattr, fd, "user.three", buf, sizeof(buf));
	G(listxattr, "a", buf, sizeof(buf));
	G(llistxattr, "a", buf, sizeof(buf));
	G(flistxattr, fd, buf, sizeof(buf));
	G(removexattr, "a", "user.one");
	G(lremovexattr, "a", "user.two");
	G(fremovexattr, fd, "user.three");

	C(chmod, "a", 04755);
	ev("res=0 filename=%s mode=%s", rel("a"), mode_text(04755));
	C(fchmod, fd, 0640);
	ev("res=0 fd=%s mode=%s", fdt(fd, f("a")), mode_text(0640));
	C(fchmodat, AT_FDCWD, "a", 0600);
	ev("res=0 dirfd=-100(AT_FDCWD) filename=%s mode=%s", rel("a"), mode_text(0600));
	C(chmod, "missing", 0644);
	ev("res=-2(ENOENT) filename=%s mode=%s", rel("missing"), mode_text(0644));
	G(fchmodat2, AT_FDCWD, "a", 0644, 0);
	C(chown, "a", 1, 2);
	ev("res=0 path=%s uid=1 gid=2", rel("a"));
	C(lchown, "a", 3, -1);
	ev("res=0 path=%s uid=3 gid=-1", rel("a"));
	C(fchown, fd, 0, 0);
	ev("res=0 fd=%s uid=0 gid=0", fdt(fd, f("a")));
	C(fchownat, AT_FDCWD, "a", 5, 6, AT_SYMLINK_NOFOLLOW);
	ev("res=0 dirfd=-100(AT_FDCWD) pathname=%s uid=5 gid=6 flags=1024(AT_SYMLINK_NOFOLLOW)", rel("a"));
	C(chown, "missing", 0, 0);
	ev("res=-2(ENOENT) path=%s uid=0 gid=0", rel("missing"));

	G(utime, "a", 0);
	G(utimes, "a", 0);
	G(futimesat, AT_FDCWD, "a", 0);
	G(utimensat, AT_FDCWD, "a", 0, 0);
	G(umask, 022);
	closed(fd, f("a"));
}

void file_group(void)
{
	opens();
	stats();
}
