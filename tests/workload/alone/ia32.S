# A 32-bit program whose calls fail, without any library.
	.globl _start
_start:
	mov $20, %esi
again:
	mov $6, %eax		# close
	mov $999, %ebx
	int $0x80
	dec %esi
	jnz again
	mov $1, %eax		# exit
	xor %ebx, %ebx
	int $0x80
	.section .note.GNU-stack, "", @progbits
