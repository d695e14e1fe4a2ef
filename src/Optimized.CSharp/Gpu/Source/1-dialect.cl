// The few words in which OpenCL C and CUDA C++ differ. Everything after this file is the same text for both.

#ifdef __OPENCL_VERSION__
#pragma OPENCL FP_CONTRACT OFF
#if IS_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define KERNEL(items) __kernel __attribute__((reqd_work_group_size(items, 1, 1))) void
#define DEVICE static
#define GLOBAL __global
#define LOCAL __local
#define LOCAL_ARRAY __local
#define LOCAL_ID ((int)get_local_id(0))
#define GROUP_ID ((INT64)get_group_id(0))
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define BITS_OF_SINGLE(value) as_uint(value)
#define SINGLE_OF_BITS(bits) as_float(bits)
#define BITS_OF_DOUBLE(value) as_ulong(value)
#define HALF_TO_SINGLE(memory, i) vload_half(i, memory)
#define SINGLE_TO_HALF(value, memory, i) vstore_half_rte(value, i, memory)
typedef long INT64;
typedef ulong UINT64;
#else
#define KERNEL(items) extern "C" __global__ void __launch_bounds__(items)
#define DEVICE static __device__
#define GLOBAL
#define LOCAL
#define LOCAL_ARRAY __shared__
#define LOCAL_ID ((int)threadIdx.x)
#define GROUP_ID ((INT64)blockIdx.x)
#define BARRIER __syncthreads()
#define BITS_OF_SINGLE(value) __float_as_uint(value)
#define SINGLE_OF_BITS(bits) __uint_as_float(bits)
#define BITS_OF_DOUBLE(value) ((UINT64)__double_as_longlong(value))
#define HALF_TO_SINGLE(memory, i) half_to_single((memory)[i])
#define SINGLE_TO_HALF(value, memory, i) ((memory)[i] = single_to_half(value))
typedef long long INT64;
typedef unsigned long long UINT64;
typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned short half;

#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#endif

static __device__ float half_to_single(ushort bits)
{
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
}

static __device__ ushort single_to_half(float value)
{
    ushort bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}
#endif
