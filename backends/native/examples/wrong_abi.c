/* wrong_abi.c - two_pass.c, but it says that it was written for ABI version 2. */

#define KERNEL_NAME "wrong_abi"
#define KERNEL_ABI "2"
#include "two_pass.c"
