/* System V and POSIX queues, semaphores and shared memory; futexes. */
#include "record.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

static void semaphores(void)
{
	struct sembuf ops[] = {{0, 2, 0}, {1, 1, SEM_UNDO}}, wait = {0, -5, IPC_NOWAIT};
	struct timespec zero = {0, 0};

	long id = C(semget, IPC_PRIVATE, 2, IPC_CREAT | 0600);
	ev("res=%ld key=0 nsems=2 semflg=" ANY "(IPC_CREAT)", id);
	C(semget, 0x1234567, 1, IPC_EXCL);
	ev("res=-2(ENOENT) key=1234567 nsems=1 semflg=" ANY);
	C(semop, id, ops, 2);
	ev("res=0 nsops=2 sem_num_0=0 sem_op_0=2 sem_flg_0=0 sem_num_1=1 sem_op_1=1 sem_flg_1=2(SEM_UNDO) semid=%ld", id);
	C(semop, id, &wait, 1);
	ev("res=-11(EAGAIN) nsops=1 sem_num_0=0 sem_op_0=-5 sem_flg_0=1(IPC_NOWAIT) sem_num_1=0 sem_op_1=0 sem_flg_1=0 semid=%ld", id);
	G(semtimedop, id, &wait, 1, &zero);
	C(semctl, id, 1, SETVAL, 9);
	ev("res=0 semid=%ld semnum=1 cmd=4096(SETVAL) val=9", id);
	C(semctl, id, 1, GETVAL, 0);
	ev("res=9 semid=%ld semnum=1 cmd=512(GETVAL) val=0", id);
	C(semctl, id, 0, IPC_RMID, 0);
	ev("res=0 semid=%ld semnum=0 cmd=4(IPC_RMID) val=0", id);
	C(semctl, id, 0, IPC_RMID, 0);
	ev("res=-22(EINVAL) semid=%ld semnum=0 cmd=4(IPC_RMID) val=0", id);
}

static void queues(void)
{
	struct { long type; char text[16]; } message = {1, "in a queue"};
	struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 32};
	char buf[64];

	long id = G(msgget, IPC_PRIVATE, IPC_CREAT | 0600);
	G(msgsnd, id, &message, 10, 0);
	G(msgrcv, id, &message, 16, 0, 0);
	G(msgctl, id, IPC_RMID, 0);
	long q = G(mq_open, "calls-queue", O_RDWR | O_CREAT, 0600, &attr);
	G(mq_timedsend, q, "posix", 5, 0, 0);
	G(mq_getsetattr, q, 0, &attr);
	G(mq_timedreceive, q, buf, sizeof(buf), 0, 0);
	G(mq_notify, q, 0);
	U(close, q);
	G(mq_unlink, "calls-queue");
}

static void memory(void)
{
	struct shmid_ds info;

	long id = G(shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	long at = G(shmat, id, 0, 0);
	G(shmctl, id, IPC_STAT, &info);
	G(shmdt, at);
	G(shmctl, id, IPC_RMID, 0);
}

static void futexes(void)
{
	uint32_t word = 7;
	struct timespec zero = {0, 0};

	C(futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0, 0);
	ev("res=0 addr=%lX op=129(FUTEX_PRIVATE_FLAG|FUTEX_WAKE) val=1", (long)&word);
	C(futex, &word, FUTEX_WAIT, 8, 0, 0, 0);
	ev("res=-11(EAGAIN) addr=%lX op=0(FUTEX_WAIT) val=8", (long)&word);
	C(futex, &word, FUTEX_WAIT, 7, &zero, 0, 0);
	ev("res=-110(ETIMEDOUT) addr=%lX op=0(FUTEX_WAIT) val=7", (long)&word);
	G(futex_waitv, 0, 0, 0, 0, 0);
	G(futex_wake, &word, 0xffffffff, 1, 2);
	G(futex_wait, &word, 8, 0xffffffff, 2, 0, 0);
	G(futex_requeue, 0, 0, 0, 0);
}

void ipc_group(void)
{
	semaphores();
	queues();
	memory();
	futexes();
}
