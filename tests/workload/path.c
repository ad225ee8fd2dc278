/* Names: directories, links, renames, special files. */
#include "record.h"
#include <sys/stat.h>


void path_group(void)
{
	struct stat st;
	char buf[4096];
	long dir, sub, res;

	C(mkdir, "p", 0700);
	ev("res=0 path=%s mode=1C0", rel("p"));
	C(mkdir, "p", 0700);
	ev("res=-17(EEXIST) path=%s mode=1C0", rel("p"));
	dir = U(open, "p", O_RDONLY | O_DIRECTORY, 0);
	char *dirt = fmt("<d>%s/p", work);
	C(mkdirat, dir, "q", 0711);
	ev("res=0 dirfd=%s path=q(%s/p/q) mode=1C9", fdt(dir, dirt), work);
	C(mkdirat, AT_FDCWD, "p/r", 01777);
	ev("res=0 dirfd=-100(AT_FDCWD) path=%s mode=3FF", rel("p/r"));
	C(rmdir, "p/r");
	ev("res=0 path=%s", rel("p/r"));
	C(rmdir, "p");
	ev("res=-39(ENOTEMPTY) path=%s", rel("p"));
	C(mknod, "p/fifo", S_IFIFO | 0600, 0);
	ev("res=0 path=%s mode=%s dev=0", rel("p/fifo"), mode_text(S_IFIFO | 0600));
	C(mknodat, dir, "reg", S_IFREG | 0644, 0);
	ev("res=0 dirfd=%s path=reg(%s/p/reg) mode=%s dev=0", fdt(dir, dirt), work, mode_text(S_IFREG | 0644));
	C(mknod, "p/null", S_IFCHR | 0600, (1 << 8) | 3);
	ev("res=%s path=%s mode=%s dev=259", er(access("p/null", F_OK) ? -1 : 0), rel("p/null"), mode_text(S_IFCHR | 0600));
	C(symlink, "reg", "p/soft");
	ev("res=0 target=reg linkpath=%s", rel("p/soft"));
	C(symlinkat, "/etc/passwd", dir, "soft2");
	ev("res=0 target=/etc/passwd linkdirfd=%s linkpath=soft2(%s/p/soft2)", fdt(dir, dirt), work);
	C(symlink, "", "p/soft3");
	ev("res=-2(ENOENT) target= linkpath=%s", rel("p/soft3"));
	C(lstat, "p/soft", &st);
	ev("res=0 path=%s", rel("p/soft"));
	G(readlink, "p/soft", buf, sizeof(buf));
	C(link, "p/reg", "p/hard");
	ev("res=0 oldpath=%s newpath=%s", rel("p/reg"), rel("p/hard"));
	C(linkat, dir, "soft", AT_FDCWD, "p/hard2", AT_SYMLINK_FOLLOW);
	ev("res=0 olddir=%s oldpath=soft(%s/p/soft) newdir=-100(AT_FDCWD) newpath=%s flags=1024(AT_SYMLINK_FOLLOW)",
	   fdt(dir, dirt), work, rel("p/hard2"));
	C(link, "p/none", "p/hard3");
	ev("res=-2(ENOENT) oldpath=%s newpath=%s", rel("p/none"), rel("p/hard3"));
	C(rename, "p/hard", "p/hard4");
	ev("res=0 oldpath=%s newpath=%s", rel("p/hard"), rel("p/hard4"));
	C(renameat, dir, "hard4", dir, "hard5");
	ev("res=0 olddirfd=%s oldpath=hard4(%s/p/hard4) newdirfd=%s newpath=hard5(%s/p/hard5)", fdt(dir, dirt), work,
	   fdt(dir, dirt), work);
	C(renameat2, dir, "hard5", AT_FDCWD, "p/hard2", RENAME_NOREPLACE);
	ev("res=-17(EEXIST) olddirfd=%s oldpath=hard5(%s/p/hard5) newdirfd=-100(AT_FDCWD) newpath=%s flags=1(RENAME_NOREPLACE)",
	   fdt(dir, dirt), work, rel("p/hard2"));
	res = C(renameat2, dir, "hard5", AT_FDCWD, "p/q", RENAME_EXCHANGE);
	ev("res=%s olddirfd=%s oldpath=hard5(%s/p/hard5) newdirfd=-100(AT_FDCWD) newpath=%s flags=2(RENAME_EXCHANGE)", er(res),
	   fdt(dir, dirt), work, rel("p/q"));
	if (res == 0)
		U(renameat2, dir, "hard5", AT_FDCWD, "p/q", RENAME_EXCHANGE);
	C(rename, "p/none", "p/other");
	ev("res=-2(ENOENT) oldpath=%s newpath=%s", rel("p/none"), rel("p/other"));

	C(getcwd, buf, sizeof(buf));
	ev("res=%zu path=%s", strlen(work) + 1, work);
	C(getcwd, buf, 3);
	ev("res=-34(ERANGE) path=?");
	C(chdir, "p");
	ev("res=0 path=p");
	C(stat, "../p/reg", &st);
	ev("res=0 path=../p/reg(%s/p/reg)", work);
	C(chdir, "nowhere");
	ev("res=-2(ENOENT) path=nowhere");
	sub = C(openat, AT_FDCWD, "q", O_RDONLY | O_DIRECTORY, 0);
	fstat((int)sub, &st);
	char *subt = fmt("<d>%s/p/q", work);
	ev("fd=%s dirfd=-100(AT_FDCWD) name=q(%s/p/q) flags=%s mode=0 dev=%s ino=%lu", fdt(sub, subt), work,
	   file_flags(PO_RDONLY | PO_DIRECTORY), devt(st.st_dev), st.st_ino);
	C(fchdir, sub);
	ev("res=0 fd=%s", fdt(sub, subt));
	C(stat, "../reg", &st);
	ev("res=0 path=../reg(%s/p/reg)", work);
	C(fchdir, 666);
	ev("res=-9(EBADF) fd=666");
	res = C(getdents, dir, buf, sizeof(buf));
	ev("res=%ld fd=%s", res, fdt(dir, dirt));
	lseek((int)dir, 0, SEEK_SET);
	res = C(getdents64, dir, buf, sizeof(buf));
	ev("res=%ld fd=%s", res, fdt(dir, dirt));
	C(getdents64, dir, buf, sizeof(buf));
	ev("res=0 fd=%s", fdt(dir, dirt));
	C(chdir, work);
	ev("res=0 path=%s", work);

	C(unlink, "p/hard2");
	ev("res=0 path=%s", rel("p/hard2"));
	C(unlink, "p/none");
	ev("res=-2(ENOENT) path=%s", rel("p/none"));
	C(unlinkat, dir, "soft2", 0);
	ev("res=0 dirfd=%s name=soft2(%s/p/soft2) flags=0", fdt(dir, dirt), work);
	C(unlinkat, AT_FDCWD, "p/q", AT_REMOVEDIR);
	ev("res=0 dirfd=-100(AT_FDCWD) name=%s flags=512(AT_REMOVEDIR)", rel("p/q"));
	U(close, sub);
	U(close, dir);
}
