/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User memory read where the kernel itself sees all memory: through its direct mapping, at the address that
 * the tables of pages tell. The helper that copies user memory spends most of its time on checks when
 * the bytes are few; here it is a handful of loads. It gives the same bytes or none: whatever is out of the
 * ordinary is left to the helper.
 *
 * Programs of tracepoints cannot be preempted, so that tables of pages are not given back meanwhile. The
 * entry of the page is looked at again behind the bytes: when it is the same, they are of the page that was
 * mapped.
 */
#ifndef CSCOPE_DIRECT_H
#define CSCOPE_DIRECT_H

/* Where memory is mapped; found out by find_direct. */
struct direct {
	u64 base; /* kernel address of physical address 0, 0 when not known */
	u64 end; /* bytes of physical memory */
	u32 first_shift; /* bits of an address below those that the first table is for */
	u32 pad;
};

struct direct direct = {};

#if defined(__TARGET_ARCH_x86)

enum {
	ENTRY_PRESENT = 1 << 0,
	ENTRY_USER = 1 << 2,
	ENTRY_LARGE = 1 << 7,
	ENTRY_SPECIAL = 1 << 9, /* not of memory that the kernel manages */
	TABLE_SHIFT = 9,
	SHIFT_5 = 48,
	SHIFT_4 = 39,
	SHIFT_3 = 30,
	SHIFT_2 = 21,
	SHIFT_1 = 12,
	MARK_WORDS = 4,
	SOME_WORDS = 10,
	ALL_WORDS = QUICK_DATA / sizeof(u64),
};

/* The bits of an entry that are a physical address. A bit that says how memory is encrypted makes it too
 * great. */
static const u64 ENTRY_FRAME = 0x000ffffffffff000;

/* Words of the kernel's memory, on kernels that let us load them; 0 when nothing is mapped there. Only
 * members of structs can be loaded: this one is words and nothing else. */
#define words_at(addr) bpf_core_cast((void *)(addr), struct pt_regs)
#define word_at(addr) (words_at(addr)->r15)

/* The first table of an address space, as a number and not as a pointer to a struct. */
static __always_inline u64 first_table(struct mm_struct *mm)
{
	return word_at((void *)mm + bpf_core_field_offset(struct mm_struct, pgd));
}

/* Where an address is mapped. */
struct leaf {
	u64 at; /* of the entry */
	u64 entry;
	u64 phys;
};

/* Takes the entry for `addr` of a table. `shift`: how much of the address is below it. */
#define LOOK_UP(leaf, table, addr, shift)                                                                  \
	do {                                                                                               \
		(leaf)->at = (table) + ((addr) >> (shift) & ((1 << TABLE_SHIFT) - 1)) * sizeof(u64);       \
		(leaf)->entry = word_at((leaf)->at);                                                       \
		(leaf)->phys = (leaf)->entry & ENTRY_FRAME;                                                \
		if (((leaf)->entry & need) != need || (leaf)->phys >= end)                                 \
			return false;                                                                      \
	} while (0)

#define LAND(leaf, addr, shift)                                                                            \
	do {                                                                                               \
		const u64 within = (1ul << (shift)) - 1;                                                   \
                                                                                                           \
		(leaf)->phys = ((leaf)->phys & ~within) | ((addr)&within);                                 \
		return true;                                                                               \
	} while (0)

/* Finds where `addr` is mapped; false when it is not, as `need` wants it. */
static __always_inline bool find_leaf(struct leaf *leaf, u64 table, u64 addr, u64 need)
{
	u64 base = direct.base, end = direct.end;

	if (direct.first_shift == SHIFT_5) {
		LOOK_UP(leaf, table, addr, SHIFT_5);
		table = base + leaf->phys;
	}
	LOOK_UP(leaf, table, addr, SHIFT_4);
	LOOK_UP(leaf, base + leaf->phys, addr, SHIFT_3);
	if (leaf->entry & ENTRY_LARGE)
		LAND(leaf, addr, SHIFT_3);
	LOOK_UP(leaf, base + leaf->phys, addr, SHIFT_2);
	if (leaf->entry & ENTRY_LARGE)
		LAND(leaf, addr, SHIFT_2);
	LOOK_UP(leaf, base + leaf->phys, addr, SHIFT_1);
	LAND(leaf, addr, SHIFT_1);
}

/* True when the kernel's own mapping of all memory has no hole at `addr`: what is not mapped reads as
 * zeros, and the memory of secrets is not. */
static __always_inline bool is_mapped(u64 table, u64 addr)
{
	struct leaf leaf;

	return find_leaf(&leaf, table, addr, ENTRY_PRESENT);
}

/* Reads so many bytes of user memory into as many words as they take or some more; false when the helper is
 * to be asked. */
static __always_inline bool read_direct(struct task_struct *task, u64 *to, u32 len, u64 addr)
{
	u32 words = len <= sizeof(u64) ? 1 : len <= SOME_WORDS * sizeof(u64) ? SOME_WORDS : ALL_WORDS;
	u64 base = direct.base, table, all;
	struct mm_struct *mm;
	struct pt_regs *from;
	struct leaf leaf;

	if (!bpf_ksym_exists(bpf_rdonly_cast) || !want_direct || !base)
		return false;
	if ((addr & (PAGE_SIZE - 1)) + words * sizeof(u64) > PAGE_SIZE ||
	    addr >> (direct.first_shift + TABLE_SHIFT - 1))
		return false;
	mm = task->mm;
	if (!mm)
		return false;
	table = first_table(mm);
	if (!find_leaf(&leaf, table, addr, ENTRY_PRESENT | ENTRY_USER) || leaf.entry & ENTRY_SPECIAL)
		return false;
	from = words_at(base + leaf.phys);
	all = to[0] = from->r15;
	if (words > 1) {
		all |= to[1] = from->r14;
		all |= to[2] = from->r13;
		all |= to[3] = from->r12;
		all |= to[4] = from->bp;
		all |= to[5] = from->bx;
		all |= to[6] = from->r11;
		all |= to[7] = from->r10;
		all |= to[8] = from->r9;
		all |= to[9] = from->r8;
	}
	if (words > SOME_WORDS) {
		all |= to[10] = from->ax;
		all |= to[11] = from->cx;
		all |= to[12] = from->dx;
		all |= to[13] = from->si;
		all |= to[14] = from->di;
		all |= to[15] = from->orig_ax;
	}
	if (!all && !is_mapped(table, base + leaf.phys))
		return false;
	asm volatile("" ::: "memory");
	return word_at(leaf.at) == leaf.entry;
}

struct search {
	u64 addr;
	u64 from;
	u64 bytes[MARK_WORDS];
};

static u64 try_base(u32 index, void *data)
{
	struct search *s = data;
	struct task_struct *task = bpf_get_current_task_btf();
	u64 seen[MARK_WORDS] = {};

	direct.base = s->from - ((u64)index << SHIFT_3);
	if (read_direct(task, seen, sizeof(seen), s->addr) && seen[0] == s->bytes[0] &&
	    seen[1] == s->bytes[1] && seen[2] == s->bytes[2] && seen[3] == s->bytes[3])
		return 1;
	direct.base = 0;
	return 0;
}

/*
 * Run once, finds where memory is mapped. `addr`: bytes of the caller that are like no others; `end`: that
 * of physical memory. The first table of the caller's is at the begin of the mapping, which is a multiple
 * of 1 GB, plus less than `end`: of the places that are left it is the one by way of which the bytes are
 * found.
 */
static __always_inline void find_base(u64 addr, u64 end)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	struct search s = {.addr = addr};

	if (!bpf_ksym_exists(bpf_rdonly_cast) || !mm ||
	    bpf_probe_read_user(s.bytes, sizeof(s.bytes), (void *)addr))
		return;
	s.from = first_table(mm) >> SHIFT_3 << SHIFT_3;
	direct.end = end;
	direct.first_shift = s.from >> 47 == 0x1ffff ? SHIFT_4 : SHIFT_5;
	bpf_loop((end >> SHIFT_3) + 1, try_base, &s, 0);
}

#else

static __always_inline bool read_direct(struct task_struct *task, u64 *to, u32 len, u64 addr)
{
	return false;
}

static __always_inline void find_base(u64 addr, u64 end)
{
}

#endif

#endif
